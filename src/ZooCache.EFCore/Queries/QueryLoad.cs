using System.Buffers;
using System.Data;
using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Internal;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Connections;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Results;
using ZooCache.EFCore.Setup;
using ZooCache.RowSets;

namespace ZooCache.EFCore.Queries;

/// <summary>
/// One execution of a query that the cache has a part in: finds the answer, waits for somebody who is loading it, or
/// loads and stores it. Used by one caller at a time.
/// </summary>
/// <remarks>
/// The order of a load: the nodes of everything that the answer can depend on are pinned and the fence is read
/// (<see cref="ZooCache.BeginFill"/>), then the command runs, the result is read to its end, the reader is closed, and
/// only then the answer is offered to the cache, which refuses it if anything was bumped or is marked.
/// </remarks>
internal sealed class QueryLoad : IDisposable, IAsyncDisposable
{
    private readonly QueryCall _call;
    private readonly ContextCache _context;
    private readonly CacheKey _key;
    private readonly CacheableOptions? _options;
    private readonly CacheEntry? _hit;
    private readonly LookupStatus _status;
    private readonly bool _mayWait;
    private IRelationalCommand? _command;
    private RelationalDataReader? _dataReader;
    private bool _altered;

    private QueryLoad(
        QueryCall call, ContextCache context, CacheKey key, CacheableOptions? options, CacheEntry? hit, LookupStatus status, bool mayWait)
    {
        _call = call;
        _context = context;
        _key = key;
        _options = options;
        _hit = hit;
        _status = status;
        _mayWait = mayWait;
    }

    private ZooCache Cache => _context.Cache;

    private bool IsRefresh => _options is { Refresh: true };

    /// <summary>Looks the answer up; null if the cache has no part in this execution, the reason being reported.</summary>
    internal static QueryLoad? Start(QueryCall call)
    {
        if (BypassedQuery.CacheOf(call.Context) is not { } context)
        {
            return null;
        }

        var buffer = new ArrayBufferWriter<byte>(128);
        var options = call.Plan.Marker.OptionsFor(call.Context.Parameters);
        var existing = ConnectionProbe.Existing(call.Context.Connection);
        if (ReasonAgainst(call, context, existing, options, buffer) is { } reason)
        {
            BypassedQuery.Report(context, reason);
            return null;
        }

        CacheEntry? hit = null;
        var status = options is { Refresh: true } ? LookupStatus.NotFound : context.Cache.TryGet(buffer.WrittenSpan, out hit);

        // Whoever holds a connection open, and with it perhaps the last of a pool, doesn't wait for others.
        var mayWait = options is not { Refresh: true } && existing is null or { State: ConnectionState.Closed };
        return new QueryLoad(call, context, hit?.Key ?? new CacheKey(buffer.WrittenSpan), options, hit, status, mayWait);
    }

    private static string? ReasonAgainst(
        QueryCall call, ContextCache context, DbConnection? existing, CacheableOptions? options, ArrayBufferWriter<byte> key)
    {
        var plan = call.Plan;
        if ((CachePolicy.ReasonAgainst(plan, context.Settings, call.Context.Context) ?? plan.Problem) is { } known)
        {
            return known;
        }

        var connection = call.Context.Connection;
        if (ConnectionProbe.InTransaction(connection))
        {
            return BypassReasons.InTransaction;
        }

        if (existing is not null && ConnectionActivity.Find(existing) is { } state)
        {
            // A command on a connection with an open reader may see that reader's old snapshot.
            if (state.HasOpenReader)
            {
                return BypassReasons.OpenReader;
            }

            if (state.SessionChanged)
            {
                return BypassReasons.SessionChanged;
            }
        }

        if (context.HasForeignConnectionInterceptor && !context.Settings.SessionIndependent)
        {
            return BypassReasons.ConnectionInterceptor;
        }

        return ConnectionIdentity.TryGet(connection, existing, out var identity, out var problem)
            && QueryKey.TryWrite(
                key, plan, identity, context.Settings.Database, context.ForeignCommandInterceptors, options, call.Context.Parameters, out problem)
                ? null
                : problem;
    }

    /// <summary>The reader that the shaper runs over.</summary>
    internal async ValueTask<ResultReader> OpenAsync(bool async, CancellationToken cancellationToken)
    {
        if (_hit is not null)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Hit(_hit);
        }

