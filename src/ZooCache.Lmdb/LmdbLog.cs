using System.Buffers.Binary;
using ZooCache.Lmdb.Binding;

namespace ZooCache.Lmdb;

/// <summary>
/// The log of invalidations in a file, for the processes of one machine: the rules of <see cref="LogPlace"/>, each operation in one transaction. Thread-safe.
/// </summary>
/// <param name="file">The file; released with the log.</param>
/// <param name="time">The clock.</param>
/// <param name="capacity">How many entries are kept.</param>
/// <param name="maxClockSkew">How far ahead of the clock a stamp may be.</param>
internal sealed class LmdbLog(LmdbFile file, TimeProvider time, int capacity, TimeSpan maxClockSkew) : IInvalidationLog, IDisposable
{
    /// <summary>How often is looked whether another process has appended something: a few microseconds each time.</summary>
    internal static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(2);

    private const int MostAnnounced = 512;

    private readonly Lock gate = new();
    private Action<LogEntry>? subscribers;
    private HlcStamp announced;
    private bool isDisposed;

    public IDisposable Subscribe(Action<LogEntry> announced)
    {
        lock (gate)
        {
            if (subscribers is null)
            {
                new Thread(Poll) { IsBackground = true, Name = "ZooCache LMDB reader" }.Start();
            }

            subscribers += announced;
        }

        return new Subscription(this, announced);
    }

    public Task<LogJoined> JoinAsync(LogJoin request, CancellationToken cancellationToken) => Do((place, now) => place.Join(request, now));

    public Task<LogAppended> AppendAsync(LogAppend request, CancellationToken cancellationToken) => Do((place, now) => place.Append(request, now));

    public Task<LogState> TickAsync(LogTick request, CancellationToken cancellationToken) => Do((place, now) => place.Tick(request, now));

    public Task<LogState> LeaveAsync(ulong node, CancellationToken cancellationToken) => Do((place, now) => place.Leave(node, now));

    public Task<LogPage> ReadAsync(ulong node, HlcStamp after, int atMost, CancellationToken cancellationToken)
    {
        try
        {
            return Task.FromResult(
                file.Read((transaction, tables) => Load(transaction, tables).Read(after, atMost, node, Now)) ?? throw new LmdbFileException("The file isn't open yet."));
        }
        catch (Exception exception)
        {
            return Task.FromException<LogPage>(exception);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (isDisposed)
            {
                return;
            }

            isDisposed = true;
        }

        file.Release();
    }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task<T> Do<T>(Func<LogPlace, long, T> operation)
    {
        var appended = new List<LogEntry>();
        var result = await file.WriteAsync((transaction, tables) =>
        {
            appended.Clear();
            var place = Load(transaction, tables);
            place.Appended = appended.Add;
            var answer = operation(place, Now);
            transaction.Put(tables.State, "place"u8, place.Save());
            Span<byte> head = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(head, place.Head.Value);
            transaction.Put(tables.State, "head"u8, head);
            return answer;
        }).ConfigureAwait(false);
        Announce(appended);
        return result;
    }

    private LogPlace Load(LmdbTransaction transaction, LmdbFile.Tables tables)
    {
        var place = new LogPlace(new LmdbLogStorage(transaction, tables), capacity, maxClockSkew);
        if (transaction.TryGet(tables.State, "place"u8, out var saved))
        {
            place.Load(saved);
        }

        return place;
    }

    private void Announce(IEnumerable<LogEntry> entries)
    {
        Action<LogEntry>? told;
        lock (gate)
        {
            told = subscribers;
        }

        foreach (var entry in entries)
        {
            told?.Invoke(entry);
        }
    }

    /// <summary>Looks what other processes have appended.</summary>
    private void Poll()
    {
        while (true)
        {
            lock (gate)
            {
                if (isDisposed || subscribers is null)
                {
                    return;
                }
            }

            try
            {
                Announce(file.Read(New) ?? []);
            }
            catch (Exception)
            {
                // It is told whoever asks for something; announcements may be lost.
                announced = HlcStamp.None;
            }

            Thread.Sleep(PollInterval);
        }
    }

    private IReadOnlyList<LogEntry> New(LmdbTransaction transaction, LmdbFile.Tables tables)
    {
        if (!transaction.TryGet(tables.State, "head"u8, out var value))
        {
            return [];
        }

        var head = new HlcStamp(BinaryPrimitives.ReadUInt64LittleEndian(value));
        if (head == announced)
        {
            return [];
        }

        // From the first look on; and from the beginning of a log that has begun anew.
        var entries = announced == HlcStamp.None || head < announced ? [] : new LmdbLogStorage(transaction, tables).Read(announced, MostAnnounced);
        announced = entries.Count == MostAnnounced ? entries[^1].Stamp : head;
        return entries;
    }

    private sealed class Subscription(LmdbLog log, Action<LogEntry> announced) : IDisposable
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
