using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Internal;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Results;
using ZooCache.EFCore.Setup;
using ZooCache.EFCore.Writes;
using ZooCache.RowSets;

namespace ZooCache.EFCore.Queries;

/// <summary>
/// One execution of a single-command query whose answer wasn't there: waits for somebody who is loading it, or loads and
/// stores it. Used by one caller at a time.
/// </summary>
/// <remarks>
/// The order of a load: the nodes of everything that the answer can depend on are pinned and the fence is read
/// (<see cref="QueryLookup.BeginFill"/>), then the command runs, the result is read to its end, the reader is closed, and
/// only then the answer is offered to the cache, which refuses it if anything was bumped or is marked. Of a large result the first
/// rows are handed out before it is read to its end; then nobody else waits for it: the caller may take its time.
/// </remarks>
internal sealed class QueryLoad : IRecording, IDisposable, IAsyncDisposable
{
    private readonly RelationalQueryContext _context;
    private readonly QueryCall _call;
    private readonly ContextCache _cache;
    private readonly QueryLookup _lookup;
    private IRelationalCommand? _command;
    private RelationalDataReader? _dataReader;
    private Fill? _fill;
    private byte[]? _sharedKey;

    internal QueryLoad(RelationalQueryContext context, QueryCall call, ContextCache cache, QueryLookup lookup)
    {
        _context = context;
        _call = call;
        _cache = cache;
        _lookup = lookup;
    }

    /// <summary>The reader that the shaper runs over, once it is open.</summary>
    internal ResultReader? Reader { get; private set; }

    internal async ValueTask<ResultReader> OpenAsync(bool async, CancellationToken cancellationToken)
        => Reader = await OpenReaderAsync(async, cancellationToken).ConfigureAwait(false);

    private async ValueTask<ResultReader> OpenReaderAsync(bool async, CancellationToken cancellationToken)
    {
        if (_lookup.Chosen is { } chosen)
        {
            return _lookup.TryWatch(chosen) ? await WatchAsync(async, cancellationToken).ConfigureAwait(false) : Serve(chosen);
        }

        var turn = await _lookup.TakeTurnAsync(async, cancellationToken).ConfigureAwait(false);
        return turn.Entry is not { } entry ? await LoadAsync(turn.Flight, async, cancellationToken).ConfigureAwait(false)
            : _lookup.Chooses() && _lookup.TryWatch(entry) ? await WatchAsync(async, cancellationToken).ConfigureAwait(false)
            : Serve(entry);
    }

    private ResultReader Serve(CacheEntry entry)
    {
        EntityFrameworkMetricsData.ReportQueryExecuting();
        _lookup.Served(entry);
        return new ResultReader((RowSet)entry.Value);
    }