        for (var attempt = 0; ; attempt++)
        {
            var flight = Cache.Flights.Join(_key, _mayWait && attempt < 2, out var role);
            if (role == FlightRole.Follower)
            {
                var timeout = Cache.Options.FlightTimeout;
                var result = async
                    ? await flight.WaitAsync(timeout, cancellationToken).ConfigureAwait(false)
                    : flight.Wait(timeout, cancellationToken);
                if (result is { Status: FlightStatus.Completed, Entry: { } entry } && Cache.IsUsable(entry))
                {
                    return Hit(entry);
                }

                if (result.Status == FlightStatus.Abandoned)
                {
                    // The leader was cancelled or failed: somebody among the waiters takes over.
                    continue;
                }

                return await LoadAsync(flight: null, async, cancellationToken).ConfigureAwait(false);
            }

            if (role == FlightRole.Leader && !IsRefresh && Cache.TryGet(_key.Bytes, out var landed) == LookupStatus.Hit)
            {
                // Another leader has landed between this caller's look-up and its flight.
                flight.Complete(landed);
                return Hit(landed!);
            }

            return await LoadAsync(role == FlightRole.Leader ? flight : null, async, cancellationToken).ConfigureAwait(false);
        }
    }

    private ResultReader Hit(CacheEntry entry)
    {
        EntityFrameworkMetricsData.ReportQueryExecuting();
        Cache.RecordHit();
        _context.Answered(QueryOutcomes.Hit);
        return new ResultReader((RowSet)entry.Value);
    }

    private async ValueTask<ResultReader> LoadAsync(Flight? flight, bool async, CancellationToken cancellationToken)
    {
        CacheEntry? entry = null;
        var landed = false;
        using var flow = flight?.EnterFlow();
        try
        {
            var outcome = QueryOutcomes.Of(_status, IsRefresh);
            Cache.RecordMiss(outcome.Reason);
            _context.Answered(outcome);
            _context.Registry.Register(_call.Plan.Model);
            var dependencies = _call.Plan.Dependencies.Bind(_context.Settings.Database, _call.Context.Parameters, out var newRows);
            AddTags(dependencies);
            using var fill = Cache.BeginFill(_key, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(dependencies));
            flight?.Started(fill);

            var reader = await RecordAsync(async, cancellationToken).ConfigureAwait(false);
            if (reader.IsBuffered)
            {
                await CloseAsync(async).ConfigureAwait(false);
                if (!_altered)
                {
                    entry = Store(fill, reader.Rows, newRows);
                }
            }

            landed = true;
            flight?.Complete(entry);
            return reader;
        }
        finally
        {
            if (!landed)
            {
                flight?.Abandon();
                await CloseAsync(async).ConfigureAwait(false);
            }
        }
    }

    private void AddTags(List<DependencyPath> dependencies)
    {
        foreach (var tag in _options?.Tags ?? [])
        {
            dependencies.Add(new DependencyPath(TagPath.Parse(tag), Subtree: false));
        }
    }

    private CacheEntry? Store(Fill fill, RowSet rows, int newRows)
    {
        ReadOnlySpan<int> unneeded = newRows >= 0 && rows.RowCount > 0 ? [newRows] : [];
        var lifetime = new EntryLifetime(_options?.AbsoluteExpiration, _options?.SlidingExpiration);
        Cache.Store(fill, rows, rows.Size, lifetime, unneeded, out var entry);
        return entry;
    }

    /// <summary>Runs the command and records its rows, up to the first that can't be held or to the size limit.</summary>
    private async ValueTask<ResultReader> RecordAsync(bool async, CancellationToken cancellationToken)
    {
        var context = _call.Context;
        if (async)
        {
            await context.ExecutionStrategy.ExecuteAsync(
                this, static (_, load, token) => load.ExecuteAsync(async: true, token), null, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            context.ExecutionStrategy.Execute(
                this, static (_, load) => CompletedTask.Result(new ValueTask<bool>(load.ExecuteAsync(async: false, CancellationToken.None))), null);
        }

        var source = _dataReader!.DbDataReader;
        _altered = IsAltered(_dataReader, _command!);
        var usage = _call.Plan.Usage;
        var builder = new RowSetBuilder(usage.Layout);
        while (builder.Size <= Cache.Options.MaximumResultBytes)
        {
            if (!(async ? await _dataReader.ReadAsync(cancellationToken).ConfigureAwait(false) : _dataReader.Read()))
            {
                return new ResultReader(builder.Build());
            }

            if (!RowRecorder.TryRecord(source, usage, builder))
            {
                return new ResultReader(builder.Build(), source, onRow: true);
            }
        }

        return new ResultReader(builder.Build(), source, onRow: false);
    }

    /// <summary>Whether somebody's interceptor changed the command or put its own reader in the place of the provider's:
    /// such an answer is its caller's alone.</summary>
    private static bool IsAltered(RelationalDataReader reader, IRelationalCommand command)
        => reader.DbCommand.CommandText != command.CommandText
            || (reader.DbDataReader is not BufferedDataReader
                && reader.DbDataReader.GetType().Assembly != reader.DbCommand.GetType().Assembly);

    private async Task<bool> ExecuteAsync(bool async, CancellationToken cancellationToken)
    {
        EntityFrameworkMetricsData.ReportQueryExecuting();
        var context = _call.Context;
        var command = _command = _call.Resolver.RentAndPopulateRelationalCommand(context);
        var parameters = new RelationalCommandParameterObject(
            context.Connection, context.Parameters, _call.ReaderColumns, context.Context, context.CommandLogger,
            _call.DetailedErrors, CommandSource.LinqQuery);
        _dataReader = async
            ? await command.ExecuteReaderAsync(parameters, cancellationToken).ConfigureAwait(false)
            : command.ExecuteReader(parameters);
        return true;
    }

    private ValueTask CloseAsync(bool async)
    {
        if (_dataReader is not { } reader)
        {
            return default;
        }

        _dataReader = null;
        _call.Context.Connection.ReturnCommand(_command!);
        if (async)
        {
            return reader.DisposeAsync();
        }

        reader.Dispose();
        return default;
    }

    public void Dispose() => CompletedTask.Wait(CloseAsync(async: false));

    public ValueTask DisposeAsync() => CloseAsync(async: true);
}
