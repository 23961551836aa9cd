using System.Collections;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;
using ZooCache.EFCore.Origins;
using ZooCache.EFCore.Results;

namespace ZooCache.EFCore.Queries;

/// <summary>
/// Enumerates a cached query, synchronously or asynchronously, as EF's own enumerators do: the same critical sections,
/// the same events, the same calls of the shaper in the same order. Used by one caller at a time.
/// </summary>
internal sealed class CachedEnumerator<T>(CachedQueryingEnumerable<T> query, CancellationToken cancellationToken)
    : IEnumerator<T>, IAsyncEnumerator<T>
{
    private readonly QueryCall _call = query.Call;
    private IEnumerator<T>? _uncached;
    private IAsyncEnumerator<T>? _uncachedAsync;
    private QueryLoad? _load;
    private ResultReader? _reader;
    private SingleQueryResultCoordinator? _coordinator;
    private T _current = default!;

    public T Current
        => _uncached is not null ? _uncached.Current
            : _uncachedAsync is not null ? _uncachedAsync.Current
            : _current;

    object IEnumerator.Current => Current!;

    public bool MoveNext()
    {
        if (_reader is null && _uncached is null && !TryStart())
        {
            _uncached = query.EnumerateUncached();
        }

        return _uncached is not null ? _uncached.MoveNext() : CompletedTask.Result(MoveNextAsync(async: false));
    }

    public ValueTask<bool> MoveNextAsync()
    {
        if (_reader is null && _uncachedAsync is null && !TryStart())
        {
            _uncachedAsync = query.EnumerateUncachedAsync(cancellationToken);
        }

        return _uncachedAsync is not null ? _uncachedAsync.MoveNextAsync() : MoveNextAsync(async: true);
    }

    public void Reset() => throw new NotSupportedException();

    public void Dispose()
    {
        _uncached?.Dispose();
        _load?.Dispose();
    }

    public ValueTask DisposeAsync()
        => _uncachedAsync?.DisposeAsync() ?? _load?.DisposeAsync() ?? default;

    private bool TryStart()
    {
        _load = QueryLoad.Start(_call);
        return _load is not null;
    }

    private async ValueTask<bool> MoveNextAsync(bool async)
    {
        var context = _call.Context;
        try
        {
            using var _ = _call.ThreadSafetyChecks
                ? (ConcurrencyDetectorCriticalSectionDisposer?)context.ConcurrencyDetector.EnterCriticalSection()
                : null;

            if (_reader is null)
            {
                _reader = await _load!.OpenAsync(async, cancellationToken).ConfigureAwait(false);
                _coordinator = new SingleQueryResultCoordinator();
                context.InitializeStateManager(_call.StandAloneStateManager);
            }

            if (!(_coordinator!.HasNext ?? await ReadAsync(async).ConfigureAwait(false)))
            {
                _current = default!;
                OriginQueryContext.Ended(context);
                return false;
            }

            while (true)
            {
                _coordinator.ResultReady = true;
                _coordinator.HasNext = null;
                Shape();
                if (_coordinator.ResultReady)
                {
                    _coordinator.ResultContext.Values = null;
                    return true;
                }

                if (_coordinator.HasNext == true)
                {
                    continue;
                }

                if (!await ReadAsync(async).ConfigureAwait(false))
                {
                    // The rows have ended; the shaper finishes the last element.
                    _coordinator.HasNext = false;
                    _coordinator.ResultReady = true;
                    Shape();
                    return true;
                }
            }
        }
        catch (Exception exception)
        {
            OriginQueryContext.Forget(context);
            if (async ? context.ExceptionDetector.IsCancellation(exception, cancellationToken) : context.ExceptionDetector.IsCancellation(exception))
            {
                context.QueryLogger.QueryCanceled(_call.ContextType);
            }
            else
            {
                context.QueryLogger.QueryIterationFailed(_call.ContextType, exception);
            }

            throw;
        }
    }

    private void Shape() => _current = query.Shaper(_call.Context, _reader!, _coordinator!.ResultContext, _coordinator);

    private ValueTask<bool> ReadAsync(bool async)
        => async && !_reader!.IsBuffered
            ? new ValueTask<bool>(_reader.ReadAsync(cancellationToken))
            : new ValueTask<bool>(_reader!.Read());
}
