using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;

namespace ZooCache.Benchmarks.Calls;

/// <summary>
/// What a hit on the result of a call costs, beside <see cref="MemoryCache"/> and a look-up in a <see cref="ConcurrentDictionary{TKey, TValue}"/>, in interleaved blocks
/// on one thread.
/// </summary>
/// <remarks>A hit that is validated walks all its dependencies: something else is invalidated once for each round over the keys. Otherwise nothing was invalidated since the last.</remarks>
internal static class FunctionsCommand
{
    private const int Keys = 64;
    private const int RoundsOfABlock = 400;

    private static readonly CacheEntryOptions FourTags = new() { Tags = ["shop:1:prices", "product:17", "user:42:orders", "site"] };
    private static readonly string[] Names = [.. Enumerable.Range(0, Keys).Select(i => $"the price of product {i}")];

    public static int Run(Arguments arguments)
    {
        var rounds = arguments.Number("--rounds", 3, 10_000) ?? 101;
        var json = arguments.Flag("--json");
        arguments.End();

        using var cache = new ZooCache();
        using var memory = new MemoryCache(new MemoryCacheOptions());
        using var services = new ServiceCollection().AddSingleton(cache).AddZooHybridCache().BuildServiceProvider();
        var hybrid = services.GetRequiredService<HybridCache>();
        var dictionary = new ConcurrentDictionary<string, object>(Names.Select(n => KeyValuePair.Create(n, (object)n)), StringComparer.Ordinal);
        var elsewhere = TagPath.Of("elsewhere");
        (string Name, Action<int>? Before, Func<string, object> Ask)[] sides =
        [
            ("MemoryCache.GetOrCreate", null, key => memory.GetOrCreate(key, static e => e.Key)!),
            ("ConcurrentDictionary", null, key => dictionary.TryGetValue(key, out var found) ? found : key),
            ("GetOrCreate", null, key => cache.GetOrCreate(key, key, static (k, _) => k, FourTags)),
            ("GetOrCreate, validated", _ => cache.Trie.Bump([elsewhere]), key => cache.GetOrCreate(key, key, static (k, _) => k, FourTags)),
            ("GetOrCreateAsync, validated", _ => cache.Trie.Bump([elsewhere]), key => Now(cache.GetOrCreateAsync(key, key, static (k, _, _) => ValueTask.FromResult(k), FourTags))),
            ("HybridCache, validated", _ => cache.Trie.Bump([elsewhere]), key => Now(hybrid.GetOrCreateAsync(key, key, static (k, _) => ValueTask.FromResult(k), tags: null))),
        ];

        // Until the JIT has nothing more to compile.
        for (var i = 0; i < 30; i++)
        {
            foreach (var side in sides)
            {
                Block(side.Before, side.Ask);
            }
        }

        var times = sides.Select(_ => new List<double>()).ToList();
        var bytes = new long[sides.Length];
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < sides.Length; i++)
            {
                var at = (i + round) % sides.Length;
                var before = GC.GetAllocatedBytesForCurrentThread();
                times[at].Add(Block(sides[at].Before, sides[at].Ask));
                bytes[at] += GC.GetAllocatedBytesForCurrentThread() - before;
            }
        }

        var results = sides.Select((side, i) => new
        {
            side.Name,
            Ratio = Median(times[i].Zip(times[0], (own, its) => own / its)),
            Nanoseconds = Median(times[i]) * 1e9 / (Keys * RoundsOfABlock),
            Bytes = (double)bytes[i] / ((long)rounds * Keys * RoundsOfABlock),
        }).ToList();
        Console.WriteLine($"a hit by one of {Keys} keys, four tags on those of ZooCache ({rounds} interleaved blocks of {Keys * RoundsOfABlock:N0} hits; ratio of neighbouring blocks, median)");
        foreach (var result in results)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Name,-30}{result.Ratio,8:N2} x MemoryCache{result.Nanoseconds,9:N1} ns{result.Bytes,9:N2} bytes"));
        }

        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(results.ToDictionary(r => r.Name, r => new { ratio = Math.Round(r.Ratio, 3), bytes = Math.Round(r.Bytes, 3) })));
        }

        return 0;
    }

    private static string Now(ValueTask<string> task) => task.IsCompletedSuccessfully ? task.Result : throw new InvalidOperationException("A hit wasn't there at once.");

    private static double Block(Action<int>? before, Func<string, object> ask)
    {
        var started = Stopwatch.GetTimestamp();
        for (var round = 0; round < RoundsOfABlock; round++)
        {
            before?.Invoke(round);
            foreach (var name in Names)
            {
                if (!ReferenceEquals(ask(name), name))
                {
                    throw new InvalidOperationException("A wrong value was handed out.");
                }
            }
        }

        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static double Median(IEnumerable<double> values) => values.Order().ToList() is var sorted ? sorted[sorted.Count / 2] : 0;
}
