using System.Runtime.InteropServices;

namespace ZooCache;

/// <summary>What a read asks of an answer, besides that it is valid.</summary>
/// <param name="IsRefresh">Whether it is loaded in any case.</param>
/// <param name="IsStrict">Whether it must show all that was committed anywhere before it was asked for.</param>
/// <param name="Tokens">The writes that it must show.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ReadDemand(bool IsRefresh, bool IsStrict, AwaitedToken[] Tokens)
{
    /// <summary>What a read asks of a cache, by itself and by the flow that it is in. What it may ask for is a matter of its cache's settings: none fails because of what the log has become.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="refresh">Whether to load in any case.</param>
    /// <param name="consistency">What the read says; null if it says nothing.</param>
    /// <param name="token">A write that it must show; null for none.</param>
    /// <exception cref="InvalidOperationException">It asks for more than the cache promises.</exception>
    internal static ReadDemand Of(ZooCache cache, bool refresh, CacheConsistency? consistency, ConsistencyToken? token)
        => Of(cache, refresh, consistency, token is null ? [] : [token]);

    /// <summary>As the other, of any number of writes.</summary>
    internal static ReadDemand Of(ZooCache cache, bool refresh, CacheConsistency? consistency, ReadOnlySpan<ConsistencyToken> shown)
    {
        if (cache.Node is not { } node)
        {
            return new ReadDemand(refresh, IsStrict: false, Tokens: []);
        }

        if (consistency == CacheConsistency.Strict && !cache.Options.Nodes.IsStrict)
        {
            throw new InvalidOperationException(
                $"A read asks for {nameof(CacheConsistency)}.{nameof(CacheConsistency.Strict)}, which its cache doesn't promise. Set {nameof(NodeOptions)}.{nameof(NodeOptions.Consistency)} (AddZooCache(c => c.Nodes.Consistency = …)) on all nodes, or take Consistency away from the read's options.");
        }

        var ambient = AmbientDemand.Of(cache);
        var isStrict = ambient is { IsStrict: true } || (node.IsStrict && consistency != CacheConsistency.Eventual);

        // What is strict shows every write.
        var tokens = isStrict ? [] : ambient?.Tokens ?? [];
        foreach (var token in shown)
        {
            if (!tokens.Any(t => t.Token.Equals(token)))
            {
                tokens = [.. tokens, new AwaitedToken(token)];
            }
        }

        return new ReadDemand(refresh, isStrict, tokens);
    }

    /// <summary>Whether there is a write that the answer must show.</summary>
    internal bool HasTokens => Tokens.Length > 0;

    /// <summary>Whether an answer is given only once the log has been asked.</summary>
    internal bool AsksLog => IsStrict || HasTokens;
}
