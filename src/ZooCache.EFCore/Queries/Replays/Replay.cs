using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Origins;
using ZooCache.EFCore.Results;
using ZooCache.EFCore.Setup;
using ZooCache.RowSets;

namespace ZooCache.EFCore.Queries.Replays;

/// <summary>
/// One execution of a query that EF's own enumerable runs, over commands that are answered from the cache or recorded for
/// it: split queries, groups as results, raw SQL. Used by one caller at a time.
/// </summary>
/// <remarks>
/// <para>All commands of an answer share one fence, read before the first of them runs, so the answer is kept only if
/// nothing that any of them reads was bumped between the first and the moment of storing: one answer or none.</para>
/// <para>Each command's result is read to its end when EF runs the command. The answer is offered to the cache as soon as
/// every command has run, else when the enumeration ends. What a hit doesn't hold (a collection that nobody needed when it
/// was loaded) is asked of the database, as it would be at this moment without a cache.</para>
/// <para>Others wait for the load during the caller's first <c>MoveNext</c> only: what the caller does between rows is its
/// own affair, and might be to wait for them.</para>
/// </remarks>
internal sealed class Replay
{
    private readonly RelationalQueryContext _query;
    private readonly QueryLookup? _lookup;
    private readonly ContextCache _context;
    private readonly IReadOnlyList<CommandUsage> _commands;
    private readonly RowSet?[] _recorded;
    private RecordedCommands? _answer;
    private Fill? _fill;
    private Flight? _flight;
    private long _size;

    private Replay(RelationalQueryContext query, QueryPlan plan, ContextCache context, QueryLookup? lookup, CacheEntry? hit)
    {
        _query = query;
        _lookup = lookup;
        _answer = (RecordedCommands?)hit?.Value;
        _context = context;
        _commands = plan.Commands;
        _recorded = new RowSet?[_commands.Count];
        QueryContext = new ReplayContext(query, this);
    }

    /// <summary>The context in which EF's enumerable is to run.</summary>
    internal RelationalQueryContext QueryContext { get; }

    /// <summary>Looks the answer up; null if the cache has no part in this execution, the reason being reported.</summary>
    internal static Replay? Start(RelationalQueryContext query, QueryPlan plan, ContextCache cache)
    {
        var hit = QueryLookup.Start(query, plan, cache, mayWatch: false, out var lookup);
        if (hit is null && lookup is null)
        {
            return null;
        }

        cache.Cache.RecordFallBack(FallBackReasons.ReplayedCommands);
        return new Replay(query, plan, cache, lookup, hit);
    }

    /// <summary>Finds the answer, waits for it, or begins to load it. To be called before the first row.</summary>
    internal async ValueTask BeginAsync(bool async, CancellationToken cancellationToken)
    {
        if (_answer is not null)
        {
            return;
        }

        var turn = await _lookup!.TakeTurnAsync(async, cancellationToken).ConfigureAwait(false);
        if (turn.Entry is { } entry)
        {
            _answer = (RecordedCommands)entry.Value;
            _lookup.Served(entry);
            return;
        }

        _flight = turn.Flight;
        var begun = false;
        try
        {
            _lookup.ReportAsking();
            _fill = _lookup.BeginFill();
            if (_fill is not null)
            {
                _flight?.Started(_fill);
            }

            _lookup.Loaded(_fill);
            begun = true;
        }
        finally
        {
            if (!begun)
            {
                Fail();
            }
        }
    }

    /// <summary>Marks the current flow as leading the load, while others wait for it.</summary>
    internal FlowScope? EnterFlow() => _flight?.EnterFlow();

    /// <summary>Runs a command for EF's enumerable.</summary>
    internal async ValueTask<RelationalDataReader> ExecuteAsync(
        int? number, ReplayCommand command, RelationalCommandParameterObject parameters, bool async, CancellationToken cancellationToken)
    {
        if (number is { } known && _answer?[known] is { } rows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new ReplayReader(_commands[known].Read(rows));
        }

        // A transaction or a reader that the caller has opened since the first row.
        if (_fill is not null && !(number is not null && _lookup!.MayKeepNow()))
        {
            EnclosingCall.Doubted(BypassReasons.InTransaction);
            Drop();
        }

        var source = await command.ReadDatabaseAsync(parameters, async, cancellationToken).ConfigureAwait(false);
        if (_fill is null)
        {
            return source;
        }

        var closed = false;
        try
        {
            if (ForeignInterception.Of(source, command, _context) || QueryLookup.RanInTransaction(source.DbCommand))
            {
                EnclosingCall.Doubted(BypassReasons.CommandInterceptor);
                Drop();
            }

            var reader = await RowRecorder.RecordAsync(
                source, _commands[number!.Value], _lookup!.Cache.Options.MaximumResultBytes - _size, recording: null, async, cancellationToken).ConfigureAwait(false);
            if (!reader.IsBuffered)
            {
                Drop();
                closed = true;
                return new ReplayReader(reader, source);
            }

            _size += reader.Rows.Size;
            _recorded[number.Value] = reader.Rows;
            return new ReplayReader(reader);
        }
        finally
        {
            if (!closed)
            {
                await DisposeAsync(source, async).ConfigureAwait(false);
            }
        }
    }

    /// <summary>EF has made a row, or found the end.</summary>
    internal void Moved(bool hasRow)
    {
        if (!hasRow || !_recorded.Contains(null))
        {
            Keep();
        }

        _flight?.Abandon();
        _flight = null;
    }

    /// <summary>The enumeration is over, perhaps before its end: what has run has been read whole.</summary>
    internal void End()
    {
        try
        {
            if (_recorded[0] is not null)
            {
                Keep();
            }
        }
        finally
        {
            Fail();
        }
    }

    /// <summary>Nothing is kept, and nobody needs to wait.</summary>
    internal void Fail()
    {
        Drop();
        _flight?.Abandon();
        _flight = null;
    }

    private void Keep()
    {
        using var fill = _fill;
        _fill = null;
        if (fill is null)
        {
            return;
        }

        var answer = new RecordedCommands(_recorded);
        var entry = _lookup!.KeepCommands(fill, answer, answer.RowCount, answer.Size);
        _flight?.Complete(entry);
    }

    private void Drop()
    {
        OriginQueryContext.Forget(_query);
        _fill?.Dispose();
        _fill = null;
    }

    private static ValueTask DisposeAsync(RelationalDataReader reader, bool async)
    {
        if (async)
        {
            return reader.DisposeAsync();
        }

        reader.Dispose();
        return default;
    }
}
