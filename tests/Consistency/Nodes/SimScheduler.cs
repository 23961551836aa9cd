namespace ZooCache.Consistency.Tests.Nodes;

/// <summary>Virtual time: what is to happen happens in its order, on one thread. What falls on one moment happens by chance.</summary>
internal sealed class SimScheduler(int seed)
{
    private readonly PriorityQueue<Action, (long Time, int Chance, long Order)> _queue = new();
    private long _order;

    internal Random Random { get; } = new(seed);

    /// <summary>Ticks since the beginning.</summary>
    internal long Now { get; private set; }

    internal void After(TimeSpan delay, Action action) => At(Now + delay.Ticks, action);

    internal void At(long time, Action action) => _queue.Enqueue(action, (Math.Max(time, Now), Random.Next(), _order++));

    internal Task Delay(TimeSpan delay)
    {
        var over = new TaskCompletionSource();
        After(delay, over.SetResult);
        return over.Task;
    }

    internal void RunUntil(TimeSpan end)
    {
        while (_queue.TryPeek(out _, out var at) && at.Time <= end.Ticks)
        {
            var action = _queue.Dequeue();
            Now = at.Time;
            action();
        }

        Now = end.Ticks;
    }

    internal bool Chance(double percent) => Random.NextDouble() * 100 < percent;

    internal TimeSpan Between(double fromMilliseconds, double toMilliseconds)
        => TimeSpan.FromMilliseconds(fromMilliseconds + (Random.NextDouble() * (toMilliseconds - fromMilliseconds)));
}
