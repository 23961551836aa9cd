using System.Data;
using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Connections;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Nodes;
using ZooCache.EFCore.Origins;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Queries;

/// <summary>
/// What one execution of a query asks of the cache: its answer, its turn to load it, and to keep what it has loaded. Used
/// by one caller at a time.
/// </summary>
internal sealed class QueryLookup
{
    /// <summary>Of SQL that is kept for people, in characters.</summary>
    private const int LongestSql = 16_384;

    private readonly RelationalQueryContext _query;
    private readonly QueryPlan _plan;
    private readonly ContextCache _context;
    private readonly CacheableOptions? _options;
    private readonly EntryRead _read;

    /// <summary>What the answer that is being loaded can depend on.</summary>
    private BoundDependencies? _dependencies;

    /// <summary>The answer that is there, if the database is asked to compare them.</summary>
    private CacheEntry? _watched;

    private QueryLookup(RelationalQueryContext query, QueryPlan plan, ContextCache context, CacheableOptions? options, EntryRead read)
    {
        _query = query;
        _plan = plan;
        _context = context;
        _options = options;
        _read = read;
    }

    internal ZooCache Cache => _context.Cache;

    private QueryFigures Figures => _plan.FiguresOf(_context, _options);

    /// <summary>How long an answer is kept.</summary>
    private EntryLifetime Lifetime => new EntryLifetime(_options?.AbsoluteExpiration, _options?.SlidingExpiration).Or(Cache.Options.DefaultExpiration);

    /// <summary>Looks the answer up, which is handed out then. Null if there is none, with what to do about it, or if the cache has
    /// no part in this execution, the reason being reported.</summary>
    /// <param name="query">The execution.</param>
    /// <param name="plan">The query.</param>
    /// <param name="context">The context.</param>
    /// <param name="mayWatch">Whether the caller could ask the database although the answer is there.</param>
    /// <param name="lookup">What to do about an answer that isn't there.</param>
    internal static CacheEntry? Start(RelationalQueryContext query, QueryPlan plan, ContextCache context, bool mayWatch, out QueryLookup? lookup)
    {
        var key = KeyBuffer.Rent();
        try
        {
            return Start(query, plan, context, key, mayWatch, out lookup);
        }
        finally
        {
            key.Return();
        }
    }

    private static CacheEntry? Start(
        RelationalQueryContext query, QueryPlan plan, ContextCache context, KeyBuffer key, bool mayWatch, out QueryLookup? lookup)
    {
        lookup = null;
        var began = CacheMeasurements.BeginHit();
        var options = plan.Marker.OptionsFor(query.Parameters);
        var existing = ConnectionProbe.Existing(query.Connection);
        var isEarly = EntryRead.IsEarly(context.Cache);
        if (isEarly)
        {
            // It judges by what it has read since the databases take part.
            EFFeed.TakePart(context.Cache);
        }

        if (ReasonAgainst(query, plan, context, existing, options, key, isEarly) is { } reason)
        {
            BypassedQuery.Report(context, query, plan, reason);
            return null;
        }

        if (FallBackOf(query, context) is { } fallBack)
        {
            context.Cache.RecordFallBack(fallBack);
        }

        FatalBump? fatal = null;
        CacheEntry? chosen = null;
        var status = LookupStatus.NotFound;
        var demand = ReadDemand.Of(context.Cache, options is { Refresh: true }, options?.Consistency, options?.Token);
        if (!isEarly && !demand.AsksLog && !demand.IsRefresh)
        {
            status = context.Cache.TryGet(key.Written, out var hit, out fatal);
            if (hit is not null)
            {
                if (!mayWatch || !IsChosen(context))
                {
                    Served(query, plan, context, options, hit, QueryOutcomes.Hit, began);
                    return hit;
                }

                chosen = hit;
            }
        }

        // Whoever holds a connection open, and with it perhaps the last of a pool, doesn't wait for others.
        var mayWait = existing is null or { State: ConnectionState.Closed };
        lookup = new QueryLookup(query, plan, context, options, new EntryRead(context.Cache, new CacheKey(key.Written), demand, status, fatal, mayWait, isEarly)) { Chosen = chosen };
        return null;
    }

