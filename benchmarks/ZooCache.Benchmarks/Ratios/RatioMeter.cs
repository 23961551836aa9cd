using System.Diagnostics;
using System.Runtime;
using Microsoft.EntityFrameworkCore.Infrastructure;
using ZooCache.Benchmarks.Data;

namespace ZooCache.Benchmarks.Ratios;

/// <summary>
/// Measures a case in blocks of some milliseconds, plain and cached in turn, so that what else the machine does falls on
/// both; the order within a round changes from round to round. The ratio of a round is that of two neighbouring blocks,
/// and the case's ratio is the median of those.
/// </summary>
/// <remarks>
/// A block uses one context from the pool; taking it isn't measured. All blocks run on one thread and share one database
/// connection of the pool. What is measured must be answered on the short way throughout.
/// </remarks>
internal sealed class RatioMeter(Func<ZooCache?, PooledDbContextFactory<BenchmarkContext>> contexts, RatioCase measured, ZooCache cache)
{
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(0.7);
    private static readonly TimeSpan BlockTime = TimeSpan.FromMilliseconds(10);

    private readonly Side plain = new(contexts(null), measured, measured.Plain, measured.BeforePlain);
    private readonly Side cached = new(contexts(cache), measured, measured.Cached, measured.BeforeCached);

    public RatioResult Measure(int rounds)
    {
        var operations = Prepare();
        var samples = new List<(Block Plain, Block Cached)>(rounds);
        var before = cache.GetStatistics();
        for (var round = 0; round < rounds; round++)
        {
            if (round % 2 == 0)
            {
                var first = plain.Run(operations);
                samples.Add((first, cached.Run(operations)));
            }
            else
            {
                var first = cached.Run(operations);
                samples.Add((plain.Run(operations), first));
            }
        }

        Check(before, cache.GetStatistics(), (long)rounds * operations);
        return new RatioResult(
            measured,
            Quantiles.Of(samples.Select(s => s.Cached.Seconds / s.Plain.Seconds)),
            Quantiles.Of(samples.Select(s => s.Plain.Seconds / operations * 1e6)).Median,
            Quantiles.Of(samples.Select(s => s.Cached.Seconds / operations * 1e6)).Median,
            Quantiles.Of(samples.Select(s => (double)s.Plain.Bytes / operations)).Median,
            Quantiles.Of(samples.Select(s => (double)s.Cached.Bytes / operations)).Median);
    }

    /// <summary>
    /// Runs both sides until the JIT compiler has had nothing to do for a while: hot code is compiled again and again, in
    /// the background. Returns the operations of a block.
    /// </summary>
    private int Prepare()
    {
        var operations = 1;
        var compiled = -1L;
        var started = Stopwatch.GetTimestamp();
        var lastCompiled = started;
        while (Stopwatch.GetElapsedTime(lastCompiled) < Settled && Stopwatch.GetElapsedTime(started) < LongestWarmUp)
        {
            cached.Run(operations);
            if (plain.Run(operations).Seconds < BlockTime.TotalSeconds / 2)
            {
                operations *= 2;
            }

            if (JitInfo.GetCompiledMethodCount(currentThread: false) is var count && count != compiled)
            {
                (compiled, lastCompiled) = (count, Stopwatch.GetTimestamp());
            }
        }

        if (measured.Part == CachePart.Hit)
        {
            // Each answer that is to be hit was asked for once now, however short the warm-up.
            cached.Run(Math.Max(operations, 256));
        }

        GC.Collect();
        return operations;
    }

    private void Check(CacheStatistics before, CacheStatistics after, long operations)
    {
        var (seen, name) = measured.Part switch
        {
            CachePart.Hit => (after.Hits - before.Hits, "hits"),
            CachePart.Miss => (after.Misses - before.Misses, "misses"),
            CachePart.Bypass => (after.Bypasses - before.Bypasses, "bypasses"),
            CachePart.Engine => (operations, "operations"),
            _ => (after.Sequence - before.Sequence >= operations ? operations : 0, "writes"),
        };
        if (seen != operations)
        {
            throw new InvalidOperationException($"{measured.Name}: {operations} {name} were to be measured, and the cache counted {seen}.");
        }

        if (after.FallBacks != before.FallBacks)
        {
            throw new InvalidOperationException(
                $"{measured.Name}: {after.FallBacks - before.FallBacks} took a longer way: {string.Join(", ", after.FallBacksByReason.Keys)}.");
        }
    }

    private sealed record Block(double Seconds, long Bytes);

    private sealed class Side(
        PooledDbContextFactory<BenchmarkContext> contexts,
        RatioCase measured,
        Func<BenchmarkContext, int, object?> operation,
        Action<BenchmarkContext>? before)
    {
        private int calls;

        private double Now => measured.OnPostgres ? Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency : ThreadTime.Seconds;

        public Block Run(int operations)
        {
            using var db = contexts.CreateDbContext();
            before?.Invoke(db);
            var bytes = Allocated();
            var started = Now;
            if (measured.IsAsync)
            {
                RunToItsEnd(db, operations);
            }
            else
            {
                for (var i = 0; i < operations; i++)
                {
                    operation(db, calls++);
                }
            }

            var seconds = Now - started;
            return new Block(seconds, Allocated() - bytes);
        }

        /// <summary>SQLite has no asynchronous I/O: nothing leaves this thread, whose time is what counts.</summary>
        private void RunToItsEnd(BenchmarkContext db, int operations)
        {
            var task = RunAsync(db, operations);
            if (!task.IsCompleted)
            {
                throw new InvalidOperationException("An asynchronous query left its thread; the time of its thread alone means nothing.");
            }

            task.GetAwaiter().GetResult();
        }

        private async Task RunAsync(BenchmarkContext db, int operations)
        {
            for (var i = 0; i < operations; i++)
            {
                await (Task)operation(db, calls++)!;
            }
        }

        /// <summary>What a task allocates may be allocated on another thread.</summary>
        private long Allocated() => measured.IsAsync ? GC.GetTotalAllocatedBytes(precise: true) : GC.GetAllocatedBytesForCurrentThread();
    }
}
