using System.Diagnostics;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using StackExchange.Redis;
using ZooCache.Benchmarks.Data;
using ZooCache.EFCore;
using ZooCache.Tests;

namespace ZooCache.Benchmarks.Bus;

/// <summary>
/// What it takes until other nodes know: from a save to the last node's bump, beside a bare message of the same client in the same run; how
/// many messages a large save is; how long it takes to read what was missed; and what a strict answer costs.
/// </summary>
internal static class BusCommand
{
    private const int Missed = 100_000;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var rounds = arguments.Number("--rounds", 100, 100_000) ?? 2_000;
        var json = arguments.Flag("--json");
        arguments.End();
        using var redis = new RedisProcess();
        using var database = new BenchmarkDatabase(2_000);
        using (var db = BenchmarkDatabase.Factory(database.File, cache: null).CreateDbContext())
        {
            await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL");
        }

        var nodes = Enumerable.Range(0, 3).Select(_ => new BusNode(redis.Configuration, "bus", c => BenchmarkDatabase.Factory(database.File, c))).ToList();
        try
        {
            var (sent, returned, bare) = await Propagation(nodes, redis.Configuration, rounds);
            var ratio = sent.Median / bare.Median;
            Console.WriteLine($"until the last of two other nodes has invalidated, {rounds} saves of a row, interleaved with bare messages:");
            Console.WriteLine($"  from the end of the write     {sent}");
            Console.WriteLine($"  from the return of the save   {returned} (negative: they knew before)");
            Console.WriteLine($"  a bare message, published     {bare}");
            Console.WriteLine($"  ratio of the medians          {ratio:F2}");
            var (messages, bytes) = LargeSave(nodes);
            Console.WriteLine($"a save of 1 000 rows: {messages} message, {bytes:N0} bytes");
            var took = await CatchUp(nodes);
            Console.WriteLine($"{Missed:N0} messages that were missed: read and applied in {took.TotalSeconds:F2} s");
            var strict = Strict(redis.Configuration, Math.Max(rounds, 1_000));
            if (json)
            {
                Console.WriteLine(JsonSerializer.Serialize(new
                {
                    sent = sent.Json, returned = returned.Json, bare = bare.Json, ratio, messages, bytes, catchUpSeconds = took.TotalSeconds, strict,
                }));
            }

            return ratio > 3 || messages != 1 || took > TimeSpan.FromSeconds(10) ? 1 : 0;
        }
        finally
        {
            nodes.ForEach(n => n.Dispose());
        }
    }

    private static async Task<(Times Sent, Times Returned, Times Bare)> Propagation(List<BusNode> nodes, string redis, int rounds)
    {
        var channel = RedisChannel.Literal("bare");
        await using var publisher = await ConnectionMultiplexer.ConnectAsync(redis);
        await using var one = await ConnectionMultiplexer.ConnectAsync(redis);
        await using var two = await ConnectionMultiplexer.ConnectAsync(redis);
        var heard = new CountdownEvent(1);
        foreach (var subscriber in (ConnectionMultiplexer[])[one, two])
        {
            await subscriber.GetSubscriber().SubscribeAsync(channel, (_, _) => heard.Signal());
        }

        var (sent, returned, bare) = (new List<double>(), new List<double>(), new List<double>());
        var payload = new byte[200];
        for (var round = -200; round < rounds; round++)
        {
            var before = nodes.Select(n => n.Applied).ToList();
            await using (var db = await nodes[0].Contexts.CreateDbContextAsync())
            {
                (await db.Items.SingleAsync(i => i.Id == 1 + Math.Abs(round % 1_000))).Price = round;
                await db.SaveChangesAsync();
            }

            var back = Stopwatch.GetTimestamp();
            BusNode.Until(() => nodes[1].Applied > before[1] && nodes[2].Applied > before[2] && Math.Min(nodes[1].AppliedAt, nodes[2].AppliedAt) > nodes[0].SentAt);
            var last = Math.Max(nodes[1].AppliedAt, nodes[2].AppliedAt);
            heard.Reset(2);
            var published = Stopwatch.GetTimestamp();
            await publisher.GetSubscriber().PublishAsync(channel, payload);
            heard.Wait();
            var arrived = Stopwatch.GetTimestamp();
            if (round >= 0)
            {
                sent.Add(Stopwatch.GetElapsedTime(nodes[0].SentAt, last).TotalMicroseconds);
                returned.Add(Stopwatch.GetElapsedTime(back, last).TotalMicroseconds);
                bare.Add(Stopwatch.GetElapsedTime(published, arrived).TotalMicroseconds);
            }
        }

        return (new Times(sent), new Times(returned), new Times(bare));
    }

    private static (int Messages, long Bytes) LargeSave(List<BusNode> nodes)
    {
        using var db = nodes[0].Contexts.CreateDbContext();
        var items = db.Items.OrderBy(i => i.Id).Take(1_000).ToList();
        items.ForEach(i => i.Price += 1);
        var (messages, bytes) = (nodes[0].Messages, nodes[0].MessageBytes);
        db.SaveChanges();
        return (nodes[0].Messages - messages, nodes[0].MessageBytes - bytes);
    }

    private static async Task<TimeSpan> CatchUp(List<BusNode> nodes)
    {
        var memberships = nodes[1].Cache.Counters.Memberships.Value;
        nodes[1].IsDeaf = true;
        await using (var db = await nodes[0].Contexts.CreateDbContextAsync())
        {
            for (var i = 0; i < Missed; i++)
            {
                db.Cache().Invalidate<Item>(1 + (i % 2_000));
                if (i % 500 == 499)
                {
                    BusNode.Until(() => nodes[0].Cache.Node!.Position.ToTell == 0);
                }
            }
        }

        var head = nodes[0].Cache.Node!.Position.Applied;
        var before = nodes[1].Applied;
        var began = Stopwatch.GetTimestamp();
        nodes[1].IsDeaf = false;
        BusNode.Until(() => nodes[1].Cache.Node!.Position.Applied >= head);
        var took = Stopwatch.GetElapsedTime(began);
        return nodes[1].Applied - before >= Missed && nodes[1].Cache.Counters.Memberships.Value == memberships
            ? took
            : throw new InvalidOperationException("It began anew in the place of reading what it had missed.");
    }

    /// <summary>A row by its key: asked of PostgreSQL, given by an eventual cache, and by a strict one.</summary>
    private static object? Strict(string redis, int rounds)
    {
        if (PostgresBenchmarkDatabase.Server is null)
        {
            Console.WriteLine("strict answers: ZOOCACHE_POSTGRES names no server; not measured");
            return null;
        }

        using var database = new PostgresBenchmarkDatabase(1_000);
        using var strict = new BusNode(redis, "bus-strict", database.Factory, isStrict: true);
        using var eventual = new BusNode(redis, "bus-eventual", database.Factory);
        var plain = database.Factory(null);
        var (uncached, hits, strictHits) = (new List<double>(), new List<double>(), new List<double>());
        using (var db = strict.Contexts.CreateDbContext())
        {
            // It is trusted once nobody can be suspected any more.
            BusNode.Until(() =>
            {
                _ = db.Items.Where(i => i.Id == 1).AsNoTracking().Cacheable().Single();
                return db.Cache().LastQuery!.Source == QueryResultSource.Hit;
            });
        }

        var (questions, asked) = (0, 0);
        for (var round = -500; round < rounds; round++)
        {
            var id = 1 + (Math.Abs(round) % 100);
            var before = strict.Questions;
            var times = (Time(plain, id, cached: false), Time(eventual.Contexts, id), Time(strict.Contexts, id));
            if (round >= 0)
            {
                (questions, asked) = (questions + strict.Questions - before, asked + 1);
                uncached.Add(times.Item1);
                hits.Add(times.Item2);
                strictHits.Add(times.Item3);
            }
        }

        var (u, h, s) = (new Times(uncached), new Times(hits), new Times(strictHits));
        Console.WriteLine($"a row by its key, {rounds} rounds, interleaved:");
        Console.WriteLine($"  PostgreSQL, without the cache {u}");
        Console.WriteLine($"  a hit, eventual               {h}");
        Console.WriteLine($"  a hit, strict                 {s}, {(double)questions / asked:F2} questions to Redis each; {s.Median / u.Median:F2} of the uncached query");
        return new { uncached = u.Json, eventual = h.Json, strict = s.Json, ratio = s.Median / u.Median, questions = (double)questions / asked };
    }

    private static double Time(PooledDbContextFactory<BenchmarkContext> contexts, int id, bool cached = true)
    {
        using var db = contexts.CreateDbContext();
        var began = Stopwatch.GetTimestamp();
        var items = db.Items.Where(i => i.Id == id).AsNoTracking();
        _ = (cached ? items.Cacheable() : items).Single();
        return Stopwatch.GetElapsedTime(began).TotalMicroseconds;
    }

    private sealed class Times(List<double> microseconds)
    {
        private readonly double[] _sorted = [.. microseconds.Order()];

        internal double Median => At(0.5);

        internal object Json => new { p50 = Median, p99 = At(0.99) };

        public override string ToString() => $"p50 {Median,7:F0} µs, p99 {At(0.99),7:F0} µs";

        private double At(double share) => _sorted[(int)((_sorted.Length - 1) * share)];
    }
}
