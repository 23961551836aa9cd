using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query;

namespace ZooCache.EFCore.Queries;

/// <summary>
/// The number that names a query shape in keys, never given twice in a process. Two compilations of what EF would
/// translate the same way (sync and async, with other cache options) share it; everything that EF's own compiled-query
/// cache tells apart, and the settings that change the SQL, is told apart here too.
/// </summary>
internal static class PlanIdentity
{
    private const int MaximumPerModel = 20_000;

    // Not in EF's own cache of compiled queries: its entries are counted by whoever sized it.
    private static readonly ConditionalWeakTable<IModel, ConcurrentDictionary<Key, long>> Identities = [];
    private static long s_lastId;

    internal static long Of(Expression query, QueryCompilationContext compilation, string columns)
    {
        var options = RelationalOptionsExtension.Extract(compilation.ContextOptions);
        var key = new Key(
            query,
            compilation.ContextType,
            compilation.QueryTrackingBehavior,
            (compilation as RelationalQueryCompilationContext)?.QuerySplittingBehavior,
            options.UseRelationalNulls,
            options.ParameterizedCollectionMode,
            columns);

        var identities = Identities.GetValue(compilation.Model, static _ => new ConcurrentDictionary<Key, long>());
        if (identities.Count >= MaximumPerModel)
        {
            // An identity that is forgotten is made anew, and the entries under the old one age out.
            identities.Clear();
        }

        return identities.GetOrAdd(key, static _ => Interlocked.Increment(ref s_lastId));
    }

    private sealed class Key(
        Expression query,
        Type contextType,
        QueryTrackingBehavior tracking,
        QuerySplittingBehavior? splitting,
        bool relationalNulls,
        ParameterTranslationMode collections,
        string columns) : IEquatable<Key>
    {
        private readonly Expression _query = query;
        private readonly (Type, QueryTrackingBehavior, QuerySplittingBehavior?, bool, ParameterTranslationMode, string) _settings
            = (contextType, tracking, splitting, relationalNulls, collections, columns);

        public bool Equals(Key? other)
            => other is not null
                && _settings == other._settings
                && ExpressionEqualityComparer.Instance.Equals(_query, other._query);

        public override bool Equals(object? obj) => Equals(obj as Key);

        public override int GetHashCode()
            => HashCode.Combine(ExpressionEqualityComparer.Instance.GetHashCode(_query), _settings);
    }
}
