using System.Data.Common;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;
using Microsoft.EntityFrameworkCore.Storage;

namespace ZooCache.EFCore.Queries;

/// <summary>The arguments with which EF calls its enumerable that are the same in every execution of a compiled query, and
/// the query's plan. Made once, with the compiled query.</summary>
internal record QueryCall(
    RelationalCommandResolver Resolver,
    IReadOnlyList<ReaderColumn?>? ReaderColumns,
    Type ContextType,
    bool StandAloneStateManager,
    bool DetailedErrors,
    bool ThreadSafetyChecks,
    QueryPlan Plan);

/// <summary>A <see cref="QueryCall"/> with EF's shaper.</summary>
internal sealed record QueryCall<T>(
    RelationalCommandResolver Resolver,
    IReadOnlyList<ReaderColumn?>? ReaderColumns,
    Func<QueryContext, DbDataReader, ResultContext, SingleQueryResultCoordinator, T> Shaper,
    Type ContextType,
    bool StandAloneStateManager,
    bool DetailedErrors,
    bool ThreadSafetyChecks,
    QueryPlan Plan)
    : QueryCall(Resolver, ReaderColumns, ContextType, StandAloneStateManager, DetailedErrors, ThreadSafetyChecks, Plan);
