namespace ZooCache.Consistency.Tests.Nodes;

/// <summary>Where the log is kept: a server that can be stopped, and comes back with what it had, with less, or with nothing.</summary>
internal sealed class SimServer
{
    private static readonly TimeSpan Drift = TimeSpan.FromSeconds(5);

    private readonly SimScheduler _scheduler;
    private readonly List<Action<LogEntry>> _subscribers = [];
    private readonly int _capacity;
    private MemoryLogStorage _storage = new();
    private LogPlace _place;
    private (MemoryLogStorage Storage, byte[] Place) _saved;

    internal SimServer(SimScheduler scheduler, int capacity)
    {
        (_scheduler, _capacity) = (scheduler, capacity);
        _place = New(_storage);
        Save();
    }

    internal bool IsUp { get; private set; } = true;

    /// <summary>Which run of the server this is.</summary>
    internal int Run { get; private set; }

    internal long LastAppended { get; private set; }

    internal HlcStamp Head => _place.Head;

    internal LogState? StateFor(ulong node) => _place.StateFor(node, Milliseconds);

    private long Milliseconds => 1_700_000_000_000 + (_scheduler.Now / TimeSpan.TicksPerMillisecond);

    internal void Save() => _saved = (new MemoryLogStorage(_storage), _place.Save());

    internal void Stop()
    {
        IsUp = false;
        _subscribers.Clear();
    }

    internal void Start(string with)
    {
        if (IsUp)
        {
            return;
        }

        (IsUp, Run) = (true, Run + 1);
        if (with != "all")
        {
            _storage = with == "less" ? new MemoryLogStorage(_saved.Storage) : new MemoryLogStorage();
            _place = New(_storage);
            if (with == "less")
            {
                _place.Load(_saved.Place);
            }
        }

        _place.Restart();
    }

    internal T Do<T>(Func<LogPlace, long, T> operation)
    {
        _place.Appended = entry =>
        {
            LastAppended = _scheduler.Now;
            _subscribers.ToList().ForEach(s => s(entry));
        };
        return operation(_place, Milliseconds);
    }

    internal void Subscribe(Action<LogEntry> subscriber) => _subscribers.Add(subscriber);

    private LogPlace New(MemoryLogStorage storage) => new(storage, _capacity, Drift);
}
