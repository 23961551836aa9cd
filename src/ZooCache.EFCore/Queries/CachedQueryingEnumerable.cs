using System.Collections;
using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;
using ZooCache.EFCore.Origins;
using ZooCache.EFCore.Results;
using ZooCache.RowSets;

namespace ZooCache.EFCore.Queries;

/// <summary>
/// What a cached query enumerates: EF's own shaper over a row set that came from the cache or was just loaded, as EF's own
/// enumerators do it: the same critical sections, the same events, the same calls of the shaper in the same order. An execution
/// in which the cache has no part runs EF's own enumerable.
/// </summary>
/// <remarks>
/// It is its own first enumerator, as C#'s iterators are, asynchronously with its token beside; each is used by one caller at
/// a time. Once the result is at hand as a whole, which a hit is at once, nothing is waited for any more, and synchronous and
/// asynchronous enumeration are one.
/// </remarks>
internal sealed class CachedQueryingEnumerable<T>(RelationalQueryContext context, QueryCall<T> call)
    : IEnumerable<T>, IAsyncEnumerable<T>, IRelationalQueryingEnumerable, IEnumerator<T>
{
    private static readonly object Untaken = new();

    /// <summary>Where rows come from: nothing yet; the whole result, as rows or as shared elements; a <see cref="QueryLoad"/>, which
    /// gets it; or EF's own enumerator.</summary>
    private object? _source = Untaken;
    private SingleQueryResultCoordinator? _coordinator;
    private T _current = default!;

    public T Current => _coordinator is not null ? _current : _source switch
    {
        ElementCursor<T> elements => elements.Current,
        IEnumerator<T> rows => rows.Current,
        IAsyncEnumerator<T> rows => rows.Current,
        _ => default!,
    };

    object IEnumerator.Current => Current!;

    public IEnumerator<T> GetEnumerator() => Take();

    IEnumerator IEnumerable.GetEnumerator() => Take();

    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        context.CancellationToken = cancellationToken;
        return new AsyncEnumerator(Take(), cancellationToken);
    }

    public DbCommand CreateDbCommand() => QueryingEnumerables.Plain(context, call).CreateDbCommand();

    public string ToQueryString() => QueryingEnumerables.Plain(context, call).ToQueryString();

    public bool MoveNext()
    {
        if (_source is null && !TryStart())
        {
            _source = ((IEnumerable<T>)QueryingEnumerables.Uncached(context, call)).GetEnumerator();
        }

        return _source switch
        {
            ElementCursor<T> elements => elements.HasBegun ? elements.Move() : MoveChecked(elements),
            ResultReader reader => MoveNext(reader),
            QueryLoad load => CompletedTask.Result(MoveNextAsync(load, async: false, CancellationToken.None)),
            var rows => ((IEnumerator<T>)rows!).MoveNext(),
        };
    }

    private ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken)
    {
        if (_source is null && !TryStart())
        {
            _source = ((IAsyncEnumerable<T>)QueryingEnumerables.Uncached(context, call)).GetAsyncEnumerator(cancellationToken);
        }

        return _source switch
        {
            ElementCursor<T> or ResultReader => MoveNextAtOnce(cancellationToken),
            QueryLoad load => MoveNextAsync(load, async: true, cancellationToken),
            var rows => ((IAsyncEnumerator<T>)rows!).MoveNextAsync(),
        };
    }

    public void Reset() => throw new NotSupportedException();

    public void Dispose() => (_source as IDisposable)?.Dispose();

    private ValueTask DisposeAsync() => (_source as IAsyncDisposable)?.DisposeAsync() ?? default;

    private CachedQueryingEnumerable<T> Take()
    {
        var taken = _source == Untaken ? this : new CachedQueryingEnumerable<T>(context, call);
        taken._source = null;
        return taken;
    }

    /// <summary>Looks the answer up. False if the cache has no part in this execution, the reason being reported.</summary>
    private bool TryStart()
    {
        var cache = BypassedQuery.CacheOf(context)!;
        if (QueryLookup.Start(context, call.Plan, cache, mayWatch: true, out var lookup) is { } hit)
        {
            EntityFrameworkMetricsData.ReportQueryExecuting();
            var rows = (RowSet)hit.Value;
            _source = call.SharedElementBytes > 0 && ElementsOf(rows) is { } elements ? new ElementCursor<T>(elements) : new ResultReader(rows);
        }
        else if (lookup is not null)
        {
            _source = new QueryLoad(context, call, cache, lookup);
        }

        return _source is not null;
    }

    /// <summary>The elements to share; null if one can't be made, which is told when it is its turn.</summary>
    private T[]? ElementsOf(RowSet rows)
    {
        if (rows.Elements is T[] known)
        {
            return known;
        }

        try
        {
            var elements = new T[rows.RowCount];
            var reader = new ResultReader(rows);
            for (var i = 0; reader.Read(); i++)
            {
                elements[i] = call.Shaper(context, reader, null!, null!);
            }

            rows.Elements = elements;
            return elements;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return null;
        }
    }

    /// <summary>Moves on asynchronously where nothing has to be waited for; a row more is a row that might have been cancelled.</summary>
    private ValueTask<bool> MoveNextAtOnce(CancellationToken cancellationToken)
    {
        try
        {
            return new ValueTask<bool>(_source is ElementCursor<T> elements
                ? MoveChecked(elements, cancellationToken)
                : MoveNext((ResultReader)_source!, cancellationToken));
        }
        catch (Exception exception)
        {
            return ValueTask.FromException<bool>(exception);
        }
    }

    private bool MoveChecked(ElementCursor<T> elements, CancellationToken cancellationToken = default)
    {
        try
        {
            using var _ = elements.HasBegun ? null : EnterCriticalSection();
            cancellationToken.ThrowIfCancellationRequested();
            return elements.Move();
        }
        catch (Exception exception)
        {
            Report(exception, cancellationToken);
            throw;
        }
    }

    private bool MoveNext(ResultReader reader, CancellationToken cancellationToken = default)
    {
        if (call.ShapesRowsOnly && _coordinator is { } begun)
        {
            return MoveNextRow(reader, begun, cancellationToken);
        }

        try
        {
            using var _ = EnterCriticalSection();
            cancellationToken.ThrowIfCancellationRequested();
            var coordinator = _coordinator ?? Begin();
            if (!(coordinator.HasNext ?? reader.Read()))
            {
                return End();
            }

            while (!TryShape(reader, coordinator))
            {
                if (coordinator.HasNext != true && !reader.Read())
                {
                    ShapeLast(reader, coordinator);
                    break;
                }
            }

            return true;
        }
        catch (Exception exception)
        {
            Report(exception, cancellationToken);
            throw;
        }
    }

    /// <summary>As above for a shaper of rows only, once it has begun: nothing of the context is touched any more.</summary>
    private bool MoveNextRow(ResultReader reader, SingleQueryResultCoordinator coordinator, CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!reader.Read())
            {
                return End();
            }

            _current = call.Shaper(context, reader, coordinator.ResultContext, coordinator);
            return true;
        }
        catch (Exception exception)
        {
            Report(exception, cancellationToken);
            throw;
        }
    }

    /// <summary>Moves on while the result isn't at hand as a whole: loads it first, and then reads on, where it couldn't be held.</summary>
    private async ValueTask<bool> MoveNextAsync(QueryLoad load, bool async, CancellationToken cancellationToken)
    {
        try
        {
            using var _ = EnterCriticalSection();
            var reader = load.Reader ?? await load.OpenAsync(async, cancellationToken).ConfigureAwait(false);
            if (reader.IsBuffered)
            {
                _source = reader;
            }

            var coordinator = _coordinator ?? Begin();
            if (!(coordinator.HasNext ?? await ReadAsync(reader, async, cancellationToken).ConfigureAwait(false)))
            {
                return End();
            }

            while (!TryShape(reader, coordinator))
            {
                if (coordinator.HasNext != true && !await ReadAsync(reader, async, cancellationToken).ConfigureAwait(false))
                {
                    ShapeLast(reader, coordinator);
                    break;
                }
            }

            return true;
        }
        catch (Exception exception)
        {
            Report(exception, cancellationToken);
            throw;
        }
    }

    private ConcurrencyDetectorCriticalSectionDisposer? EnterCriticalSection()
        => call.ThreadSafetyChecks ? context.ConcurrencyDetector.EnterCriticalSection() : null;

    private SingleQueryResultCoordinator Begin()
    {
        _coordinator = new SingleQueryResultCoordinator();
        context.InitializeStateManager(call.StandAloneStateManager);
        return _coordinator;
    }

    /// <summary>Lets EF's shaper take the row. True if the element is complete.</summary>
    private bool TryShape(ResultReader reader, SingleQueryResultCoordinator coordinator)
    {
        coordinator.ResultReady = true;
        coordinator.HasNext = null;
        _current = call.Shaper(context, reader, coordinator.ResultContext, coordinator);
        if (coordinator.ResultReady)
        {
            coordinator.ResultContext.Values = null;
        }

        return coordinator.ResultReady;
    }

    /// <summary>The rows have ended; the shaper finishes the last element.</summary>
    private void ShapeLast(ResultReader reader, SingleQueryResultCoordinator coordinator)
    {
        coordinator.HasNext = false;
        coordinator.ResultReady = true;
        _current = call.Shaper(context, reader, coordinator.ResultContext, coordinator);
    }

    private bool End()
    {
        _current = default!;
        OriginQueryContext.Ended(context);
        return false;
    }

    private void Report(Exception exception, CancellationToken cancellationToken)
    {
        OriginQueryContext.Forget(context);
        if (context.ExceptionDetector.IsCancellation(exception, cancellationToken))
        {
            context.QueryLogger.QueryCanceled(call.ContextType);
        }
        else
        {
            context.QueryLogger.QueryIterationFailed(call.ContextType, exception);
        }
    }

    private static ValueTask<bool> ReadAsync(ResultReader reader, bool async, CancellationToken cancellationToken)
        => async && !reader.IsBuffered ? new ValueTask<bool>(reader.ReadAsync(cancellationToken)) : new ValueTask<bool>(reader.Read());

    private sealed class AsyncEnumerator(CachedQueryingEnumerable<T> rows, CancellationToken cancellationToken) : IAsyncEnumerator<T>
    {
        public T Current => rows.Current;

        public ValueTask<bool> MoveNextAsync() => rows.MoveNextAsync(cancellationToken);

        public ValueTask DisposeAsync() => rows.DisposeAsync();
    }
}