    /// <summary>How the query would be answered now, without touching anything; null, with the reason, if the cache would have no
    /// part in it.</summary>
    internal static QueryOutcome? Peek(
        RelationalQueryContext query, QueryPlan plan, ContextCache context, string? reason, out string? bypass)
    {
        var options = reason is null ? plan.Marker.OptionsFor(query.Parameters) : null;
        var key = KeyBuffer.Rent();
        try
        {
            bypass = reason ?? ReasonAgainst(query, plan, context, ConnectionProbe.Existing(query.Connection), options, key, isEarly: false);
            if (bypass is not null)
            {
                return null;
            }

            var status = context.Cache.Peek(key.Written, out var fatal);
            return status == LookupStatus.Hit && options is not { Refresh: true }
                ? QueryOutcomes.Hit
                : QueryOutcomes.Of(status, options is { Refresh: true }, context.Trace(fatal));
        }
        finally
        {
            key.Return();
        }
    }

    private static string? ReasonAgainst(
        RelationalQueryContext query, QueryPlan plan, ContextCache context, DbConnection? existing, CacheableOptions? options,
        KeyBuffer key, bool isEarly)
    {
        if (plan.Dependencies.Undeclared is { } undeclared && options is not { HasDependencies: true })
        {
            return undeclared;
        }

        // Here, where the answer is looked up: an enumerator may have been made long before it is moved. A node that has only begun is waited for.
        if (!isEarly && context.Cache.Node is { IsConfirmed: false })
        {
            return BypassReasons.LogUnconfirmed;
        }

        if (ReasonOf(query.Connection, existing, context.Settings) is { } state)
        {
            return state;
        }

        if (context.HasForeignConnectionInterceptor && !context.Settings.DeclaresSession)
        {
            return BypassReasons.ConnectionInterceptor;
        }

        return ConnectionIdentity.TryGet(query.Connection, existing, context.Settings.ReplicaLag is not null, out var identity, out var problem)
            && QueryKey.TryWrite(
                key, plan, identity, context, query.Context, options, query.Parameters, out problem)
                ? null
                : problem;
    }

    private static string? FallBackOf(RelationalQueryContext query, ContextCache context)
        => query is not OriginQueryContext own ? FallBackReasons.QueryContext
            : !context.KnowsQueries ? FallBackReasons.QueryCompiler
            : own.HasUnknownTree ? FallBackReasons.QueryTree
            : !ConnectionProbe.IsAsExpected ? FallBackReasons.Connection
            : null;

    /// <summary>Why nothing that is read on the connection now may be kept, and no answer served to it; null if nothing
    /// speaks against it.</summary>
    private static string? ReasonOf(IRelationalConnection connection, DbConnection? existing, ContextSettings settings, bool hasOwnReader = false)
    {
        if (ConnectionProbe.InTransaction(connection))
        {
            return BypassReasons.InTransaction;
        }

        // One that EF knows nothing of: begun in raw SQL or ADO.NET, or left behind by the last user of a pooled connection.
        if (existing is not null && ConnectionActivity.MayBeInTransaction(existing))
        {
            return BypassReasons.InTransaction;
        }

        return existing is null || ConnectionActivity.Find(existing) is not { } state ? null

            // A command on a connection with an open reader may see that reader's old snapshot.
            : state.HasOpenReader && !hasOwnReader ? BypassReasons.OpenReader
            : state.SessionChanged || (state.SettingsChanged && !settings.DeclaresSession) ? BypassReasons.SessionChanged
            : null;
    }

    /// <summary>Whether what a command reads on the query's connection now may be kept.</summary>
    /// <param name="hasOwnReader">Whether the reader that is open on the connection is the query's own.</param>
    internal bool MayKeepNow(bool hasOwnReader = false)
        => ReasonOf(_query.Connection, ConnectionProbe.Existing(_query.Connection), _context.Settings, hasOwnReader) is null;

    /// <summary>The sequence before what EF itself is about to read, if that could be kept as far as the connection goes.</summary>
    internal static long? FenceOf(RelationalQueryContext query, ContextCache context, QueryPlan plan)
    {
        var existing = ConnectionProbe.Existing(query.Connection);
        if (context.Settings.ReplicaLag is not null
            || ReasonOf(query.Connection, existing, context.Settings) is not null
            || !ConnectionIdentity.TryGet(query.Connection, existing, replicasAllowed: false, out _, out _))
        {
            return null;
        }

        // Before the fence: every write from then on bumps the key of each row.
        context.Registry.Register(query.Context.Model.GetRelationalModel());
        context.Registry.Register(plan.Includes);
        return context.Cache.Trie.Sequence;
    }

