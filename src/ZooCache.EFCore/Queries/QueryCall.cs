using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;
using Microsoft.EntityFrameworkCore.Storage;

namespace ZooCache.EFCore.Queries;

/// <summary>The arguments with which EF calls its enumerable in one execution of a compiled query, and the query's plan.</summary>
internal sealed record QueryCall(
    RelationalQueryContext Context,
    RelationalCommandResolver Resolver,
    IReadOnlyList<ReaderColumn?>? ReaderColumns,
    Type ContextType,
    bool StandAloneStateManager,
    bool DetailedErrors,
    bool ThreadSafetyChecks,
    QueryPlan Plan);
