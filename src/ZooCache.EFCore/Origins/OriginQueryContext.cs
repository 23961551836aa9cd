using Microsoft.EntityFrameworkCore.ChangeTracking.Internal;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;
using ZooCache.EFCore.Connections;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Origins;

/// <summary>Makes query contexts that remember what they track. Where the provider has query contexts of its own, they are
/// left alone, and nothing is remembered.</summary>
internal sealed class OriginQueryContextFactory(
    IQueryContextFactory inner, QueryContextDependencies dependencies, RelationalQueryContextDependencies relational, ContextCache cache)
    : IQueryContextFactory
{
    public QueryContext Create()
        => inner.GetType() == typeof(RelationalQueryContextFactory)
            ? new OriginQueryContext(dependencies, relational, cache)
            : inner.Create();
}

/// <summary>
/// The query context of one execution. Entities that it begins to track are remembered with their origin, from the moment
/// that somebody has said since when nothing that they were read from may have changed.
/// </summary>
internal sealed class OriginQueryContext(
    QueryContextDependencies dependencies, RelationalQueryContextDependencies relational, ContextCache cache)
    : RelationalQueryContext(dependencies, relational)
{
    private long? _fence;
    private bool _asksDatabase;
    private bool _standAlone;

    /// <summary>The rows that are shaped from now on were read no earlier than at this sequence, as a result that could have
    /// been stored.</summary>
    internal static void ReadAt(QueryContext context, long fence)
    {
        if (context is OriginQueryContext query)
        {
            query._fence = fence;
            query._asksDatabase = false;
        }
    }

    /// <summary>The database is about to be asked, by EF itself: nothing but the rows is seen of the answer.</summary>
    internal static void AskingAt(QueryContext context, long fence)
    {
        if (context is OriginQueryContext query)
        {
            query._fence = fence;
            query._asksDatabase = true;
        }
    }

    /// <summary>What is read from now on can't be vouched for.</summary>
    internal static void Forget(QueryContext context)
    {
        if (context is OriginQueryContext query)
        {
            query._fence = null;
        }
    }

    public override void InitializeStateManager(bool standAlone = false)
    {
        _standAlone = standAlone;
        base.InitializeStateManager(standAlone);
    }

    public override InternalEntityEntry StartTracking(IEntityType entityType, object entity, in ISnapshot snapshot)
    {
        if (_fence is not { } fence || _standAlone || !MayRemember())
        {
            return base.StartTracking(entityType, entity, snapshot);
        }

        // Before anybody else sees the entity: the application may change it as soon as it is tracked.
        var type = entityType.HasSharedClrType || entityType.ClrType == entity.GetType()
            ? entityType
            : entityType.Model.FindRuntimeEntityType(entity.GetType()) ?? entityType;
        var shape = OriginShape.Of(type);
        var origin = shape.Columns.Count > 0 ? shape.Read(entity, snapshot, fence) : null;
        var entry = base.StartTracking(entityType, entity, snapshot);
        if (origin is not null)
        {
            cache.Origins.Add(entry, origin);
        }

        return entry;
    }

    /// <summary>Somebody's interceptors may have a hand in what is materialised; and where EF asks the database, in the command
    /// and its answer, and the connection may have come from its pool with a transaction.</summary>
    private bool MayRemember()
    {
        if (cache.HasForeignMaterialization
            || (_asksDatabase
                && ((cache.ForeignCommandInterceptors != 0 && !cache.Witness.HasSeenUnaltered())
                    || (ConnectionProbe.Existing(Connection) is { } existing && ConnectionActivity.MayBeInTransaction(existing)))))
        {
            _fence = null;
            return false;
        }

        return true;
    }
}
