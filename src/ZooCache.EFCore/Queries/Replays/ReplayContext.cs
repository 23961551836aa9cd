using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking.Internal;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace ZooCache.EFCore.Queries.Replays;

/// <summary>The query context of one execution with another connection in it; everything else is the original's.</summary>
internal sealed class ReplayContext : RelationalQueryContext
{
    private readonly RelationalQueryContext _inner;

    internal ReplayContext(RelationalQueryContext inner, Replay replay)
        : this(inner, ((IInfrastructure<IServiceProvider>)inner.Context).Instance, replay)
    {
    }

    private ReplayContext(RelationalQueryContext inner, IServiceProvider services, Replay replay)
        : base(services.GetRequiredService<QueryContextDependencies>(), services.GetRequiredService<RelationalQueryContextDependencies>())
    {
        _inner = inner;
        Connection = new ReplayConnection(inner.Connection, replay);
    }

    public override IRelationalConnection Connection { get; }

    public override DbContext Context => _inner.Context;

    public override Dictionary<string, object?> Parameters => _inner.Parameters;

    public override CancellationToken CancellationToken
    {
        get => _inner.CancellationToken;
        set => _inner.CancellationToken = value;
    }

    public override IRelationalQueryStringFactory RelationalQueryStringFactory => _inner.RelationalQueryStringFactory;

    public override IRelationalCommandDiagnosticsLogger CommandLogger => _inner.CommandLogger;

    public override IDiagnosticsLogger<DbLoggerCategory.Query> QueryLogger => _inner.QueryLogger;

    public override IExecutionStrategy ExecutionStrategy => _inner.ExecutionStrategy;

    public override IConcurrencyDetector ConcurrencyDetector => _inner.ConcurrencyDetector;

    public override IExceptionDetector ExceptionDetector => _inner.ExceptionDetector;

    public override void SetNavigationIsLoaded(object entity, INavigationBase navigation) => _inner.SetNavigationIsLoaded(entity, navigation);

    public override void InitializeStateManager(bool standAlone = false) => _inner.InitializeStateManager(standAlone);

    public override InternalEntityEntry? TryGetEntry(IKey key, object[] keyValues, bool throwOnNullKey, out bool hasNullKey)
        => _inner.TryGetEntry(key, keyValues, throwOnNullKey, out hasNullKey);

    public override InternalEntityEntry StartTracking(IEntityType entityType, object entity, in ISnapshot snapshot)
        => _inner.StartTracking(entityType, entity, snapshot);
}
