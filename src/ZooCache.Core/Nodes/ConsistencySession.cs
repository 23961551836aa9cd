namespace ZooCache;

/// <summary>
/// What one user does, on whatever nodes: within a session, every read shows what the session has written, and notes what it writes (session consistency: read your writes). Its
/// text goes with the user, such as in a cookie, and begins his next session, here or elsewhere. Thread-safe; a flow of control is in the innermost session that it has begun.
/// </summary>
/// <remarks>
/// A read waits up to <see cref="NodeOptions.TokenWait"/> for a write to be known here, and else is answered by the database. A session in strict mode, or of a cache without other nodes, costs
/// nothing and shows what it must.
/// </remarks>
public sealed class ConsistencySession : IDisposable
{
    private const char Separator = '~';

    /// <summary>So many nodes may have written at once while the log can't be reached; beyond them the oldest write is forgotten.</summary>
    private const int MostTokens = 8;

    private static readonly AsyncLocal<ConsistencySession?> Current = new();
    private static volatile bool anyBegun;

    private readonly ZooCache cache;
    private readonly ConsistencySession? outer;
    private readonly ConsistencyToken[] before;
    private readonly AmbientDemand.Entered entered;
    private readonly Lock gate = new();
    private Publication? newest;
    private bool isOver;

    internal ConsistencySession(ZooCache cache, string? text)
    {
        this.cache = cache;
        outer = Current.Value;
        before = Read(text);
        anyBegun = true;
        Current.Value = this;
        entered = AmbientDemand.Enter(cache, ReadDemand.Of(cache, refresh: false, CacheConsistency.Eventual, before));
    }

    /// <summary>Whether something was written in it of which other nodes are told, so that its text is another one than it began with.</summary>
    public bool HasWritten
    {
        get
        {
            lock (gate)
            {
                return newest is not null;
            }
        }
    }

    /// <summary>Notes what is written in the current flow.</summary>
    internal static void Wrote(CacheNode node, Publication publication)
    {
        for (var session = anyBegun ? Current.Value : null; session is not null; session = session.outer)
        {
            session.Note(node, publication);
        }
    }

    /// <summary>What begins the user's next session: what this one began with, and what was written in it. Letters, digits, dots and tildes, 288 characters or fewer.</summary>
    /// <returns>The text; empty if there is nothing to be shown.</returns>
    public override string ToString()
    {
        Publication? written;
        lock (gate)
        {
            written = newest;
        }

        var tokens = written is null ? before : [.. before, cache.Node!.TokenOf(written)];
        return string.Join(Separator, tokens.Where((token, i) => !tokens.Skip(i + 1).Any(later => Covers(later, token))).TakeLast(MostTokens));
    }

    /// <summary>Ends the session. To be called in the method that has begun it.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (isOver)
            {
                return;
            }

            isOver = true;
        }

        entered.Dispose();
        Current.Value = outer;
    }

    private static ConsistencyToken[] Read(string? text)
    {
        var tokens = new List<ConsistencyToken>();
        foreach (var part in text is { Length: <= MostTokens * 36 } ? text.Split(Separator) : [])
        {
            if (ConsistencyToken.TryParse(part, out var token))
            {
                tokens.Add(token);
            }
        }

        return [.. tokens];
    }

    private static bool Covers(ConsistencyToken later, ConsistencyToken token)
        => later.Equals(token)
            || (later.IsStamped && token.IsStamped && later.Epoch == token.Epoch && later.Stamp >= token.Stamp)
            || (!later.IsStamped && !token.IsStamped && later.Node == token.Node && later.Number >= token.Number);

    private void Note(CacheNode node, Publication publication)
    {
        lock (gate)
        {
            if (node == cache.Node && !isOver && publication.Number > (newest?.Number ?? 0))
            {
                newest = publication;
            }
        }
    }
}
