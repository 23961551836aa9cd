namespace ZooCache.Consistency.Tests.Nodes;

/// <summary>
/// A process with a clock of its own. While it is paused nothing happens in it, and what should have happens when it goes on; once it was
/// killed nothing does any more. Its monotonic clock runs on while it is paused, or stands still, as that of a suspended machine.
/// </summary>
internal sealed class SimProcess(SimScheduler scheduler) : TimeProvider
{
    private static readonly DateTimeOffset Beginning = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly List<Action> _waiting = [];
    private long _pausedAt;
    private long _stood;
    private bool _standsStill;

    /// <summary>How far its wall clock is off.</summary>
    internal TimeSpan Skew { get; set; }

    internal bool IsPaused { get; private set; }

    internal bool IsDead { get; private set; }

    /// <summary>The moments in which it was paused or killed, the last of which holds.</summary>
    internal long? StoppedAt { get; private set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => (IsPaused && _standsStill ? _pausedAt : scheduler.Now) - _stood;

    public override DateTimeOffset GetUtcNow() => Beginning + TimeSpan.FromTicks(scheduler.Now) + Skew;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        => new SimTimer(this, () => callback(state), dueTime, period);

    /// <summary>Has something happen in this process.</summary>
    internal void Do(Action action)
    {
        if (IsPaused)
        {
            _waiting.Add(action);
        }
        else if (!IsDead)
        {
            action();
        }
    }

    internal void After(TimeSpan delay, Action action) => scheduler.After(delay, () => Do(action));

    /// <summary>Time passes for what this process does.</summary>
    internal Task Delay(TimeSpan delay)
    {
        var over = new TaskCompletionSource();
        After(delay, over.SetResult);
        return over.Task;
    }

    internal void Pause(TimeSpan length, bool standsStill)
    {
        if (IsPaused || IsDead)
        {
            return;
        }

        (IsPaused, _pausedAt, _standsStill, StoppedAt) = (true, scheduler.Now, standsStill, scheduler.Now);
        scheduler.After(length, GoOn);
    }

    internal void Kill() => (IsDead, IsPaused, StoppedAt) = (true, false, scheduler.Now);

    private void GoOn()
    {
        if (IsDead)
        {
            return;
        }

        _stood += _standsStill ? scheduler.Now - _pausedAt : 0;
        (IsPaused, StoppedAt) = (false, null);
        var waiting = _waiting.ToList();
        _waiting.Clear();
        waiting.ForEach(a => scheduler.After(TimeSpan.Zero, () => Do(a)));
    }

    private sealed class SimTimer : ITimer
    {
        private readonly SimProcess _process;
        private readonly Action _elapsed;
        private int _version;

        internal SimTimer(SimProcess process, Action elapsed, TimeSpan dueTime, TimeSpan period)
        {
            (_process, _elapsed) = (process, elapsed);
            Change(dueTime, period);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var version = ++_version;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                _process.After(dueTime, () => Elapse(version, period));
            }

            return true;
        }

        public void Dispose() => _version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Elapse(int version, TimeSpan period)
        {
            if (version == _version)
            {
                _elapsed();
                if (version == _version && period > TimeSpan.Zero)
                {
                    _process.After(period, () => Elapse(version, period));
                }
            }
        }
    }
}
