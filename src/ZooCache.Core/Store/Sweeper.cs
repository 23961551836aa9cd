namespace ZooCache;

/// <summary>
/// Purges a cache now and then, so that what nobody reads any more doesn't stay.
/// </summary>
/// <remarks>
/// It knows the cache weakly: a cache that was forgotten without being disposed can be collected, and the next tick then
/// stops the timer. It takes no execution context along: the cache may be made in the middle of somebody's request.
/// </remarks>
internal sealed class Sweeper : IDisposable
{
    private readonly WeakReference<ZooCache> target;
    private readonly ITimer timer;

    internal Sweeper(ZooCache cache, TimeProvider time, TimeSpan interval)
    {
        target = new WeakReference<ZooCache>(cache);
        if (ExecutionContext.IsFlowSuppressed())
        {
            timer = Start(time, interval);
            return;
        }

        using (ExecutionContext.SuppressFlow())
        {
            timer = Start(time, interval);
        }
    }

    public void Dispose() => timer.Dispose();

    private ITimer Start(TimeProvider time, TimeSpan interval) =>
        time.CreateTimer(static state => ((Sweeper)state!).Sweep(), this, interval, interval);

    private void Sweep()
    {
        if (target.TryGetTarget(out var cache))
        {
            cache.Purge();
        }
        else
        {
            timer.Dispose();
        }
    }
}
