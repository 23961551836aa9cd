using System.Globalization;
using System.Reflection;

namespace ZooCache.AspNetCore.Management;

/// <summary>What a node is, and how it is in step with the others.</summary>
internal sealed record NodeView(
    string Prefix, string Version, string Machine, int ProcessId, DateTimeOffset StartedAt, bool Enabled, double WatchdogShare, long ByteBudget, long WorkingSet, LogView? Log, StoreView? Store)
{
    private static readonly string OwnVersion = typeof(ZooCache).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    internal static NodeView Of(ZooCache cache)
    {
        var options = cache.Options;
        var statistics = cache.GetStatistics();
        return new NodeView(
            cache.Prefix, OwnVersion, Environment.MachineName, Environment.ProcessId, cache.StartedAt, cache.Enabled, options.WatchdogShare, options.ByteBudget, Environment.WorkingSet,
            cache.Node is { } node ? LogView.Of(node, options.Nodes, statistics) : null,
            cache.Answers is { } answers ? new StoreView(answers.IsPaused, statistics.LastStoreFailure) : null);
    }
}

/// <summary>How a node is in step with its log.</summary>
/// <param name="Node">The node's number in the log.</param>
/// <param name="Consistency">What is promised.</param>
/// <param name="Confirmed">Whether it is known that nothing was missed, so that answers are given.</param>
/// <param name="LagSeconds">For how long something may have been missed.</param>
/// <param name="Outbox">What is yet to be told to the others.</param>
/// <param name="Epoch">Which life of the log it is.</param>
/// <param name="Applied">The last entry that was applied.</param>
/// <param name="Suspect">Whether somebody may be writing unheard.</param>
/// <param name="Members">The nodes that take part in the log, as far as this one has heard of them.</param>
/// <param name="LastFailure">What the newest request that failed has said.</param>
internal sealed record LogView(
    string Node, string Consistency, bool Confirmed, double LagSeconds, int Outbox, string Epoch, string Applied, bool Suspect, IReadOnlyList<string> Members, string? LastFailure)
{
    internal static LogView Of(CacheNode node, NodeOptions options, CacheStatistics statistics)
    {
        var (epoch, applied, toTell) = node.Position;
        return new LogView(
            Hex(node.Id), node.IsStrict ? "strict" : options.Consistency == CacheConsistency.Strict ? "strict, once the log is" : "eventual", node.IsConfirmed, Math.Round(node.Lag.TotalSeconds, 3), toTell,
            Hex(epoch), applied.ToString(), node.IsSuspect, [.. node.Members.Select(Hex)], statistics.LastLogFailure);
    }

    private static string Hex(ulong number) => number.ToString("x16", CultureInfo.InvariantCulture);
}

/// <summary>A store that is shared with other processes.</summary>
/// <param name="Paused">Whether it is left alone for now, because it has failed.</param>
/// <param name="LastFailure">What the newest request that failed has said.</param>
internal sealed record StoreView(bool Paused, string? LastFailure);
