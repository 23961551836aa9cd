namespace ZooCache.Consistency.Tests.Nodes;

/// <summary>A process's way to the server: slow, and it loses things, or does both; a cut way does neither until it is mended.</summary>
internal sealed class SimLog(SimScheduler scheduler, SimServer server, SimProcess process, SimWeather weather) : IInvalidationLog
{
    private readonly List<Action> _held = [];
    private Action<LogEntry>? _announced;
    private int _subscribedTo = -1;

    internal bool IsCut { get; private set; }

    /// <summary>Nothing more is taken in from this process; all else goes on.</summary>
    internal bool IsFull { get; set; }

    public IDisposable Subscribe(Action<LogEntry> announced)
    {
        _announced = announced;
        return new Ended(() => _announced = null);
    }

    public Task<LogJoined> JoinAsync(LogJoin request, CancellationToken cancellationToken) => Ask((place, now) => place.Join(request, now));

    public Task<LogAppended> AppendAsync(LogAppend request, CancellationToken cancellationToken) => IsFull ? Task.FromException<LogAppended>(new IOException("The log takes in nothing.")) : Ask((place, now) => place.Append(request, now));

    public Task<LogState> TickAsync(LogTick request, CancellationToken cancellationToken) => Ask((place, now) => place.Tick(request, now));

    public Task<LogPage> ReadAsync(ulong node, HlcStamp after, int atMost, CancellationToken cancellationToken)
        => Ask((place, now) => place.Read(after, Math.Min(atMost, 3), node, now));

    public Task<LogState> LeaveAsync(ulong node, CancellationToken cancellationToken) => Ask((place, now) => place.Leave(node, now));

    internal void Cut() => IsCut = true;

    internal void Inject(LogEntry entry) => process.Do(() => _announced?.Invoke(entry));

    /// <summary>What was held back arrives now: a connection that was only slow.</summary>
    internal void Mend()
    {
        IsCut = false;
        _held.ForEach(a => scheduler.After(weather.Delay(), a));
        _held.Clear();
    }

    private Task<T> Ask<T>(Func<LogPlace, long, T> operation)
    {
        var answered = new TaskCompletionSource<T>();
        Travel(() =>
        {
            if (!server.IsUp)
            {
                Travel(() => process.Do(() => answered.TrySetException(new IOException("The log is down."))));
                return;
            }

            SubscribeAgain();
            var answer = server.Do(operation);
            Travel(() => process.Do(() => answered.TrySetResult(answer)));
        });
        return answered.Task;
    }

    private void SubscribeAgain()
    {
        if (_subscribedTo == server.Run)
        {
            return;
        }

        _subscribedTo = server.Run;
        var run = server.Run;
        server.Subscribe(entry =>
        {
            for (var copies = weather.Repeats() ? 2 : 1; copies > 0; copies--)
            {
                Travel(() => process.Do(() =>
                {
                    if (run == server.Run)
                    {
                        _announced?.Invoke(entry);
                    }
                }));
            }
        });
    }

    private void Travel(Action arrived)
    {
        if (IsCut)
        {
            if (weather.Holds())
            {
                _held.Add(arrived);
            }
        }
        else if (!weather.Loses())
        {
            scheduler.After(weather.Delay(), () =>
            {
                if (!IsCut)
                {
                    arrived();
                }
                else if (weather.Holds())
                {
                    _held.Add(arrived);
                }
            });
        }
    }

    private sealed class Ended(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}

/// <summary>How bad the ways are.</summary>
internal sealed class SimWeather(SimScheduler scheduler)
{
    /// <summary>From when on nothing goes wrong any more.</summary>
    internal long ClearFrom { get; set; } = long.MaxValue;

    private bool IsBad => scheduler.Now < ClearFrom;

    internal bool Loses() => IsBad && scheduler.Chance(4);

    internal bool Repeats() => IsBad && scheduler.Chance(10);

    internal bool Holds() => IsBad && scheduler.Chance(50);

    internal TimeSpan Delay() => IsBad && scheduler.Chance(6) ? scheduler.Between(5, 900) : scheduler.Between(0.1, 5);
}
