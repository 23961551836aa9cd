using ZooCache;
using ZooCache.Lmdb;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Has a cache share its invalidations and results with other processes of this machine by way of a file.</summary>
public static class ZooCacheLmdbExtensions
{
    /// <summary>
    /// Has all caches with the same <see cref="ZooCacheOptions.Prefix"/> and directory, in all processes of this machine, tell one another what is written, and keep results
    /// for one another and for when they are started anew. No query and no save fails because of the file: while it can't be used, the database is asked.
    /// </summary>
    /// <param name="options">The cache's settings.</param>
    /// <param name="directory">A directory on a disk of this machine, which is made if it isn't there. All processes run as one user: the files are that user's alone.</param>
    /// <param name="configure">Changes what is kept.</param>
    /// <returns>The settings, for chaining.</returns>
    /// <exception cref="ArgumentException"><paramref name="directory"/> is empty, or a setting is out of its range.</exception>
    public static ZooCacheOptions UseLmdb(this ZooCacheOptions options, string directory, Action<LmdbOptions>? configure = null)
    {
        var settings = Check(options, directory, configure);
        options.Log = o => new LmdbLog(LmdbFile.Use(LmdbPlace.FileOf(directory, o.Prefix), settings.MaximumBytes), o.TimeProvider, settings.LogCapacity, o.Nodes.MaxClockSkew);
        options.SharedStore = settings.StoresResults ? StoreIn(directory, settings) : null;
        return options;
    }

    /// <summary>
    /// Keeps results in a file, beside a log that is elsewhere: <c>c.UseRedis("…").StoreInLmdb("/var/cache/shop")</c>. To be called after what names the log.
    /// </summary>
    /// <param name="options">The cache's settings.</param>
    /// <param name="directory">A directory on a disk of this machine, which is made if it isn't there.</param>
    /// <param name="configure">Changes what is kept; <see cref="LmdbOptions.LogCapacity"/> has no effect.</param>
    /// <returns>The settings, for chaining.</returns>
    /// <exception cref="ArgumentException"><paramref name="directory"/> is empty, or a setting is out of its range.</exception>
    /// <exception cref="InvalidOperationException">No log was named: without one nobody can tell whether a result still holds.</exception>
    public static ZooCacheOptions StoreInLmdb(this ZooCacheOptions options, string directory, Action<LmdbOptions>? configure = null)
    {
        var settings = Check(options, directory, configure);
        if (options.Log is null)
        {
            throw new InvalidOperationException("StoreInLmdb keeps results that only a log can judge. Call UseRedis before it, or UseLmdb in its place.");
        }

        options.SharedStore = StoreIn(directory, settings);
        return options;
    }

    private static Func<ZooCacheOptions, ICacheStore> StoreIn(string directory, LmdbOptions settings)
        => o => new LmdbStore(LmdbFile.Use(LmdbPlace.FileOf(directory, o.Prefix), settings.MaximumBytes), o.TimeProvider);

    private static LmdbOptions Check(ZooCacheOptions options, string directory, Action<LmdbOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        var settings = new LmdbOptions();
        configure?.Invoke(settings);
        settings.Validate();
        return settings.Copy();
    }
}
