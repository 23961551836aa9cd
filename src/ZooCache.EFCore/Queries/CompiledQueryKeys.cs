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
    public object GenerateCacheKey(Expression query, bool async) => new Key(inner.GenerateCacheKey(query, async));

    private sealed record Key(object Inner);
}
