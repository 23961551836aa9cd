using ZooCache.EFCore.Dependencies;

namespace ZooCache.EFCore.Setup;

/// <summary>What one <c>UseZooCache(…)</c> said. Immutable; part of the context's options, never of EF's service
/// provider, so that contexts with different settings share one provider.</summary>
internal sealed record ContextSettings
{
    internal bool CacheAll { get; init; }

    internal IReadOnlyDictionary<Type, bool> EntityTypes { get; init; } = new Dictionary<Type, bool>();

    internal Func<QueryCandidate, bool>? When { get; init; }

    /// <summary>The tags of the database that the context reads and writes.</summary>
    internal EFPaths Database { get; init; } = EFPaths.Default;

    internal bool SessionIndependent { get; init; }

    internal Action<QueryOutcome>? OnQuery { get; init; }

    internal Action<InvalidationInfo>? OnInvalidated { get; init; }
}
