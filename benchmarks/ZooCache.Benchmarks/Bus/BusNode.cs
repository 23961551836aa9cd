using System.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.Benchmarks.Data;

namespace ZooCache.Benchmarks.Bus;

/// <summary>A node with a connection of its own to Redis, and an ear at its log.</summary>
internal sealed class BusNode : IDisposable
{
    private readonly Ear _ear;

    internal BusNode(string redis, string prefix, Func<ZooCache, PooledDbContextFactory<BenchmarkContext>> contexts, bool isStrict = false)
    {
        var options = new ZooCacheOptions { Prefix = prefix, MaximumAge = null }.UseRedis(redis, r => r.LogCapacity = 250_000);
        if (isStrict)
        {
            (options.Nodes.Consistency, options.Nodes.HeartbeatInterval) = (CacheConsistency.Strict, TimeSpan.FromMilliseconds(300));
            (options.Nodes.LeaseTime, options.Nodes.SuspectTime) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        }

        var log = options.Log!;
        Ear? ear = null;
        options.Log = o => ear = new Ear(log(o));
        Cache = new ZooCache(options);
        _ear = ear!;
        Contexts = contexts(Cache);
        Until(() => Cache.Node!.IsConfirmed);
    }

    internal ZooCache Cache { get; }

    internal PooledDbContextFactory<BenchmarkContext> Contexts { get; }

    /// <summary>When the newest entry had been applied, by the stopwatch.</summary>
    internal long AppliedAt => Volatile.Read(ref _ear.AppliedAt);

    /// <summary>When the newest message was sent off, by the stopwatch.</summary>
    internal long SentAt => Volatile.Read(ref _ear.SentAt);

    internal long Applied => Cache.Counters.LogEntries.Value;

    internal int Messages => _ear.Messages;

    internal int Questions => _ear.Questions;

    internal long MessageBytes => _ear.MessageBytes;

    /// <summary>Hears nothing, neither what is announced nor what it asks for.</summary>
    internal bool IsDeaf
    {
        get => _ear.IsDeaf;
        set => _ear.IsDeaf = value;
    }

    public void Dispose() => Cache.Dispose();

    internal static void Until(Func<bool> holds)
    {
        if (!SpinWait.SpinUntil(holds, TimeSpan.FromMinutes(2)))
        {
            throw new TimeoutException("What the benchmark waits for doesn't happen.");
        }
    }

    private sealed class Ear(IInvalidationLog log) : IInvalidationLog, IDisposable
    {
        internal long AppliedAt;
        internal long SentAt;

        internal bool IsDeaf { get; set; }

        internal int Messages { get; private set; }

        internal int Questions { get; private set; }

        internal long MessageBytes { get; private set; }

        public IDisposable Subscribe(Action<LogEntry> announced) => log.Subscribe(entry =>
        {
            if (!IsDeaf)
            {
                announced(entry);
                Volatile.Write(ref AppliedAt, Stopwatch.GetTimestamp());
            }
        });

        public Task<LogJoined> JoinAsync(LogJoin request, CancellationToken cancellationToken) => log.JoinAsync(request, cancellationToken);

        public Task<LogAppended> AppendAsync(LogAppend request, CancellationToken cancellationToken)
        {
            Volatile.Write(ref SentAt, Stopwatch.GetTimestamp());
            (Messages, MessageBytes) = (Messages + 1, MessageBytes + request.Body.Length);
            return log.AppendAsync(request, cancellationToken);
        }

        public async Task<LogState> TickAsync(LogTick request, CancellationToken cancellationToken)
        {
            Questions++;
            var state = await log.TickAsync(request, cancellationToken);
            return IsDeaf ? throw new IOException("deaf") : state;
        }

        public Task<LogPage> ReadAsync(ulong node, HlcStamp after, int atMost, CancellationToken cancellationToken)
            => IsDeaf ? Task.FromException<LogPage>(new IOException("deaf")) : log.ReadAsync(node, after, atMost, cancellationToken);

        public Task<LogState> LeaveAsync(ulong node, CancellationToken cancellationToken) => log.LeaveAsync(node, cancellationToken);

        public void Dispose() => (log as IDisposable)?.Dispose();
    }
}