    /// <summary>What the answer that EF itself is about to read depends on, and the sequence before; null, with the reason, if it couldn't be kept as far as the connection goes.</summary>
    internal static (DependencyPath[] Paths, long Fence)? ReadingOf(RelationalQueryContext query, QueryPlan plan, ContextCache context, out string? problem)
    {
        var existing = ConnectionProbe.Existing(query.Connection);
        var settings = context.Settings;
        problem = settings.ReplicaLag is not null ? BypassReasons.Replica
            : context.HasForeignConnectionInterceptor && !settings.DeclaresSession ? BypassReasons.ConnectionInterceptor
            : context.ForeignCommandInterceptors != 0 ? BypassReasons.CommandInterceptor
            : ReasonOf(query.Connection, existing, settings);
        if (problem is not null || !ConnectionIdentity.TryGet(query.Connection, existing, replicasAllowed: false, out _, out problem))
        {
            return null;
        }

        var registry = context.Registry;
        registry.Register(query.Context.Model.GetRelationalModel());
        registry.Register(plan.Dependencies);
        registry.Register(plan.Includes);
        var paths = plan.Dependencies.Bind(settings.Database, query.Parameters, settings.WholeTables ? static _ => false : registry.IsUsable).Paths.ToArray();
        return (paths, context.Cache.Trie.Sequence);
    }

    /// <summary>Whether a command that has just run did so in a transaction: a connection that was opened for it may have come
    /// from its pool with one.</summary>
    internal static bool RanInTransaction(DbCommand command)
        => command.Connection is { } connection && ConnectionActivity.MayBeInTransaction(connection);

    /// <inheritdoc cref="EntryRead.TakeTurnAsync"/>
    internal ValueTask<Turn> TakeTurnAsync(bool async, CancellationToken cancellationToken) => _read.TakeTurnAsync(async, cancellationToken);

    /// <summary>Whether the database is asked although the answer is there.</summary>
    internal bool IsWatched => _watched is not null;

    /// <summary>The answer that is there, for which the database may be asked; null if there is none, or if it isn't to be asked.</summary>
    internal CacheEntry? Chosen { get; private init; }

    /// <summary>Whether the database is to be asked although this answer is there, if it wasn't chosen before.</summary>
    internal bool Chooses() => IsChosen(_context);

    /// <summary>Whether the database is asked from now on although the answer is there, to compare them.</summary>
    internal bool TryWatch(CacheEntry entry)
    {
        if (!Cache.Watchdog!.TryBegin())
        {
            return false;
        }

        _watched = entry;
        return true;
    }

    /// <summary>What the database has said to compare isn't known to the end, and won't be.</summary>
    internal void Unread()
    {
        if (_watched is not null)
        {
            _watched = null;
            Cache.Watchdog!.Unread();
        }
    }

    /// <summary>What the database has said is more than could be held, so it isn't what was.</summary>
    internal void Exceeded()
    {
        if (_watched is { } watched)
        {
            _watched = null;
            Compared(watched, new RowSets.RowComparison(RowSets.RowSimilarity.Different, null));
        }
    }

    /// <summary>The answer to be given after all, where the database couldn't be asked; null if there is none, or if the caller has given up.</summary>
    internal CacheEntry? UnaskedFor(CancellationToken cancellationToken)
    {
        if (_watched is not { } watched || cancellationToken.IsCancellationRequested)
        {
            return null;
        }

        _watched = null;
        return Cache.Watchdog!.Failed(watched) ? watched : null;
    }

    /// <summary>A read from somewhere that may be behind says nothing.</summary>
    private static bool IsChosen(ContextCache context) => context.Cache.Watchdog is { } watchdog && context.Settings.ReplicaLag is null && watchdog.Chooses();

    private void Compared(CacheEntry watched, RowSets.RowComparison comparison)
    {
        var tables = comparison.Columns?.Select(c => _plan.ColumnTables.ElementAtOrDefault(c)).ToHashSet();
        Cache.Watchdog!.Compared(
            watched, comparison.Similarity, string.Join(", ", _plan.Types.ClrTypes.Select(t => t.Name)), path => tables is null || tables.Contains(null) || EFPaths.TableOf(path) is not { } table || tables.Contains(table));
    }

