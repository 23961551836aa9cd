using Microsoft.EntityFrameworkCore.Metadata;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Explanations;
using ZooCache.EFCore.Origins;
using ZooCache.EFCore.Results;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Queries;

/// <summary>
/// What is known of a query since EF compiled it. It is shared by every context that runs the compiled query, whatever
/// its cache and settings, so it holds nothing of either, but for where the last cache counts it. Safe for concurrent use.
/// </summary>
internal sealed class QueryPlan
{
    private QueryFigures? _figures;

    private QueryPlan(QueryMarker marker, QueriedTypes types, string? problem)
    {
        Marker = marker;
        Types = types;
        Problem = problem;
    }

    /// <summary>What the query says itself.</summary>
    internal QueryMarker Marker { get; }

    internal QueriedTypes Types { get; }

    /// <summary>Why the query can't be cached, whoever asks; null if it can.</summary>
    internal string? Problem { get; }

    /// <summary>The number that names the query in keys.</summary>
    internal long Id { get; private init; }

    internal QueryDependencies Dependencies => Analyzed!;

    /// <summary>What the query depends on, as far as it could be read off it; null if it couldn't.</summary>
    internal QueryDependencies? Analyzed { get; private init; }

    /// <summary>The commands that the query consists of: one, or more for a split query.</summary>
    internal IReadOnlyList<CommandUsage> Commands { get; private init; } = [];

    /// <summary>Which table each column of the first command's result is read from; null for what isn't a table's column.</summary>
    internal string?[] ColumnTables { get; private init; } = [];

    internal IRelationalModel Model { get; private init; } = null!;

    /// <summary>The names of the functions that only the settings of a context can vouch for.</summary>
    private string[] UnlistedFunctions { get; init; } = [];

    /// <summary>Whether some context's settings have to vouch for a function.</summary>
    internal bool NeedsVouching => UnlistedFunctions.Length > 0;

    /// <summary>Whether the query tracks entities that are their tables' rows as they stand there.</summary>
    internal bool TracksRows { get; private init; }

    /// <summary>The collections that a query which tracks rows includes as a whole.</summary>
    internal IReadOnlyList<IncludedRows> Includes { get; private init; } = [];

    /// <summary>What became of its executions with a cache. It is described as the first context that runs it sees it.</summary>
    /// <remarks>Nearly always there is one. (The closure of the other way would be made here, on each hit.)</remarks>
    internal QueryFigures FiguresOf(ContextCache context, CacheableOptions? options)
        => Volatile.Read(ref _figures) is { } known && ReferenceEquals(known.Table, context.Cache.Queries) ? known : FindFigures(context, options);

    private QueryFigures FindFigures(ContextCache context, CacheableOptions? options)
    {
        var found = context.Cache.Queries.Of(Id, () => Describe(context, options));
        Volatile.Write(ref _figures, found);
        return found;
    }

    private QueryDescription Describe(ContextCache context, CacheableOptions? options)
    {
        context.Registry.Register(Model);
        context.Registry.Register(Dependencies);
        var tables = Dependencies.References.Select(r => QueryExplainer.DependencyOf(r, context, static _ => true)).Concat(QueryExplainer.DeclaredBy(options, Model.Model, context)).Distinct().ToList();
        var tags = (options?.Tags ?? []).Select(static t => $"tag {t}").ToList();
        return new QueryDescription(
            string.Join(", ", tables.Select(static t => t.Rows is null ? $"{t.Table} as a whole" : $"{t.Table} by {t.Rows}").Concat(tags)), [.. tables.Select(static t => t.ToString()), .. tags]);
    }

    /// <summary>Why the query can't be cached with a context's settings; null if it can.</summary>
    internal string? ReasonAgainst(ContextSettings settings)
    {
        foreach (var function in UnlistedFunctions)
        {
            if (!settings.DeterministicFunctions.Contains(function))
            {
                return $"{BypassReasons.UnknownFunction}: {function}";
            }
        }

        return Problem;
    }

    internal static QueryPlan Uncacheable(
        QueryMarker marker, QueriedTypes types, QueryDependencies? dependencies, IReadOnlyList<IncludedRows>? tracked, string problem)
        => new(marker, types, problem)
        {
            Analyzed = dependencies,
            UnlistedFunctions = [.. dependencies?.UnlistedFunctions ?? []],
            TracksRows = tracked is not null && dependencies is { ReadsRowsAsStored: true },
        };

    internal static QueryPlan Cacheable(
        QueryMarker marker, QueriedTypes types, long id, QueryDependencies dependencies, IReadOnlyList<IncludedRows>? tracked,
        IReadOnlyList<CommandUsage> commands, string?[] columnTables, IRelationalModel model)
        => new(marker, types, problem: null)
        {
            Id = id,
            Analyzed = dependencies,
            UnlistedFunctions = [.. dependencies.UnlistedFunctions],
            TracksRows = tracked is not null && dependencies.ReadsRowsAsStored,
            Includes = dependencies.ReadsRowsAsStored ? tracked ?? [] : [],
            Commands = commands,
            ColumnTables = columnTables,
            Model = model,
        };
}
