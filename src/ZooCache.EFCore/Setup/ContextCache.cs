using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.EFCore.Events;
using ZooCache.EFCore.Origins;
using ZooCache.EFCore.Queries;
using ZooCache.EFCore.Queries.Known;
using ZooCache.EFCore.Writes;

namespace ZooCache.EFCore.Setup;

/// <summary>
/// What one context instance has of the cache: which cache, which settings, how its last query was answered. A scoped
/// service of EF's internal provider; used by one thread at a time, as its context is.
/// </summary>
internal sealed class ContextCache : IResettableService
{
    private readonly Lazy<Given> _given;
    private readonly List<Silenced> _silences = [];
    private ZooCache? _cache;
    private TableRegistry? _registry;
    private CommandWitness? _witness;
    private EFWrite? _newest;
    private Publication? _told;

    // Looked up when first needed: EF also asks for interceptors, and so for this, in scopes that no context belongs to.
    public ContextCache(IServiceProvider services)
        => _given = new Lazy<Given>(() => new Given(services), isThreadSafe: false);

    internal ContextSettings Settings => _given.Value.Settings;

    /// <summary>Whether somebody's interceptor may change the session of a connection as it opens.</summary>
    internal bool HasForeignConnectionInterceptor => _given.Value.HasForeignConnectionInterceptor;

    /// <summary>The number of the set of somebody else's command interceptors, which may change what a command answers.</summary>
    internal long ForeignCommandInterceptors => _given.Value.ForeignCommandInterceptors;

    /// <summary>The cache given to <c>UseZooCache(cache)</c>, else the application's (<c>AddZooCache()</c>), else the process's.</summary>
    internal ZooCache Cache => _cache ??= _given.Value.Cache
        ?? _given.Value.Application?.GetService<ZooCache>()
        ?? ZooCache.Shared;

    /// <summary>The application's services, if the context's options have them.</summary>
    internal IServiceProvider? Application => _given.Value.Application;

    /// <summary>What is known of the commands that other interceptors see.</summary>
    internal CommandWitness Witness => _witness ??= new CommandWitness();

    internal TableRegistry Registry => _registry ??= TableRegistry.Of(Cache, Settings.Database);

    /// <summary>What the context's queries have read of the entities that it tracks.</summary>
    internal OriginStore Origins { get; } = new();

    /// <summary>Whether queries are found by their expression trees.</summary>
    internal bool KnowsQueries => _given.Value.KnowsQueries;

    /// <summary>Whether somebody's interceptors may change what is materialised.</summary>
    internal bool HasForeignMaterialization => _given.Value.HasForeignMaterialization;

    internal QueryOutcome? LastQuery { get; private set; }

    /// <summary>Whether the newest write has come to its commit and hasn't come back from it.</summary>
    internal bool CommitBegun { get; set; }

    /// <summary>
    /// How many set writes are under way that invalidate where EF compiled them. The command of another one comes from a
    /// query that was compiled without ZooCache (EF's cache of compiled queries may be shared with contexts that don't use
    /// it, and queries may be compiled ahead of time): it is judged by its text.
    /// </summary>
    internal int KnownSetWrites { get; set; }

    /// <summary>The write whose commands EF generates now; null if there is none.</summary>
    internal EFWrite? UnderWay { get; set; }

    /// <summary>Whether other nodes are told of writes before they commit.</summary>
    internal bool IsStrict => Cache.Node is { IsStrict: true };

    /// <summary>What the next command will be, if it is one of which all is known, so that there is nothing to learn from listening.
    /// It is told right before: whatever comes in between would be taken for it.</summary>
    internal KnownCommand NextCommand { get; set; }

    /// <summary>How many commands were not listened to.</summary>
    internal int UnheardCommands { get; set; }

    /// <summary>Whether writes are not to invalidate anything now.</summary>
    internal bool InvalidatesNothing => _silences.Count > 0;

