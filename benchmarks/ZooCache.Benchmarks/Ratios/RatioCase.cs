using ZooCache.Benchmarks.Data;

namespace ZooCache.Benchmarks.Ratios;

/// <summary>How the cache is to take part in a case; a case that measures something else is a mistake and says so.</summary>
internal enum CachePart
{
    Hit,
    Miss,
    Bypass,
    Write,

    /// <summary>The operation sees to it itself.</summary>
    Engine,
}

/// <summary>
/// One operation, written for a context without ZooCache and for one with it. The number given differs from call to call.
/// </summary>
internal sealed record RatioCase(
    string Name,
    string What,
    CachePart Part,
    Func<BenchmarkContext, int, object?> Plain,
    Func<BenchmarkContext, int, object?> Cached)
{
    /// <summary>What a context needs before a block of operations; not measured.</summary>
    public Action<BenchmarkContext>? BeforePlain { get; init; }

    /// <summary>As <see cref="BeforePlain"/>, with the cache.</summary>
    public Action<BenchmarkContext>? BeforeCached { get; init; }

    /// <summary>Whether the operations return tasks, to be awaited.</summary>
    public bool IsAsync { get; init; }

    /// <summary>Whether PostgreSQL is asked, so that it is waited for, and elapsed time is what counts.</summary>
    public bool OnPostgres { get; init; }
}