    /// <summary>Loads although the answer is there, which is given all the same if the database can't be asked.</summary>
    private async ValueTask<ResultReader> WatchAsync(bool async, CancellationToken cancellationToken)
    {
        try
        {
            // Nobody needs to wait for it: the answer is there.
            return await LoadAsync(flight: null, async, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            if (_lookup.UnaskedFor(cancellationToken) is not { } entry)
            {
                throw;
            }

            return Serve(entry);
        }
        finally
        {
            _lookup.Cache.Watchdog!.End();
        }
    }

    private async ValueTask<ResultReader> LoadAsync(Flight? flight, bool async, CancellationToken cancellationToken)
    {
        CacheEntry? entry = null;
        var landed = false;
        using var flow = flight?.EnterFlow();
        try
        {
            BeginFill(flight);
            if (await FindSharedAsync(flight, async, cancellationToken).ConfigureAwait(false) is { } shared)
            {
                landed = true;
                return shared;
            }

            _lookup.ReportAsking();
            var reader = await RecordAsync(async, cancellationToken).ConfigureAwait(false);
            _lookup.Asked(_command!);
            if (ForeignInterception.Of(_dataReader!, _command!, _cache) || QueryLookup.RanInTransaction(_dataReader!.DbCommand))
            {
                EnclosingCall.Doubted(BypassReasons.CommandInterceptor);
                Dropped();
            }

            _lookup.Loaded(_fill, reader.IsBuffered);
            if (_fill is null && reader is ContinuedReader unwanted)
            {
                unwanted.Rest = null;
            }

            if (reader.IsBuffered)
            {
                await CloseAsync(async).ConfigureAwait(false);
                entry = Keep(reader.Rows);
            }
            else if (reader is ContinuedReader { Rest: not null })
            {
                if (_fill is not null)
                {
                    _fill.IsInterrupted = true;
                }
            }
            else
            {
                _lookup.Exceeded();
                Dropped();
            }

            landed = true;
            flight?.Complete(entry);
            return reader;
        }
        finally
        {
            if (!landed)
            {
                Dropped();
                flight?.Abandon();
                await CloseAsync(async).ConfigureAwait(false);
            }
        }
    }

    private void BeginFill(Flight? flight)
    {
        _fill = _lookup.BeginFill();
        if (_fill is not null)
        {
            flight?.Started(_fill);
        }
    }

    /// <summary>What another process has loaded; null if there is nothing of use, and then the database may be asked.</summary>
    private async ValueTask<ResultReader?> FindSharedAsync(Flight? flight, bool async, CancellationToken cancellationToken)
    {
        if (_fill is not { } fill || (_sharedKey = _lookup.SharedKeyOf(_call)) is not { } key)
        {
            return null;
        }

        var entry = await _lookup.FindSharedAsync(key, fill, _call, async, cancellationToken).ConfigureAwait(false);
        if (entry is null)
        {
            // The answer may have used the fill up; and what the node has heard of the log meanwhile is more than it had at the fence. What is loaded now begins now.
            Dropped();
            BeginFill(flight);
            return null;
        }

        _fill = null;
        EntityFrameworkMetricsData.ReportQueryExecuting();
        _lookup.ServedShared(entry);
        flight?.Complete(entry);
        return new ResultReader((RowSet)entry.Value);
    }

    /// <summary>A large result was read to its end.</summary>
    public async ValueTask EndedAsync(RowSet rows, bool async)
    {
        // Between the rows the caller may have begun a transaction, or changed the session, which is forgotten when it is closed.
        var mayKeep = !QueryLookup.RanInTransaction(_dataReader!.DbCommand) && _lookup.MayKeepNow(hasOwnReader: true);
        await CloseAsync(async).ConfigureAwait(false);
        if (!mayKeep || !_lookup.MayKeepNow())
        {
            EnclosingCall.Doubted(BypassReasons.InTransaction);
            Dropped();
        }

        Keep(rows);
    }

    /// <summary>Nothing is kept.</summary>
    public void Dropped()
    {
        _fill?.Dispose();
        _fill = null;
    }

    private CacheEntry? Keep(RowSet rows)
    {
        using var fill = _fill;
        _fill = null;
        var size = rows.Size + ((long)rows.RowCount * _call.SharedElementBytes);
        if (fill is null)
        {
            _lookup.Unread();
        }

        var entry = fill is null ? null : _lookup.Keep(fill, rows, size);
        if (entry is not null && _sharedKey is not null)
        {
            _lookup.KeepForOthers(_sharedKey, entry);
        }

        return entry;
    }

    /// <summary>Runs the command and records its rows, up to the first that can't be held or to the size limit.</summary>
    private async ValueTask<ResultReader> RecordAsync(bool async, CancellationToken cancellationToken)
    {
        var context = _context;
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

        return await RowRecorder.RecordAsync(
            _dataReader!, _call.Plan.Commands[0], _lookup.Cache.Options.MaximumResultBytes, recording: this, async, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> ExecuteAsync(bool async, CancellationToken cancellationToken)
    {
        EntityFrameworkMetricsData.ReportQueryExecuting();
        var context = _context;
        var command = _command = _call.Resolver.RentAndPopulateRelationalCommand(context);
        var parameters = new RelationalCommandParameterObject(
            context.Connection, context.Parameters, _call.ReaderColumns, context.Context, context.CommandLogger,
            _call.DetailedErrors, CommandSource.LinqQuery);
        var cache = _cache;
        var unheard = cache.UnheardCommands;
        cache.NextCommand = cache.Registry.HasWritingRoutines ? KnownCommand.None : KnownCommand.Load;
        try
        {
            _dataReader = async
                ? await command.ExecuteReaderAsync(parameters, cancellationToken).ConfigureAwait(false)
                : command.ExecuteReader(parameters);
        }
        finally
        {
            cache.NextCommand = KnownCommand.None;
        }

        if (cache.UnheardCommands != unheard)
        {
            CommandObserver.Opened(_dataReader.DbCommand);
        }

        return true;
    }

    private ValueTask CloseAsync(bool async)
    {
        if (_dataReader is not { } reader)
        {
            return default;
        }

        _dataReader = null;
        _context.Connection.ReturnCommand(_command!);
        if (async)
        {
            return reader.DisposeAsync();
        }

        reader.Dispose();
        return default;
    }

    public void Dispose()
    {
        _lookup.Unread();
        Dropped();
        CompletedTask.Wait(CloseAsync(async: false));
    }

    public ValueTask DisposeAsync()
    {
        _lookup.Unread();
        Dropped();
        return CloseAsync(async: true);
    }
}