    /// <summary>The answer was handed out.</summary>
    internal void Served(CacheEntry entry) => Served(_query, _plan, _context, _options, entry, QueryOutcomes.Hit);

    /// <summary>The answer of another process was handed out.</summary>
    internal void ServedShared(CacheEntry entry)
    {
        Cache.Counters.StoreHits.Increment();
        Served(_query, _plan, _context, _options, entry, QueryOutcomes.StoreHit);
    }

    /// <summary>It was what the database would have said at its last judgement.</summary>
    private static void Served(RelationalQueryContext query, QueryPlan plan, ContextCache context, CacheableOptions? options, CacheEntry entry, QueryOutcome outcome, long began = 0)
    {
        EnclosingCall.Served(query, plan, context, entry);
        if (plan.TracksRows && !entry.IsShared)
        {
            OriginQueryContext.ReadAt(query, entry.ValidAt, plan.Includes);
        }
        else
        {
            // Of what was loaded elsewhere it isn't known since when the rows have been as they are.
            OriginQueryContext.Forget(query);
        }

        plan.FiguresOf(context, options).Hits.Increment();
        context.Cache.RecordHit(entry, began);
        context.Answered(query, outcome);
    }

    /// <summary>The database is about to be asked.</summary>
    internal void ReportAsking()
    {
        if (_read.Bypass is not null)
        {
            Cache.RecordBypass(_read.Bypass);
            _context.Answered(_query, QueryOutcomes.Bypass(_read.Bypass));
            return;
        }

        var outcome = IsWatched ? QueryOutcomes.Watched : QueryOutcomes.Of(_read.Status, _read.Demand.IsRefresh, _context.Trace(_read.Fatal));
        Figures.Missed(IsWatched ? null : outcome);
        Cache.RecordMiss(outcome.Reason);
        _context.Answered(_query, outcome);
    }

    /// <summary>The database was asked.</summary>
    internal void Asked(IRelationalCommand command)
    {
        if (_read.Bypass is null)
        {
            var sql = command.LogCommandText;
            Figures.Sql = sql.Length <= LongestSql ? sql : $"{sql.AsSpan(0, LongestSql)}…";
        }
    }

    /// <summary>Begins the load: pins what the answer can depend on and reads the fence. To be called before anybody is asked.</summary>
    /// <returns>Null if the log couldn't tell whether the answer that was there holds: then the database is asked, and nothing is kept.</returns>
    internal Fill? BeginFill()
    {
        var fill = _read.Bypass is null ? MakeFill() : null;
        EnclosingCall.Loading(_query, _plan, _context, fill, _read.Bypass, Lifetime.Absolute);
        return fill;
    }

    private Fill MakeFill()
    {
        var registry = _context.Registry;
        registry.Register(_plan.Model);
        registry.Register(_plan.Dependencies);
        registry.Register(_plan.Includes);
        _dependencies = _plan.Dependencies.Bind(
            _context.Settings.Database, _query.Parameters, _context.Settings.WholeTables ? static _ => false : registry.IsUsable);
        AddDeclared(_dependencies);
        return Cache.BeginFill(_read.Key, _dependencies.Paths, _context.Settings.ReplicaLag ?? TimeSpan.Zero, _read.Fatal);
    }

    private void AddDeclared(BoundDependencies dependencies)
    {
        var database = _context.Settings.Database;
        foreach (var tag in _options?.Tags ?? [])
        {
            dependencies.Add(new DependencyPath(TagPath.Parse(tag), Subtree: false));
        }

        foreach (var table in MappedTables.DeclaredBy(_options, _query.Context.Model))
        {
            dependencies.Add(new DependencyPath(database.Table(table), Subtree: true));
        }
    }

    /// <summary>What is shaped from now on was loaded by this fill; or, without one, can't be kept. What is still to be read may be
    /// read in a transaction that the caller begins between the rows, so that the connection is asked for each.</summary>
    internal void Loaded(Fill? fill, bool isRead = true)
    {
        if (!_plan.TracksRows || fill is null)
        {
            OriginQueryContext.Forget(_query);
        }
        else if (isRead)
        {
            OriginQueryContext.ReadAt(_query, fill.Fence, _plan.Includes);
        }
        else
        {
            OriginQueryContext.AskingAt(_query, fill.Fence, _plan.Includes);
        }
    }

