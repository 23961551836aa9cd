using Quickstart.Load;

namespace Quickstart.Measuring;

/// <summary>What one worker has done. Only that worker writes it.</summary>
internal sealed class WorkerMetrics
{
    private readonly PerKind[] reads = [.. ReadKind.All.Select(_ => new PerKind())];
    private long retries;

    public LatencyHistogram Writes { get; } = new();

    public long Retries => Volatile.Read(ref retries);

    public PerKind Of(ReadKind kind) => reads[kind.Index];

    public void Retried() => retries++;

    /// <summary>The latencies of one kind of read: answered by the cache, by the database after all, and without a cache.</summary>
    public sealed class PerKind
    {
        public LatencyHistogram Hits { get; } = new();

        public LatencyHistogram Misses { get; } = new();

        public LatencyHistogram Uncached { get; } = new();
    }
}
