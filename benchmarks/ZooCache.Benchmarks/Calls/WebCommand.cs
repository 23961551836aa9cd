using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ZooCache.Benchmarks.Data;

namespace ZooCache.Benchmarks.Calls;

/// <summary>
/// What a response costs over the network, from a real server in this process: a list of 100 rows of local SQLite as JSON, without the cache, from the cache, and told to be
/// unchanged (304). One client, one connection, one request at a time, in interleaved blocks.
/// </summary>
internal static class WebCommand
{
    private const int Items = 1_000;
    private const int RequestsOfABlock = 100;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var rounds = arguments.Number("--rounds", 3, 10_000) ?? 61;
        var json = arguments.Flag("--json");
        arguments.End();

        using var database = new BenchmarkDatabase(Items);
        await using var cache = new ZooCache();
        var (plain, cached) = (BenchmarkDatabase.Factory(database.File, null), BenchmarkDatabase.Factory(database.File, cache));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(cache);
        await using var app = builder.Build();
        app.MapGet("/plain/{shelf:int}", (int shelf) => ListAsync(plain, shelf));
        app.MapGet("/cached/{shelf:int}", (int shelf) => ListAsync(cached, shelf)).Cacheable();
        await ((IHost)app).StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        using var first = await client.GetAsync(new Uri("/cached/1", UriKind.Relative));
        var tag = first.Headers.ETag!.ToString();
        (string Name, string Path, string? Known, int Status)[] sides = [("uncached", "/plain/1", null, 200), ("from the cache", "/cached/1", null, 200), ("unchanged (304)", "/cached/1", tag, 304)];
        for (var i = 0; i < 30; i++)
        {
            foreach (var side in sides)
            {
                await BlockAsync(client, side.Path, side.Known, side.Status);
            }
        }

        var times = sides.Select(_ => new List<double>()).ToList();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < sides.Length; i++)
            {
                var at = (i + round) % sides.Length;
                times[at].Add(await BlockAsync(client, sides[at].Path, sides[at].Known, sides[at].Status));
            }
        }

        await app.StopAsync();
        var results = sides.Select((side, i) => new { side.Name, Ratio = Median(times[i].Zip(times[0], (own, its) => own / its)), Microseconds = Median(times[i]) * 1e6 / RequestsOfABlock }).ToList();
        Console.WriteLine($"a response over the network, {rounds} interleaved blocks of {RequestsOfABlock} requests; ratio of neighbouring blocks, median");
        foreach (var result in results)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Name,-18}{result.Ratio,8:N3}{result.Microseconds,10:N1} µs"));
        }

        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(results.ToDictionary(r => r.Name, r => new { ratio = Math.Round(r.Ratio, 4) })));
        }

        return 0;
    }

    private static async Task<List<Item>> ListAsync(PooledDbContextFactory<BenchmarkContext> contexts, int shelf)
    {
        await using var db = await contexts.CreateDbContextAsync();
        return await db.Items.AsNoTracking().Where(i => i.ShelfId == shelf).OrderBy(i => i.Id).ToListAsync();
    }

    private static async Task<double> BlockAsync(HttpClient client, string path, string? known, int status)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < RequestsOfABlock; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (known is not null)
            {
                request.Headers.TryAddWithoutValidation("If-None-Match", known);
            }

            using var response = await client.SendAsync(request);
            if ((int)response.StatusCode != status)
            {
                throw new InvalidOperationException($"{path}: {response.StatusCode}");
            }

            await response.Content.ReadAsByteArrayAsync();
        }

        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static double Median(IEnumerable<double> values) => values.Order().ToList() is var sorted ? sorted[sorted.Count / 2] : 0;
}
