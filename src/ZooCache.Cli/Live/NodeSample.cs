using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace ZooCache.Cli.Live;

/// <summary>What a node has said at one time. The counters are since its start.</summary>
internal sealed record NodeSample(
    TimeSpan At, string Prefix, string Process, bool Enabled, bool HasLog, string Step, double Lag, int Outbox, long Hits, long Misses, long Invalidations, double SavedSeconds,
    int Entries, long Bytes, long ByteBudget, long WorkingSet, long StaleAnswers, bool IsWell, DurationCounts HitTimes, DurationCounts LoadTimes)
{
    /// <summary>How long a node may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>What a node says now, or why it says nothing.</summary>
    internal static async Task<(NodeSample? Sample, string? Failure)> AskAsync(NodeClient node, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            var (view, statistics, durations) = (node.GetAsync("node", patience.Token), node.GetAsync("statistics", patience.Token), node.GetAsync("durations", patience.Token));
            return (Of(Stopwatch.GetElapsedTime(0), await view, await statistics, await durations), null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, $"{node.Address} hasn't answered for {Patience.TotalSeconds} s.");
        }
        catch (Exception exception) when (NodeException.Is(exception))
        {
            return (null, exception is NodeException ? exception.Message : $"{node.Address}: {NodeException.MessageOf(exception)}");
        }
    }

    private static NodeSample Of(TimeSpan at, JsonElement node, JsonElement said, JsonElement durations)
    {
        var figures = said.GetProperty("statistics");
        var log = NodeAnswer.Part(node, "log");
        return new NodeSample(
            at, $"{node.GetProperty("prefix")}", $"{node.GetProperty("machine")} {node.GetProperty("processId")}", node.GetProperty("enabled").GetBoolean(), log is not null,
            log is null ? "alone" : log.Value.GetProperty("confirmed").GetBoolean() ? $"{log.Value.GetProperty("consistency")}" : "NOT confirmed",
            log?.GetProperty("lagSeconds").GetDouble() ?? 0, log?.GetProperty("outbox").GetInt32() ?? 0,
            Count("hits"), Count("misses"), Count("invalidations"), TimeSpan.Parse(figures.GetProperty("timeSaved").GetString()!, CultureInfo.InvariantCulture).TotalSeconds,
            figures.GetProperty("entries").GetInt32(), Count("bytes"), node.GetProperty("byteBudget").GetInt64(), node.GetProperty("workingSet").GetInt64(), Count("staleAnswers"), NodeAnswer.IsWell(node),
            DurationCounts.Of(durations.GetProperty("hits")), DurationCounts.Of(durations.GetProperty("loads")));

        long Count(string name) => figures.GetProperty(name).GetInt64();
    }
}

/// <summary>A histogram of durations.</summary>
/// <param name="Bounds">The upper limits of all buckets but the last, in seconds.</param>
/// <param name="Counts">How many lie in each bucket.</param>
internal sealed record DurationCounts(double[] Bounds, long[] Counts)
{
    internal static DurationCounts Of(JsonElement said)
        => new([.. said.GetProperty("bounds").EnumerateArray().Select(static b => b.GetDouble())], [.. said.GetProperty("counts").EnumerateArray().Select(static c => c.GetInt64())]);

    /// <summary>What has come since an earlier one, or from another node.</summary>
    internal DurationCounts Since(DurationCounts earlier) => new(Bounds, [.. Counts.Zip(earlier.Counts, static (now, then) => Math.Max(0, now - then))]);

    internal DurationCounts And(DurationCounts other) => new(Bounds, [.. Counts.Zip(other.Counts, static (one, two) => one + two)]);

    /// <summary>The duration below which a share of them lies, interpolated within its bucket; null if there are none. What is in the last bucket is taken to be at its lower limit.</summary>
    internal double? Quantile(double share)
    {
        var rank = share * Counts.Sum();
        var below = 0.0;
        for (var i = 0; i < Counts.Length && rank > 0; i++)
        {
            if (below + Counts[i] >= rank)
            {
                var lower = i == 0 ? 0 : Bounds[i - 1];
                return i == Bounds.Length ? lower : lower + ((Bounds[i] - lower) * (rank - below) / Counts[i]);
            }

            below += Counts[i];
        }

        return null;
    }
}
