using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Query;

namespace ZooCache.EFCore.Queries;

/// <summary>
/// Keeps what was compiled with ZooCache apart from what was compiled without it, where the application shares one memory
/// cache between both (<c>UseMemoryCache</c>): EF finds models and compiled queries there by the context's type alone. An
/// <c>ExecuteUpdate</c> that was compiled by a context without ZooCache invalidates nothing, whoever runs it.
/// </summary>
internal sealed class CompiledQueryKeys(ICompiledQueryCacheKeyGenerator inner) : ICompiledQueryCacheKeyGenerator
{
    private const string Npgsql = "Npgsql.EntityFrameworkCore.PostgreSQL.Query.Internal.NpgsqlCompiledQueryCacheKeyGenerator";

    private readonly ICompiledQueryCacheKeyGenerator _inner = inner;

    /// <summary>
    /// Whether the maker of keys is one that is known to look, besides at the query, only at the context's model, options, tracking
    /// behaviour, and whether it is asked for within an execution strategy.
    /// </summary>
    internal static bool AreFixed(ICompiledQueryCacheKeyGenerator keys)
        => keys is CompiledQueryKeys ours ? AreFixed(ours._inner)
            : keys.GetType() is var type && (type == typeof(RelationalCompiledQueryCacheKeyGenerator) || type.FullName == Npgsql);

    public object GenerateCacheKey(Expression query, bool async) => new Key(_inner.GenerateCacheKey(query, async));

    private sealed record Key(object Inner);
}
