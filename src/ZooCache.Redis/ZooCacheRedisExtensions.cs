using System.Runtime.CompilerServices;
using StackExchange.Redis;
using ZooCache;
using ZooCache.Redis;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Has a cache share its invalidations with other processes by way of Redis.</summary>
public static class ZooCacheRedisExtensions
{
    /// <summary>
    /// Has all caches with the same <see cref="ZooCacheOptions.Prefix"/> on the same Redis (7.0 or later) tell one another what is written, over a
    /// connection of the cache's own. Nothing connects before the cache is made, and no query and no save fails because Redis does: while it
    /// can't be reached, the database is asked.
    /// </summary>
    /// <param name="options">The cache's settings.</param>
    /// <param name="configuration">As StackExchange.Redis takes it, such as <c>localhost:6379</c> or
    /// <c>redis:6380,ssl=true,user=…,password=…</c>.</param>
    /// <param name="configure">Changes what is kept on Redis.</param>
    /// <returns>The settings, for chaining.</returns>
    /// <exception cref="ArgumentException"><paramref name="configuration"/> can't be read or names no server, or a setting is out of its
    /// range.</exception>
    public static ZooCacheOptions UseRedis(this ZooCacheOptions options, string configuration, Action<RedisOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(configuration);
        var parsed = Parse(configuration);
        return options.Use(() => new RedisConnection(parsed), configure);
    }

    /// <summary>As the other, over a connection that the application has, and goes on to own: with TLS, users, sentinels or a cluster, as it was
    /// made. It should go on trying to connect (<c>abortConnect=false</c>).</summary>
    /// <param name="options">The cache's settings.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="configure">Changes what is kept on Redis.</param>
    /// <returns>The settings, for chaining.</returns>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public static ZooCacheOptions UseRedis(this ZooCacheOptions options, IConnectionMultiplexer connection, Action<RedisOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return options.Use(() => new RedisConnection(connection), configure);
    }

    /// <summary>A cache has one connection, whatever it keeps on Redis; its options are its own.</summary>
    private static readonly ConditionalWeakTable<ZooCacheOptions, RedisConnection> Connections = [];

    private static ZooCacheOptions Use(this ZooCacheOptions options, Func<RedisConnection> connection, Action<RedisOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(options);
        var settings = new RedisOptions();
        configure?.Invoke(settings);
        settings.Validate();
        var capacity = settings.LogCapacity;
        options.Log = o => new RedisLog(Connections.GetValue(o, _ => connection()), CheckedPrefix(o.Prefix), capacity, o.Nodes.MaxClockSkew);
        options.SharedStore = settings.StoresResults ? o => new RedisStore(Connections.GetValue(o, _ => connection()), o.Prefix) : null;
        return options;
    }

    private static string CheckedPrefix(string prefix) => prefix.AsSpan().ContainsAny('{', '}')
        ? throw new ArgumentException($"{nameof(ZooCacheOptions)}.{nameof(ZooCacheOptions.Prefix)} must have no braces: on Redis it is the hash tag of all keys.", nameof(prefix))
        : prefix;

    private static ConfigurationOptions Parse(string configuration)
    {
        ConfigurationOptions parsed;
        try
        {
            parsed = ConfigurationOptions.Parse(configuration);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            throw new ArgumentException($"UseRedis can't read its configuration: {exception.Message} Give what StackExchange.Redis takes, such as \"localhost:6379\".", nameof(configuration), exception);
        }

        if (parsed.EndPoints.Count == 0)
        {
            throw new ArgumentException("UseRedis was given a configuration that names no server. Give one such as \"localhost:6379\".", nameof(configuration));
        }

        // It goes on trying by itself, and whoever asks meanwhile isn't kept waiting.
        (parsed.AbortOnConnectFail, parsed.BacklogPolicy) = (false, BacklogPolicy.FailFast);
        parsed.ClientName ??= "ZooCache";
        return parsed;
    }
}
