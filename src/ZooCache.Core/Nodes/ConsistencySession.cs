using System.Globalization;

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

    /// <summary>After a token that the log doesn't know yet: since when it is known, in seconds since 1970.</summary>
    private const char Since = '-';
    private const int LongestPart = 54;

    /// <summary>So many nodes may have written at once while the log can't be reached; beyond them the oldest write is forgotten.</summary>
    private const int MostTokens = 8;

    private static readonly AsyncLocal<ConsistencySession?> Current = new();
    private static volatile bool anyBegun;

    private readonly ZooCache cache;
    private readonly ConsistencySession? outer;
    private readonly (ConsistencyToken Token, long Since)[] before;
    private readonly AmbientDemand.Entered entered;
    private readonly Lock gate = new();
    private Publication? newest;
    private bool isOver;

    internal ConsistencySession(ZooCache cache, string? text)
    {
        this.cache = cache;
        outer = Current.Value;
        before = [.. Read(text)];
        anyBegun = true;
        Current.Value = this;
        entered = AmbientDemand.Enter(cache, ReadDemand.Of(cache, refresh: false, CacheConsistency.Eventual, [.. before.Select(static b => b.Token)]));
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

    /// <summary>What begins the user's next session: what this one began with, and what was written in it. Letters, digits, dots, hyphens and tildes, 432 characters or fewer.</summary>
    /// <returns>The text; empty if there is nothing to be shown.</returns>
    public override string ToString()
    {
        Publication? written;
        lock (gate)
        {
            written = newest;
        }

        var tokens = written is null ? before : [.. before, (cache.Node!.TokenOf(written), Now)];
        return string.Join(Separator, tokens.Where((one, i) => !tokens.Skip(i + 1).Any(later => Covers(later.Token, one.Token))).TakeLast(MostTokens).Select(Write));
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
        if (Current.Value == this)
        {
            Current.Value = outer;
        }
    }

    private long Now => cache.Options.TimeProvider.GetUtcNow().ToUnixTimeSeconds();

    private IEnumerable<(ConsistencyToken Token, long Since)> Read(string? text)
    {
        var longest = cache.Options.Nodes.LeaseTime + cache.Options.Nodes.MaxStaleness + cache.Options.Nodes.MaxClockSkew;
        foreach (var part in text is { Length: <= MostTokens * LongestPart } ? text.Split(Separator) : [])
        {
            var (name, time) = part.Split(Since) is [var first, var second] ? (first, second) : (part, null);
            var since = time is not null && long.TryParse(time, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var read) ? read : Now;

            // By then every node knows, or has dropped all that it has: the node that has written may have died with what it had to tell.
            if (ConsistencyToken.TryParse(name, out var token) && (token.IsStamped || Math.Abs((double)Now - since) <= longest.TotalSeconds))
            {
                yield return (token, since);
            }
        }
    }

    private static string Write((ConsistencyToken Token, long Since) one)
        => one.Token.IsStamped ? one.Token.ToString() : string.Create(CultureInfo.InvariantCulture, $"{one.Token}{Since}{one.Since:x}");

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