    /// <summary>Offers the result of the query's only command to the cache, which refuses it if anything was bumped since the fence, or is marked. Throws
    /// what the user's <c>DontCacheIf</c> throws; the fill is then still the caller's.</summary>
    internal CacheEntry? Keep(Fill fill, RowSets.RowSet rows, long size)
        => Keep(fill, rows, rows.RowCount, size, _dependencies!.Of(rows));

    /// <summary>As the other, for the results of several commands, which depend on all that they may depend on.</summary>
    internal CacheEntry? KeepCommands(Fill fill, object value, int rowCount, long size) => Keep(fill, value, rowCount, size, Refinement.None);

    private CacheEntry? Keep(Fill fill, object value, int rowCount, long size, Refinement refinement)
    {
        if (_watched is { } watched)
        {
            _watched = null;
            Compared(watched, RowSets.RowComparison.Of((RowSets.RowSet)watched.Value, (RowSets.RowSet)value));
        }

        if (IsDeclined(rowCount, size))
        {
            Cache.RecordDeclined();
            return null;
        }

        Cache.Store(fill, value, size, Lifetime, refinement, out var entry);
        if (entry is { LoadTime: > 0 })
        {
            Figures.Filled(entry.LoadTime);
        }

        return entry;
    }

    /// <summary>The key under which other processes have this answer, too; null where nothing is kept for others, or this can't be.</summary>
    internal byte[]? SharedKeyOf(QueryCall call) => Cache.Answers is null || _read.Bypass is not null ? null : SharedKey.Of(_query, call, _context, _options);

    /// <summary>
    /// The answer that somebody else has loaded, once it is an entry here; null if there is none that may be used. In strict mode the log is asked as before a hit: whoever
    /// has kept it may not have heard of everything. A read with a token takes none, because how old it is isn't known.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="fill">What it is stored by; used up if there is an answer to be judged.</param>
    /// <param name="call">What reads it.</param>
    /// <param name="async">Whether to wait without blocking.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal async ValueTask<CacheEntry?> FindSharedAsync(
        byte[] key, Fill fill, QueryCall call, bool async, CancellationToken cancellationToken)
    {
        var answers = Cache.Answers!;
        if (IsWatched || _read.Demand is { IsRefresh: true } or { HasTokens: true }
            || (_read.Demand.IsStrict && !await _read.ConfirmAsync(async, cancellationToken).ConfigureAwait(false))
            || await EntryRead.Answer(answers.FindAsync(key, call.Plan.Commands[0].Usage.Layout), async, cancellationToken).ConfigureAwait(false) is not { } found)
        {
            return null;
        }

        var refinement = _dependencies!.Of(found.Rows);
        return _context.Registry.IsSettled && answers.MayUse(found, fill, refinement) ? KeepShared(found, fill, call, refinement) : null;
    }

    private CacheEntry? KeepShared(StoredRows found, Fill fill, QueryCall call, Refinement refinement)
    {
        var size = found.Rows.Size + ((long)found.Rows.RowCount * call.SharedElementBytes);
        var absolute = found.LifetimeWithin(Lifetime.Absolute, Cache.Options.MaximumAge);
        if (IsDeclined(found.Rows.RowCount, size) || absolute <= TimeSpan.Zero)
        {
            return null;
        }

        Cache.Store(fill, found.Rows, size, new EntryLifetime(absolute, _options?.SlidingExpiration), refinement, out var entry);
        return entry is not null && Cache.IsUsable(entry) ? entry : null;
    }

    /// <summary>Keeps an answer for other processes.</summary>
    internal void KeepForOthers(byte[] key, CacheEntry entry) => Cache.Answers!.Keep(key, (RowSets.RowSet)entry.Value, entry.Fence, Cache.LifetimeOf(entry), Cache.AgeOf(entry));

    private bool IsDeclined(int rowCount, long size)
    {
        if (_context.Settings.DontCacheIf is not { Count: > 0 } predicates)
        {
            return false;
        }

        var info = new QueryResultInfo(rowCount, size, _plan.Types.Names, _plan.Types.ClrTypes);
        return predicates.Any(p => p(info));
    }
}
