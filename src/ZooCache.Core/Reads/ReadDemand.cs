using System.Runtime.InteropServices;

namespace ZooCache;

/// <summary>What a read asks of an answer, besides that it is valid.</summary>
/// <param name="IsRefresh">Whether it is loaded in any case.</param>
/// <param name="IsStrict">Whether it must show all that was committed anywhere before it was asked for.</param>
/// <param name="Token">A write that it must show; null for none.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ReadDemand(bool IsRefresh, bool IsStrict, ConsistencyToken? Token)
{
    /// <summary>What a read asks of a cache. What it may ask for is a matter of its cache's settings: none fails because of what the log has become.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="refresh">Whether to load in any case.</param>
    /// <param name="consistency">What the read says; null if it says nothing.</param>
    /// <param name="token">A write that it must show; null for none.</param>
    /// <exception cref="InvalidOperationException">It asks for more than the cache promises.</exception>
    internal static ReadDemand Of(ZooCache cache, bool refresh, CacheConsistency? consistency, ConsistencyToken? token)
    {
        if (cache.Node is not { } node)
        {
            return new ReadDemand(refresh, IsStrict: false, Token: null);
        }

        if (consistency == CacheConsistency.Strict && !cache.Options.Nodes.IsStrict)
        {
            throw new InvalidOperationException(
                $"A read asks for {nameof(CacheConsistency)}.{nameof(CacheConsistency.Strict)}, which its cache doesn't promise. Set {nameof(NodeOptions)}.{nameof(NodeOptions.Consistency)} (AddZooCache(c => c.Nodes.Consistency = …)) on all nodes, or take Consistency away from the read's options.");
        }

        return new ReadDemand(refresh, node.IsStrict && consistency != CacheConsistency.Eventual, token);
    }

    /// <summary>Whether an answer is given only once the log has been asked.</summary>
    internal bool AsksLog => IsStrict || Token is not null;
}
