using Microsoft.EntityFrameworkCore.ChangeTracking.Internal;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;
using ZooCache.EFCore.Connections;
using ZooCache.EFCore.Queries;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Origins;

/// <summary>Makes query contexts that remember what they track. Where the provider has query contexts of its own, they are
/// left alone, and nothing is remembered.</summary>
internal sealed class OriginQueryContextFactory(
    IQueryContextFactory inner, QueryContextDependencies dependencies, RelationalQueryContextDependencies relational, ContextCache cache)
    : IQueryContextFactory
{
    public QueryContext Create()
    {
        if (inner.GetType() == typeof(RelationalQueryContextFactory))
        {
            return new OriginQueryContext(dependencies, relational, cache);
        }

        // It doesn't tell when a query begins to read.
        CacheScope.Current?.Refuse(BypassReasons.UnknownQuery);
        return inner.Create();
    }
}

/// <summary>
/// The query context of one execution. Entities that it begins to track are remembered with their origin, from the moment
/// that somebody has said since when nothing that they were read from may have changed.
/// </summary>
internal sealed class OriginQueryContext(
    QueryContextDependencies dependencies, RelationalQueryContextDependencies relational, ContextCache cache)
    : RelationalQueryContext(dependencies, relational)
{
    private readonly ContextCache _cache = cache;
    private Reading? _reading;
    private CacheScope? _told;

    /// <summary>The context's part of the cache.</summary>
    internal ContextCache Cache => _cache;

    /// <summary>Whether EF makes more than parameters of the query's expression tree, and so takes it apart in each execution.</summary>
    internal bool HasUnknownTree { get; set; }

    /// <summary>The rows that are shaped from now on were read no earlier than at this sequence, as a result that could have
    /// been stored.</summary>
    internal static void ReadAt(QueryContext context, long fence, IReadOnlyList<IncludedRows> includes)
        => Begin(context, fence, includes, asksDatabase: false);

    /// <summary>The database is about to be asked, by EF itself: nothing but the rows is seen of the answer.</summary>
    internal static void AskingAt(QueryContext context, long fence, IReadOnlyList<IncludedRows> includes)
        => Begin(context, fence, includes, asksDatabase: true);

    /// <summary>What is read from now on can't be vouched for.</summary>
    internal static void Forget(QueryContext context)
    {
        if (context is OriginQueryContext query)
        {
            query._reading = null;
        }
    }

    /// <summary>A cached call was told what the query depends on.</summary>
    internal void IsToldTo(CacheScope call) => _told = call;

    /// <summary>The rows have come to their end.</summary>
    internal static void Ended(QueryContext context)
    {
        if (context is OriginQueryContext { _reading: { } reading })
        {
            reading.HasEnded = true;
        }
    }

    // What has a state manager of its own is never saved.
    public override void InitializeStateManager(bool standAlone = false)
    {
        if (CacheScope.Current is { } call && call != _told)
        {
            // It was begun before the call, or elsewhere.
            call.Refuse(BypassReasons.UnknownQuery);
        }

        _reading = standAlone ? null : _reading;
        base.InitializeStateManager(standAlone);
    }

    public override InternalEntityEntry StartTracking(IEntityType entityType, object entity, in ISnapshot snapshot)
    {
        if (_reading is not { } reading || !MayRemember(reading))
        {
            return base.StartTracking(entityType, entity, snapshot);
        }

        // Before anybody else sees the entity: the application may change it as soon as it is tracked.
        var type = entityType.HasSharedClrType || entityType.ClrType == entity.GetType()
            ? entityType
            : entityType.Model.FindRuntimeEntityType(entity.GetType()) ?? entityType;
        var shape = OriginShape.Of(type);
        var origin = shape.Columns.Count > 0 ? shape.Read(entity, snapshot, reading, _cache.Registry.Ordered) : null;
        var entry = base.StartTracking(entityType, entity, snapshot);
        if (origin is not null)
        {
            _cache.Origins.Add(entry, origin);
            if (reading.Includes.Count > 0)
            {
                Count(origin, reading);
            }
        }

        return entry;
    }

    public override InternalEntityEntry? TryGetEntry(IKey key, object[] keyValues, bool throwOnNullKey, out bool hasNullKey)
    {
        var entry = base.TryGetEntry(key, keyValues, throwOnNullKey, out hasNullKey);
        if (entry is not null && _reading is { Includes.Count: > 0 } reading)
        {
            reading.MissesRows |= _cache.Origins.Find(entry) is not { } origin || origin.Reading != reading
                || (origin.PartOf is null && reading.Includes.Any(i => i.IsOf(origin.Shape)));
        }

        return entry;
    }

    public override void SetNavigationIsLoaded(object entity, INavigationBase navigation)
    {
        base.SetNavigationIsLoaded(entity, navigation);
        if (_reading is { } reading
            && reading.Includes.FirstOrDefault(i => i.Navigation == navigation) is { } include
            && Dependencies.StateManager.TryGetEntry(entity) is { } entry
            && _cache.Origins.Find(entry) is { } origin && origin.Reading == reading
            && include.KeyOf(origin) is { } value)
        {
            var rows = new LoadedRows(include, value, reading);
            if (reading.Loaded.TryAdd((include, value), rows))
            {
                (origin.Loaded ??= []).Add(rows);
            }
        }
    }

    private static void Begin(QueryContext context, long fence, IReadOnlyList<IncludedRows> includes, bool asksDatabase)
    {
        if (context is OriginQueryContext query)
        {
            query._reading = new Reading(fence, query._cache.Registry.WereKnown(includes, fence) ? includes : [], asksDatabase);
        }
    }

    /// <summary>A row of an included collection counts for the entity that has it, which was read before it.</summary>
    private static void Count(RowOrigin origin, Reading reading)
    {
        foreach (var include in reading.Includes)
        {
            if (!include.IsOf(origin.Shape))
            {
                continue;
            }

            if (origin.HashOf(include.Family) is { } value && reading.Loaded.TryGetValue((include, value), out var loaded))
            {
                origin.PartOf = loaded;
                loaded.Count++;
            }
            else
            {
                reading.MissesRows = true;
            }
        }
    }

    /// <summary>Somebody's interceptors may have a hand in what is materialised; and where EF asks the database, in the command
    /// and its answer, and the connection may have come from its pool with a transaction.</summary>
    private bool MayRemember(Reading reading)
    {
        if (_cache.HasForeignMaterialization
            || (reading.AsksDatabase
                && ((_cache.ForeignCommandInterceptors != 0 && !_cache.Witness.HasSeenUnaltered())
                    || (ConnectionProbe.Existing(Connection) is { } existing && ConnectionActivity.MayBeInTransaction(existing)))))
        {
            _reading = null;
            return false;
        }

        return true;
    }
}
