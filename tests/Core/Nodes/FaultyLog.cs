namespace ZooCache.Core.Tests.Nodes;

/// <summary>What becomes of requests.</summary>
public enum LogFault
{
    None,

    /// <summary>The call throws.</summary>
    Throws,

    /// <summary>The task fails.</summary>
    Fails,

    /// <summary>No answer comes, and nothing is carried out.</summary>
    Hangs,

    /// <summary>No answer comes, but it is carried out.</summary>
    LosesAnswers,

    /// <summary>It is carried out, and the answers come when they are let through.</summary>
    HoldsAnswers,

    /// <summary>Appends fail, everything else is answered.</summary>
    FailsAppends,

    /// <summary>Reads fail, everything else is answered.</summary>
    FailsReads,
}

/// <summary>One node's way to a log, which may be a bad one.</summary>
internal sealed class FaultyLog(IInvalidationLog log) : IInvalidationLog
{
    private readonly List<Action> held = [];
    private Action<LogEntry>? subscriber;

    internal LogFault Fault { get; set; }

    /// <summary>Whether announcements are lost.</summary>
    internal bool IsDeaf { get; set; }

    /// <summary>The epoch that signs of life are answered with, if not the true one.</summary>
    internal ulong? OtherEpoch { get; set; }

    internal List<LogTick> Ticks { get; } = [];

    internal int Leaves { get; private set; }

    internal List<LogEntryKind> Appends { get; } = [];

    internal int Reads { get; private set; }

    /// <summary>Lets the answers through.</summary>
    internal void Release() => held.ForEach(static answer => answer());

    /// <summary>Announces something that is in no log.</summary>
    internal void Announce(LogEntry entry) => subscriber!(entry);

    public IDisposable Subscribe(Action<LogEntry> announced)
    {
        subscriber = announced;
        return log.Subscribe(entry =>
        {
            if (!IsDeaf)
            {
                announced(entry);
            }
        });
    }

    public Task<LogJoined> JoinAsync(LogJoin request, CancellationToken cancellationToken) => Do(() => log.JoinAsync(request, cancellationToken));

    public Task<LogAppended> AppendAsync(LogAppend request, CancellationToken cancellationToken)
    {
        Appends.Add(request.Kind);
        return Fault == LogFault.FailsAppends ? Task.FromException<LogAppended>(new IOException("no way")) : Do(() => log.AppendAsync(request, cancellationToken));
    }

    public async Task<LogState> TickAsync(LogTick request, CancellationToken cancellationToken)
    {
        Ticks.Add(request);
        var state = await Do(() => log.TickAsync(request, cancellationToken));
        return OtherEpoch is { } epoch ? state with { Epoch = epoch } : state;
    }

    public Task<LogPage> ReadAsync(ulong node, HlcStamp after, int atMost, CancellationToken cancellationToken)
    {
        Reads++;
        return Fault == LogFault.FailsReads
            ? Task.FromException<LogPage>(new IOException("no way"))
            : Do(() => log.ReadAsync(node, after, atMost, cancellationToken));
    }

    public Task<LogState> LeaveAsync(ulong node, CancellationToken cancellationToken)
    {
        Leaves++;
        return Do(() => log.LeaveAsync(node, cancellationToken));
    }

    private Task<T> Do<T>(Func<Task<T>> operation)
    {
        switch (Fault)
        {
            case LogFault.Throws:
                throw new IOException("no way");
            case LogFault.Fails:
                return Task.FromException<T>(new IOException("no way"));
            case LogFault.Hangs:
                return new TaskCompletionSource<T>().Task;
            case LogFault.LosesAnswers:
                _ = operation();
                return new TaskCompletionSource<T>().Task;
            case LogFault.HoldsAnswers:
                var (done, answer) = (operation(), new TaskCompletionSource<T>());
                held.Add(() => answer.SetFromTask(done));
                return answer.Task;
            default:
                return operation();
        }
    }
}
