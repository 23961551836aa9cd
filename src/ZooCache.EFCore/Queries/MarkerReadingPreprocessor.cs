using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore.Query;

namespace ZooCache.EFCore.Queries;

/// <summary>Reads the markers off each query as EF begins to translate it, and goes on with the provider's own preprocessor.</summary>
internal sealed class MarkerReadingPreprocessorFactory(
    IQueryTranslationPreprocessorFactory inner, QueryTranslationPreprocessorDependencies dependencies) : IQueryTranslationPreprocessorFactory
{
    private static readonly ConditionalWeakTable<QueryCompilationContext, MarkedQuery> Queries = [];

    /// <summary>The query that <paramref name="compilation"/> compiles, without its markers.</summary>
    internal static MarkedQuery? Find(QueryCompilationContext compilation)
        => Queries.TryGetValue(compilation, out var query) ? query : null;

    public QueryTranslationPreprocessor Create(QueryCompilationContext queryCompilationContext)
        => new Preprocessor(inner.Create(queryCompilationContext), dependencies, queryCompilationContext);

    private sealed class Preprocessor(
        QueryTranslationPreprocessor inner, QueryTranslationPreprocessorDependencies dependencies, QueryCompilationContext compilation)
        : QueryTranslationPreprocessor(dependencies, compilation)
    {
        public override Expression Process(Expression query)
        {
            var marked = MarkerReader.Read(query);
            Queries.AddOrUpdate(QueryCompilationContext, marked);
            return inner.Process(marked.Query);
        }

        public override Expression NormalizeQueryableMethod(Expression expression) => inner.NormalizeQueryableMethod(expression);
    }
}
