using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Quickstart.Load;
using Quickstart.Shop;
using ZooCache;

namespace Quickstart;

/// <summary>
/// What is left of a cache whose results are kept in a file, when its process is started again, and another one has written meanwhile: with <c>--store lmdb</c>, after the load.
/// </summary>
internal static class Restart
{
    private const int WritesOfAnother = 300;

    /// <summary>The cache of a process; with a directory, one that shares what it has with the others there.</summary>
    public static ZooCache.ZooCache Open(string? directory)
    {
        var settings = new ZooCacheOptions { ByteBudget = 256 * 1024 * 1024 };
        return new ZooCache.ZooCache(directory is null ? settings : settings.UseLmdb(directory));
    }

    /// <summary>Has another process write, and then one begin as this one did.</summary>
    /// <returns>What the latter has seen.</returns>
    public static async Task<RestartResult> RunAsync(QuickstartOptions options, string database, string directory)
    {
        await StartAsync("others", options, database, directory);
        var line = (await StartAsync("again", options, database, directory)).TrimEnd().Split('\n')[^1].Split(' ');
        return new RestartResult(Number(line[0]), Number(line[1]), Number(line[2]), Number(line[3]));

        static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
    }

    /// <summary>The processes that are started here.</summary>
    public static async Task<int> PlayAsync(QuickstartOptions options)
    {
        var (role, database, directory) = options.Role!.Value;
        await using var cache = Open(directory);
        var builder = new DbContextOptionsBuilder<ShopContext>().UseSqlite(database);
        builder.UseZooCache(cache);
        var shops = new PooledDbContextFactory<ShopContext>(builder.Options);
        if (role == "others")
        {
            var random = new Random(options.Seed + 77);
            for (var written = 0; written < WritesOfAnother;)
            {
                written += await shops.WriteAsync(WriteKind.Mix.Draw(random).Prepare(random), retried: () => { }) ? 1 : 0;
            }

            return 0;
        }

        var uncached = new PooledDbContextFactory<ShopContext>(new DbContextOptionsBuilder<ShopContext>().UseSqlite(database).AddInterceptors(new Checking.WithoutCache()).Options);
        var load = new Workload(options, cache, shops, uncached);
        await load.RunAsync(CancellationToken.None);
        var (result, first) = (load.Observe(), load.First);
        Console.WriteLine($"{first.Reads} {first.Hits} {result.Findings.Stale} {result.Cache.StoreHits}");
        return 0;
    }

    private static async Task<string> StartAsync(string role, QuickstartOptions options, string database, string directory)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath!,
            [
                .. Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? (string[])[typeof(Restart).Assembly.Location] : [],
                "--role", role, "--database", database, "--directory", directory, "--seconds", "5", "--writes", options.WritePercent.ToString(CultureInfo.InvariantCulture),
                "--seed", (options.Seed + 1).ToString(CultureInfo.InvariantCulture),
            ])
        { RedirectStandardOutput = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? said : throw new InvalidOperationException($"The process '{role}' has failed: {said}");
    }
}

/// <summary>What a process has seen that was started again.</summary>
/// <param name="Reads">How many reads count as its first.</param>
/// <param name="Hits">How many of them were hits.</param>
/// <param name="Stale">Stale answers, over the whole of its life.</param>
/// <param name="FromStore">Hits on what was in the file, over the whole of its life.</param>
internal sealed record RestartResult(int Reads, int Hits, int Stale, int FromStore)
{
    public double HitRatio => Reads == 0 ? 0 : (double)Hits / Reads;
}
