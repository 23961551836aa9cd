using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Queries;

/// <summary>The arguments with which EF calls its enumerable in one execution of a compiled query, the query's plan,
/// and the context's part of the cache.</summary>
internal sealed record QueryCall(
    RelationalQueryContext Context,
    RelationalCommandResolver Resolver,
    IReadOnlyList<ReaderColumn?>? ReaderColumns,
    Type ContextType,
    bool StandAloneStateManager,
    bool DetailedErrors,
    bool ThreadSafetyChecks,
    QueryPlan Plan,
    ContextCache Cache);
