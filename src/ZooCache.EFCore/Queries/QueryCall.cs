using System.Data.Common;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;
using Microsoft.EntityFrameworkCore.Storage;

namespace ZooCache.EFCore.Queries;

/// <summary>The arguments with which EF calls its enumerable that are the same in every execution of a compiled query, and
/// the query's plan. Made once, with the compiled query.</summary>
/// <param name="Resolver">Gives EF's command.</param>
/// <param name="ReaderColumns">What EF buffers by itself.</param>
/// <param name="ContextType">The type of the <see cref="Microsoft.EntityFrameworkCore.DbContext"/>, for EF's events.</param>
/// <param name="StandAloneStateManager">Whether the query resolves identities by itself.</param>
/// <param name="DetailedErrors">Whether EF tells of columns that it fails to read.</param>
/// <param name="ThreadSafetyChecks">Whether EF looks for concurrent use of the context.</param>
/// <param name="Plan">The query's plan.</param>
/// <param name="ShapesRowsOnly">Whether the shaper uses the row alone, not the query's context: it only makes values of columns, one
/// element of each row, and touches nothing that could be used concurrently.</param>
/// <param name="SharedElementBytes">What an element takes that is made once and handed out to everybody; 0 where each caller needs
/// elements of its own.</param>
internal record QueryCall(
    RelationalCommandResolver Resolver,
    IReadOnlyList<ReaderColumn?>? ReaderColumns,
    Type ContextType,
    bool StandAloneStateManager,
    bool DetailedErrors,
    bool ThreadSafetyChecks,
    QueryPlan Plan,
    bool ShapesRowsOnly,
    int SharedElementBytes);

/// <summary>A <see cref="QueryCall"/> with EF's shaper.</summary>
internal sealed record QueryCall<T>(
    RelationalCommandResolver Resolver,
    IReadOnlyList<ReaderColumn?>? ReaderColumns,
    Func<QueryContext, DbDataReader, ResultContext, SingleQueryResultCoordinator, T> Shaper,
    Type ContextType,
    bool StandAloneStateManager,
    bool DetailedErrors,
    bool ThreadSafetyChecks,
    QueryPlan Plan,
    bool ShapesRowsOnly,
    int SharedElementBytes)
    : QueryCall(Resolver, ReaderColumns, ContextType, StandAloneStateManager, DetailedErrors, ThreadSafetyChecks, Plan, ShapesRowsOnly, SharedElementBytes);
