using System.Collections;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace ZooCache.EFCore.Queries.Replays;

/// <summary>Enumerates EF's own enumerable and tells the replay where it stands. Used by one caller at a time.</summary>
internal sealed class ReplayedEnumerator<T>(ReplayedCall call, CancellationToken cancellationToken) : IEnumerator<T>, IAsyncEnumerator<T>
{
    private IEnumerator<T>? _rows;
    private IAsyncEnumerator<T>? _rowsAsync;
    private Replay? _replay;

    public T Current => _rows is not null ? _rows.Current : _rowsAsync is not null ? _rowsAsync.Current : default!;

    object IEnumerator.Current => Current!;

    public bool MoveNext()
    {
        if (_rows is null)
        {
            CompletedTask.Wait(BeginAsync(async: false));
            _rows = ((IEnumerable<T>)Create()).GetEnumerator();
        }

        if (_replay is null)
        {
            return _rows.MoveNext();
        }

        using var flow = _replay.EnterFlow();
        var moved = false;
        try
        {
            var hasRow = _rows.MoveNext();
            _replay.Moved(hasRow);
            moved = true;
            return hasRow;
        }
        finally
        {
            FailUnless(moved);
        }
    }

    public async ValueTask<bool> MoveNextAsync()
    {
        if (_rowsAsync is null)
        {
            await BeginAsync(async: true).ConfigureAwait(false);
            _rowsAsync = ((IAsyncEnumerable<T>)Create()).GetAsyncEnumerator(cancellationToken);
        }

        if (_replay is null)
        {
            return await _rowsAsync.MoveNextAsync().ConfigureAwait(false);
        }

        using var flow = _replay.EnterFlow();
        var moved = false;
        try
        {
            var hasRow = await _rowsAsync.MoveNextAsync().ConfigureAwait(false);
            _replay.Moved(hasRow);
            moved = true;
            return hasRow;
        }
        finally
        {
            FailUnless(moved);
        }
    }

    public void Reset() => throw new NotSupportedException();

    public void Dispose()
    {
        _rows?.Dispose();
        _replay?.End();
    }

    public async ValueTask DisposeAsync()
    {
        if (_rowsAsync is not null)
        {
            await _rowsAsync.DisposeAsync().ConfigureAwait(false);
        }

        _replay?.End();
    }

    private object Create() => call.Create(_replay?.QueryContext ?? call.Context);

    /// <summary>What EF does around the execution of a command (its critical section, its events) is done here around the
    /// wait for somebody else's.</summary>
    private async ValueTask BeginAsync(bool async)
    {
        var context = call.Context;
        try
        {
            using var _ = call.ThreadSafetyChecks
                ? (ConcurrencyDetectorCriticalSectionDisposer?)context.ConcurrencyDetector.EnterCriticalSection()
                : null;
            _replay = Replay.Start(context, call.Plan, call.Cache);
            if (_replay is not null)
            {
                await _replay.BeginAsync(async, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            if (async ? context.ExceptionDetector.IsCancellation(exception, cancellationToken) : context.ExceptionDetector.IsCancellation(exception))
            {
                context.QueryLogger.QueryCanceled(call.ContextType);
            }
            else
            {
                context.QueryLogger.QueryIterationFailed(call.ContextType, exception);
            }

            throw;
        }
    }

    private void FailUnless(bool moved)
    {
        if (!moved)
        {
            _replay!.Fail();
        }
    }
}
