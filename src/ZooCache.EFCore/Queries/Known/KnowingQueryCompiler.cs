using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Origins;

namespace ZooCache.EFCore.Queries.Known;

/// <summary>
/// EF's query compiler, but that it finds the compiled query of an expression tree that it has seen before by comparing the
/// tree as it is. EF takes it apart into a tree without captured variables and their values each time, and looks that up; the
/// outcome is the same (docs/adr/0012-known-queries.md).
/// </summary>
internal sealed class KnowingQueryCompiler(
    IQueryContextFactory queryContextFactory,
    ICompiledQueryCache compiledQueryCache,
    ICompiledQueryCacheKeyGenerator compiledQueryCacheKeyGenerator,
    IDatabase database,
    IDiagnosticsLogger<DbLoggerCategory.Query> logger,
    ICurrentDbContext currentContext,
    IEvaluatableExpressionFilter evaluatableExpressionFilter,
    IModel model,
    KnownQueries queries)
    : QueryCompiler(
        queryContextFactory, compiledQueryCache, compiledQueryCacheKeyGenerator, database, logger, currentContext,
        evaluatableExpressionFilter, model)
{
    private readonly IQueryContextFactory _contexts = queryContextFactory;
    private readonly ICompiledQueryCache _compiled = compiledQueryCache;
    private readonly ICompiledQueryCacheKeyGenerator _keys = compiledQueryCacheKeyGenerator;
    private readonly IDatabase _database = database;
    private readonly IDiagnosticsLogger<DbLoggerCategory.Query> _logger = logger;
    private readonly IModel _model = model;
    private readonly ICurrentDbContext _context = currentContext;
    private readonly object?[] _keysOfContext = new object?[6];
    private readonly bool _keysAreFixed = CompiledQueryKeys.AreFixed(compiledQueryCacheKeyGenerator);

    /// <summary>A test's view of each query that was known. Null in production.</summary>
    internal static Action<KnownExecution>? Probe { get; set; }

    public override TResult Execute<TResult>(Expression query) => Execute<TResult>(query, async: false, CancellationToken.None);

    public override TResult ExecuteAsync<TResult>(Expression query, CancellationToken cancellationToken = default)
        => Execute<TResult>(query, async: true, cancellationToken);

    private TResult Execute<TResult>(Expression query, bool async, CancellationToken cancellationToken)
    {
        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            return async ? base.ExecuteAsync<TResult>(query, cancellationToken) : base.Execute<TResult>(query);
        }

        var context = _contexts.Create();
        context.CancellationToken = cancellationToken;
        if (Fingerprint.Of(query) is not { } fingerprint)
        {
            return TakeApart<TResult>(query, async, context, out _)(context);
        }

        Func<QueryContext, TResult> compiled;
        try
        {
            compiled = Find<TResult>(query, async, fingerprint, context);
        }
        finally
        {
            fingerprint.Return();
        }

        return compiled(context);
    }

    /// <summary>The compiled query; its parameters are in the context.</summary>
    private Func<QueryContext, TResult> Find<TResult>(Expression query, bool async, Fingerprint fingerprint, QueryContext context)
    {
        var isKnown = queries.TryGet(fingerprint, out var known);
        if (known is not null && TryBind(known, fingerprint, context.Parameters))
        {
            // After the variables were read, as EF does it: a getter may do anything.
            if (known.Find<TResult>(KeyOfContext(async)) is { } found)
            {
                EntityFrameworkMetricsData.ReportCompiledQueryCacheHit();
                Probe?.Invoke(new KnownExecution(this, query, fingerprint, known, context.Parameters, _logger));
                return found;
            }

            context.Parameters.Clear();
        }

        var compiled = TakeApart<TResult>(query, async, context, out var extracted);
        if (isKnown && known is null)
        {
            return compiled;
        }

        // Of values that are more than their types say EF may have made something else than of those that it met before.
        var names = ParameterFinder.Find(query, fingerprint.Firsts, extracted, context.Parameters);
        known ??= queries.Add(fingerprint, names);
        if (known is not null && names is not null && names.SequenceEqual(known.Names))
        {
            known.Add(KeyOfContext(async), compiled);
            (context as OriginQueryContext)?.HasUnknownTree = false;
        }

        return compiled;
    }

    /// <summary>EF's key for any query of this context. What it is made of besides the tracking behaviour is fixed for a context
    /// with the makers of keys that are known; any other is asked each time.</summary>
    private object KeyOfContext(bool async)
    {
        var index = ((int)_context.Context.ChangeTracker.QueryTrackingBehavior * 2) + (async ? 1 : 0);
        if (!_keysAreFixed || ExecutionStrategy.Current is not null || (uint)index >= (uint)_keysOfContext.Length)
        {
            return _keys.GenerateCacheKey(KnownQuery.StandIn, async);
        }

        return _keysOfContext[index] ??= _keys.GenerateCacheKey(KnownQuery.StandIn, async);
    }

    /// <summary>As EF does it.</summary>
    private Func<QueryContext, TResult> TakeApart<TResult>(Expression query, bool async, QueryContext context, out Expression extracted)
    {
        var taken = extracted = ExtractParameters(query, context.Parameters, _logger);
        (context as OriginQueryContext)?.HasUnknownTree = true;
        return _compiled.GetOrAddQuery(
            _keys.GenerateCacheKey(taken, async), () => CompileQueryCore<TResult>(_database, taken, _model, async));
    }

    /// <summary>A variable that can't be read is EF's to tell of.</summary>
    private static bool TryBind(KnownQuery known, Fingerprint fingerprint, Dictionary<string, object?> parameters)
    {
        var isBound = false;
        try
        {
            isBound = known.TryBind(fingerprint, parameters);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // As above.
        }

        if (!isBound)
        {
            parameters.Clear();
        }

        return isBound;
    }

    /// <summary>An execution of a known query, before it begins.</summary>
    internal sealed record KnownExecution(
        QueryCompiler Compiler, Expression Query, Fingerprint Fingerprint, KnownQuery Known, Dictionary<string, object?> Parameters,
        IDiagnosticsLogger<DbLoggerCategory.Query> Logger);
}
