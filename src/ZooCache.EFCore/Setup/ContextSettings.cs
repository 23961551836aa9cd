using System.Collections.Frozen;
using ZooCache.EFCore.Dependencies;

namespace ZooCache.EFCore.Setup;

/// <summary>What one <c>UseZooCache(…)</c> said. Immutable; part of the context's options, never of EF's service
/// provider, so that contexts with different settings share one provider.</summary>
internal sealed record ContextSettings
{
    internal bool Disabled { get; init; }

    internal bool CacheAll { get; init; }

    internal IReadOnlyDictionary<Type, bool> EntityTypes { get; init; } = new Dictionary<Type, bool>();

    internal Func<QueryCandidate, bool>? When { get; init; }

    /// <summary>The tags of the database that the context reads and writes.</summary>
    internal EFPaths Database { get; init; } = EFPaths.Default;

    internal bool SessionIndependent { get; init; }

    /// <summary>What the answers of the context's sessions differ by.</summary>
    internal IReadOnlyList<VaryingValue> VaryBy { get; init; } = [];

    /// <summary>Whether the user has said what the state of a session means for the answers.</summary>
    internal bool DeclaresSession => SessionIndependent || VaryBy.Count > 0;

    /// <summary>Results that aren't to be kept.</summary>
    internal IReadOnlyList<Func<QueryResultInfo, bool>> DontCacheIf { get; init; } = [];

    /// <summary>Functions that the user vouches for, as <see cref="DeclaredFunctions.NameOf"/> names them.</summary>
    internal FrozenSet<string> DeterministicFunctions { get; init; } = [];

    /// <summary>How far behind the servers that answer may be; null if nobody said.</summary>
    internal TimeSpan? ReplicaLag { get; init; }

    /// <summary>Whether answers depend on whole tables, whatever their queries say of rows.</summary>
    internal bool WholeTables { get; init; }

    internal Action<QueryOutcome>? OnQuery { get; init; }

    internal Action<InvalidationInfo>? OnInvalidated { get; init; }
}
