namespace ZooCache;

/// <summary>A log in this process's memory: for several caches in one process, and for tests. Thread-safe.</summary>
/// <param name="time">The clock.</param>
/// <param name="capacity">The most entries that are kept.</param>
/// <param name="maxClockSkew">How far ahead of the clock a stamp may be.</param>
internal sealed class MemoryLog(TimeProvider time, int capacity, TimeSpan maxClockSkew) : IInvalidationLog
{
    private readonly Lock gate = new();
    private readonly LogPlace place = new(new MemoryLogStorage(), capacity, maxClockSkew);
    private Action<LogEntry>? subscribers;

    public IDisposable Subscribe(Action<LogEntry> announced)
    {
        lock (gate)
        {
            subscribers += announced;
        }

        return new Subscription(this, announced);
    }

    public Task<LogJoined> JoinAsync(LogJoin request, CancellationToken cancellationToken) => Do(now => place.Join(request, now));

    public Task<LogAppended> AppendAsync(LogAppend request, CancellationToken cancellationToken) => Do(now => place.Append(request, now));

    public Task<LogState> TickAsync(LogTick request, CancellationToken cancellationToken) => Do(now => place.Tick(request, now));

    public Task<LogPage> ReadAsync(ulong node, HlcStamp after, int atMost, CancellationToken cancellationToken)
        => Do(now => place.Read(after, atMost, node, now));

    public Task<LogState> LeaveAsync(ulong node, CancellationToken cancellationToken) => Do(now => place.Leave(node, now));

    /// <summary>Announces outside the lock: whoever is told may ask at once.</summary>
    private Task<T> Do<T>(Func<long, T> operation)
    {
        T result;
        var appended = new List<LogEntry>();
        Action<LogEntry>? told;
        lock (gate)
        {
            place.Appended = appended.Add;
            result = operation(time.GetUtcNow().ToUnixTimeMilliseconds());
            told = subscribers;
        }

        appended.ForEach(entry => told?.Invoke(entry));
        return Task.FromResult(result);
    }

    private sealed class Subscription(MemoryLog log, Action<LogEntry> announced) : IDisposable
    {
        public void Dispose()
        {
            lock (log.gate)
            {
                log.subscribers -= announced;
            }
        }
    }
}
