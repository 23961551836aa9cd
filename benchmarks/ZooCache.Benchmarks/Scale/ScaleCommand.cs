using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ZooCache.Benchmarks.Data;
using ZooCache.Benchmarks.Ratios;

namespace ZooCache.Benchmarks.Scale;

/// <summary>
/// What a hit costs with more entries, more threads, and more tables in the model: LINQ look-ups of one row by key, each with
/// something else only in what is compared.
/// </summary>
internal static class ScaleCommand
{
    internal const string Worker = "scale-worker";

    private static readonly int[] Sizes = [1_000, 10_000, 100_000, 1_000_000];
    private static readonly int[] Threads = [1, 2, 4, 8];
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(400);

    public static int Run(Arguments arguments)
    {
        var rounds = arguments.Number("--rounds", 3, 1_000) ?? 15;
        var most = arguments.Number("--entries", 1_000, 1_000_000) ?? 1_000_000;
        var json = arguments.Flag("--json");
        arguments.End();

        int[] sizes = [.. Sizes.Where(s => s <= most)];
        using var database = new BenchmarkDatabase(sizes[^1]);
        var entries = Entries(database.File, sizes, rounds);
        var tables = Tables(database.File, rounds);
        var threads = Scaling(database.File, rounds);
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { entries, tables, threads }));
        }

        return 0;
    }

    /// <summary>A process of its own: says when it is warm, and then for each number of threads that it reads how many hits they
    /// have made.</summary>
    public static int RunWorker(Arguments arguments)
    {
        using var cache = new ZooCache();
        using var hits = new Hits(arguments.Text("--file")!, cache, arguments.Number("--threads", 1, Threads[^1])!.Value);
        Console.WriteLine("warm");
        while (Console.ReadLine() is { } threads)
        {
            Console.WriteLine(hits.Run(int.Parse(threads, CultureInfo.InvariantCulture), Slice));
        }

        return 0;
    }

    private static Dictionary<string, double> Entries(string file, int[] sizes, int rounds)
    {
        const int Block = 500;
        Console.WriteLine($"hits on any of the entries, relative to {sizes[0]:N0} entries ({ThreadTime.Source})");
        var caches = sizes.Select(_ => new ZooCache(new ZooCacheOptions { ByteBudget = 4L << 30, SweepInterval = TimeSpan.FromDays(1), MaximumAge = null })).ToArray();
        try
        {
            var factories = caches.Select(cache => BenchmarkDatabase.Factory(file, cache)).ToArray();
            for (var i = 0; i < sizes.Length; i++)
            {
                using var db = factories[i].CreateDbContext();
                for (var id = 1; id <= sizes[i]; id++)
                {
                    Point(db.Items, id);
                }
            }

            var random = new Random(1);
            var ratios = Interleave(sizes.Length, rounds * 10, i =>
            {
                int[] ids = [.. Enumerable.Range(0, Block).Select(_ => random.Next(1, sizes[i] + 1))];
                using var db = factories[i].CreateDbContext();
                var hits = caches[i].GetStatistics().Hits;
                var began = ThreadTime.Seconds;
                foreach (var id in ids)
                {
                    Point(db.Items, id);
                }

                var took = ThreadTime.Seconds - began;
                return caches[i].GetStatistics().Hits == hits + Block ? took : throw new InvalidOperationException("Not all were hits.");
            });
            return Print(sizes, ratios, i => $"{caches[i].GetStatistics().Bytes / (double)sizes[i],8:N0} bytes per entry");
        }
        finally
        {
            Array.ForEach(caches, c => c.Dispose());
        }
    }

    private static Dictionary<string, double> Tables(string file, int rounds)
    {
        Console.WriteLine($"hits with more tables in the model, relative to 5 tables ({ThreadTime.Source})");
        using var cache = new ZooCache();
        var isWarm = false;
        Func<double>[] blocks = [Of<Tables5>(), Of<Tables50>(), Of<Tables500>()];
        foreach (var block in blocks)
        {
            for (var times = 0; times < 40; times++)
            {
                block();
            }
        }

        isWarm = true;
        return Print([Tables5.Count, Tables50.Count, Tables500.Count], Interleave(blocks.Length, rounds * 10, i => blocks[i]()), _ => "");

        Func<double> Of<TTables>()
            where TTables : ITables
        {
            var contexts = WideContext<TTables>.Factory(file, cache);
            return () =>
            {
                using var db = contexts.CreateDbContext();
                var misses = cache.GetStatistics().Misses;
                var began = ThreadTime.Seconds;
                for (var i = 0; i < 500; i++)
                {
                    Point(db.Items, 1 + (i % 64));
                }

                var took = ThreadTime.Seconds - began;
                return isWarm && cache.GetStatistics().Misses != misses ? throw new InvalidOperationException("Not all were hits.") : took;
            };
        }
    }

    private static Dictionary<string, Scaled> Scaling(string file, int rounds)
    {
        Console.WriteLine($"hits per second with more threads on one cache, and with as many independent processes, on {Environment.ProcessorCount} processors (server GC, elapsed time)");
        using var shared = new Workers(file, processes: 1, threads: Threads[^1]);
        using var control = new Workers(file, processes: Threads[^1], threads: 1);
        var figures = Threads.ToDictionary(t => t, _ => (Threads: new List<double>(), Processes: new List<double>()));
        for (var round = 0; round < rounds; round++)
        {
            foreach (var count in round % 2 == 0 ? Threads : [.. Threads.Reverse()])
            {
                figures[count].Threads.Add(shared.Run(processes: 1, threads: count));
                figures[count].Processes.Add(control.Run(processes: count, threads: 1));
            }
        }

        var result = new Dictionary<string, Scaled>();
        foreach (var count in Threads)
        {
            var threads = Quantiles.Of(figures[count].Threads.Zip(figures[1].Threads, (many, one) => many / one));
            var processes = Quantiles.Of(figures[count].Processes.Zip(figures[1].Processes, (many, one) => many / one));
            var ratio = Quantiles.Of(figures[count].Threads.Zip(figures[count].Processes, (t, p) => t / p)
                .Zip(figures[1].Threads.Zip(figures[1].Processes, (t, p) => t / p), (many, one) => many / one));
            result[count.ToString(CultureInfo.InvariantCulture)] = new Scaled(Math.Round(threads.Median, 3), Math.Round(processes.Median, 3), Math.Round(ratio.Median, 3));
            Line($"{count,10} {Quantiles.Of(figures[count].Threads).Median / Slice.TotalSeconds,12:N0}/s  threads × {threads.Median:N2}  processes × {processes.Median:N2}  threads/processes {ratio.Median:N3} ({ratio.Lower:N3}–{ratio.Upper:N3})");
        }

        return result;
    }

    /// <summary>The time of each relative to the first's of the same round; the first fifth of the rounds only warms up.</summary>
    private static Quantiles[] Interleave(int count, int rounds, Func<int, double> block)
    {
        var times = new double[rounds][];
        for (var round = 0; round < rounds; round++)
        {
            times[round] = new double[count];
            for (var i = 0; i < count; i++)
            {
                var at = (round + i) % count;
                times[round][at] = block(at);
            }
        }

        return [.. Enumerable.Range(0, count).Select(i => Quantiles.Of(times.Skip(rounds / 5).Select(t => t[i] / t[0])))];
    }

    private static Dictionary<string, double> Print(int[] sizes, Quantiles[] ratios, Func<int, string> more)
    {
        for (var i = 0; i < sizes.Length; i++)
        {
            Line($"{sizes[i],10:N0} {ratios[i].Median,8:N3}  ({ratios[i].Lower:N3}–{ratios[i].Upper:N3})  {more(i)}");
        }

        Console.WriteLine();
        return sizes.Zip(ratios).ToDictionary(p => p.First.ToString(CultureInfo.InvariantCulture), p => Math.Round(p.Second.Median, 3));
    }

    private static Item Point(IQueryable<Item> items, int id) => items.AsNoTracking().Cacheable().Single(i => i.Id == id);

    private static void Line(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    internal sealed record Scaled(double Threads, double Processes, double Ratio);

    /// <summary>Threads that hit the same 64 answers, each in a context of its own.</summary>
    private sealed class Hits : IDisposable
    {
        private readonly BenchmarkContext[] contexts;
        private readonly ZooCache cache;

        public Hits(string file, ZooCache cache, int threads)
        {
            this.cache = cache;
            var factory = BenchmarkDatabase.Factory(file, cache);
            contexts = [.. Enumerable.Range(0, threads).Select(_ => factory.CreateDbContext())];
            RunOnce(threads, TimeSpan.FromSeconds(2));
        }

        public long Run(int threads, TimeSpan time)
        {
            var hits = cache.GetStatistics().Hits;
            var total = RunOnce(threads, time);
            return cache.GetStatistics().Hits == hits + total ? total : throw new InvalidOperationException("Not all were hits.");
        }

        private long RunOnce(int threads, TimeSpan time)
        {
            long total = 0;
            var began = Stopwatch.GetTimestamp();
            Thread[] workers = [.. contexts.Take(threads).Select(db => new Thread(() =>
            {
                var done = 0L;
                for (; (done & 63) != 0 || Stopwatch.GetElapsedTime(began) < time; done++)
                {
                    Point(db.Items, 1 + (int)(done & 63));
                }

                Interlocked.Add(ref total, done);
            }))];
            Array.ForEach(workers, w => w.Start());
            Array.ForEach(workers, w => w.Join());
            return total;
        }

        public void Dispose() => Array.ForEach(contexts, c => c.Dispose());
    }

    /// <summary>
    /// Processes with a cache each, whose threads share it. They have the garbage collector of servers: with that of workstations
    /// threads that only allocate wait for each other already.
    /// </summary>
    private sealed class Workers : IDisposable
    {
        private readonly Process[] all;

        public Workers(string file, int processes, int threads)
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!)
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                Environment = { ["DOTNET_gcServer"] = "1" },
            };
            if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            {
                start.ArgumentList.Add(typeof(ScaleCommand).Assembly.Location);
            }

            foreach (var argument in (string[])[Worker, "--file", file, "--threads", threads.ToString(CultureInfo.InvariantCulture)])
            {
                start.ArgumentList.Add(argument);
            }

            all = [.. Enumerable.Range(0, processes).Select(_ => Process.Start(start)!)];
            Array.ForEach(all, p => p.StandardOutput.ReadLine());
        }

        public long Run(int processes, int threads)
        {
            var running = all.Take(processes).ToArray();
            Array.ForEach(running, p =>
            {
                p.StandardInput.WriteLine(threads);
                p.StandardInput.Flush();
            });
            return running.Sum(p => long.Parse(p.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture));
        }

        public void Dispose()
        {
            foreach (var process in all)
            {
                process.StandardInput.Close();
                process.WaitForExit();
                process.Dispose();
            }
        }
    }
}
