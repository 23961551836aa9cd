using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.Extensions.Caching.Memory;

namespace ZooCache.EFCore.Queries;

/// <summary>
/// The number that names a query shape in keys, never given twice in a process. Two compilations of what EF would
/// translate the same way (sync and async, with other cache options) share it; everything that EF's own compiled-query
/// cache tells apart, and the settings that change the SQL, is told apart here too.
/// </summary>
internal static class PlanIdentity
{
    private static long s_lastId;

    internal static long Of(Expression query, QueryCompilationContext compilation, IMemoryCache memory, string columns)
    {
        var options = RelationalOptionsExtension.Extract(compilation.ContextOptions);
        var key = new Key(
            query,
            compilation.Model,
            compilation.ContextType,
            compilation.QueryTrackingBehavior,
            (compilation as RelationalQueryCompilationContext)?.QuerySplittingBehavior,
            options.UseRelationalNulls,
            options.ParameterizedCollectionMode,
            columns);

        // EF's own cache bounds it; an identity that is forgotten is made anew, and the entries under the old one age out.
        return memory.GetOrCreate(key, static entry =>
        {
            entry.Size = 10;
            return Interlocked.Increment(ref s_lastId);
        });
    }

    private sealed class Key(
        Expression query,
        IModel model,
        Type contextType,
        QueryTrackingBehavior tracking,
        QuerySplittingBehavior? splitting,
        bool relationalNulls,
        ParameterTranslationMode collections,
        string columns) : IEquatable<Key>
    {
        private readonly Expression _query = query;
        private readonly IModel _model = model;
        private readonly (Type, QueryTrackingBehavior, QuerySplittingBehavior?, bool, ParameterTranslationMode, string) _settings
            = (contextType, tracking, splitting, relationalNulls, collections, columns);

        public bool Equals(Key? other)
            => other is not null
                && ReferenceEquals(_model, other._model)
                && _settings == other._settings
                && ExpressionEqualityComparer.Instance.Equals(_query, other._query);

        public override bool Equals(object? obj) => Equals(obj as Key);

        public override int GetHashCode()
            => HashCode.Combine(ExpressionEqualityComparer.Instance.GetHashCode(_query), _model, _settings);
    }
}