    /// <summary>What names the context's newest write that is over, and all before it; null if there is none, or no other node.</summary>
    internal ConsistencyToken? Token
    {
        get
        {
            Told(_newest?.Told);
            return _told is null ? null : Cache.Node!.TokenOf(_told);
        }
    }

    /// <summary>The context has begun a write.</summary>
    internal void Writes(EFWrite write)
    {
        Told(_newest?.Told);
        _newest = write;

        // What writes is to write each time.
        EnclosingCall.Doubted(BypassReasons.Writes);
    }

    /// <summary>Other nodes are told of something that the context has done.</summary>
    internal void Told(Publication? told) => _told = told?.Number > (_told?.Number ?? 0) ? told : _told;

    /// <summary>Waits a little for other nodes to know of a write.</summary>
    internal void Wait(Publication? told)
    {
        if (told is not null)
        {
            Cache.Node!.Wait(told);
        }
    }

    /// <summary>As the other, without blocking.</summary>
    internal Task WaitAsync(Publication? told) => told is null ? Task.CompletedTask : Cache.Node!.WaitAsync(told);

    /// <summary>Keeps writes from invalidating until the result is disposed, or the context goes back to its pool.</summary>
    internal IDisposable Silence()
    {
        var silence = new Silenced(this);
        _silences.Add(silence);
        return silence;
    }

    internal void Answered(QueryContext query, QueryOutcome outcome)
    {
        LastQuery = outcome;
        _given.Value.Events.Report(query, outcome);
        Settings.OnQuery?.Invoke(outcome);
    }

    /// <summary>Says for people what has made an answer invalid.</summary>
    internal InvalidationTrace? Trace(FatalBump? fatal) => fatal is null ? null : Registry.Trace(fatal);

    public void ResetState()
    {
        LastQuery = null;
        (_newest, _told) = (null, null);
        Origins.Clear();
        _silences.Clear();
    }

    public Task ResetStateAsync(CancellationToken cancellationToken = default)
    {
        ResetState();
        return Task.CompletedTask;
    }

    /// <summary>One that is disposed after its context was given to somebody else takes nothing from them.</summary>
    private sealed class Silenced(ContextCache context) : IDisposable
    {
        public void Dispose() => context._silences.Remove(this);
    }

    /// <summary>What the context's options say.</summary>
    private sealed class Given
    {
        // EF Core's own proxies, which materialise into the fields of their base.
        private const string Proxies = "Microsoft.EntityFrameworkCore.Proxies";

        internal Given(IServiceProvider services)
        {
            var options = services.GetRequiredService<IDbContextOptions>();
            var extension = options.FindExtension<ZooCacheOptionsExtension>();
            Cache = extension?.Cache;
            Settings = extension?.Settings ?? new ContextSettings();
            Events = services.GetRequiredService<QueryEvents>();
            KnowsQueries = services.GetService<IQueryCompiler>() is KnowingQueryCompiler;
            var core = options.FindExtension<CoreOptionsExtension>();
            Application = core?.ApplicationServiceProvider;

            // Those of other extensions of EF are services, the application's are options.
            List<IInterceptor> interceptors =
                [.. services.GetServices<IInterceptor>().Where(i => i is not TransactionObserver), .. core?.Interceptors ?? []];
            HasForeignConnectionInterceptor = interceptors.Exists(i => i is IDbConnectionInterceptor);
            ForeignCommandInterceptors = InterceptorSet.IdOf(interceptors);
            HasForeignMaterialization = services.GetServices<ISingletonInterceptor>().Concat(interceptors)
                .Any(i => i is IMaterializationInterceptor or IInstantiationBindingInterceptor && i.GetType().Assembly.GetName().Name != Proxies);
        }

        internal ZooCache? Cache { get; }

        internal ContextSettings Settings { get; }

        internal QueryEvents Events { get; }

        internal IServiceProvider? Application { get; }

        internal bool KnowsQueries { get; }

        internal bool HasForeignConnectionInterceptor { get; }

        internal long ForeignCommandInterceptors { get; }

        internal bool HasForeignMaterialization { get; }
    }
}
