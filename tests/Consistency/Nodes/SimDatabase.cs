using System.Globalization;

namespace ZooCache.Consistency.Tests.Nodes;

/// <summary>A question: the row of a key, or the rows of a group.</summary>
internal readonly record struct SimQuery(bool ByKey, int Value)
{
    internal static IReadOnlyList<SimQuery> All { get; } =
    [
        .. Enumerable.Range(1, SimDatabase.Rows).Select(i => new SimQuery(true, i)), .. Enumerable.Range(0, SimDatabase.Groups).Select(g => new SimQuery(false, g)),
    ];
}

/// <summary>A write, as the outside sees it.</summary>
internal sealed class SimWrite(SimNode node, int key)
{
    internal int Key => key;

    internal SimNode Writer => node;

    internal ulong Node => node.Node.Id;

    internal long? Committed { get; set; }

    /// <summary>Whether its writer had ever been a member when it committed: of others nobody can know.</summary>
    internal bool IsOfMember { get; set; }

    internal long? Returned { get; set; }

    /// <summary>When its writer, after the commit, first stopped to do anything.</summary>
    internal long? Stopped { get; set; }

    /// <summary>What the other nodes were told.</summary>
    internal Publication? Publication { get; set; }

    /// <summary>Its name, by what is known of it now; null until it is told.</summary>
    internal ConsistencyToken? Token => Publication is null ? null : node.Node.TokenOf(Publication);

    /// <summary>From when on everybody must know, but for the time that the promise allows.</summary>
    internal long? Told => (Returned, Stopped) is (null, null) ? null : Math.Min(Returned ?? long.MaxValue, Stopped ?? long.MaxValue);
}

/// <summary>The database: one state at a time, and which states its rows have had.</summary>
internal sealed class SimDatabase
{
    internal const int Rows = 3;
    internal const int Groups = 3;

    private readonly List<(int Group, SimWrite? Made)>[] _rows = [.. Enumerable.Range(0, Rows).Select(i => new List<(int, SimWrite?)> { (i % Groups, null) })];

    internal int GroupOf(int key) => _rows[key - 1][^1].Group;

    /// <summary>What it answers now: for each row its version if the row is in the answer, else nothing.</summary>
    internal SimAnswer Ask(SimQuery query)
        => new([.. Enumerable.Range(1, Rows).Select(k => (query.ByKey ? k == query.Value : GroupOf(k) == query.Value) ? _rows[k - 1].Count - 1 : (int?)null)]);

    internal void Commit(int group, SimWrite write, long now)
    {
        (write.Committed, write.IsOfMember) = (now, write.Writer.Node.Position.Epoch != 0);
        _rows[write.Key - 1].Add((group, write));
    }

    /// <summary>
    /// The writes that concern a query and that an answer doesn't show; each with the one that must be known besides for the answer to be known to
    /// be wrong: what a write says of where a row has come from may be wrong as long as the write that brought it there isn't known. Null if
    /// the write itself says enough.
    /// </summary>
    internal IEnumerable<(SimWrite Write, SimWrite? Cause)> NotIn(SimQuery query, SimAnswer answer)
    {
        for (var key = 1; key <= Rows; key++)
        {
            var states = _rows[key - 1];
            var newest = answer.Versions[key - 1]
                ?? states.FindLastIndex(s => query.ByKey ? key != query.Value : s.Group != query.Value);
            for (var i = newest + 1; i < states.Count; i++)
            {
                if (query.ByKey || states[i - 1].Group == query.Value || states[i].Group == query.Value)
                {
                    yield return (states[i].Made!, query.ByKey || states[i].Group == query.Value ? null : states[i - 1].Made);
                }
            }
        }
    }
}

/// <summary>What a query was answered: for each row its version, or nothing.</summary>
internal sealed record SimAnswer(IReadOnlyList<int?> Versions)
{
    public bool Equals(SimAnswer? other) => other is not null && Versions.SequenceEqual(other.Versions);

    public override int GetHashCode() => Versions.Count;

    public override string ToString()
        => string.Join(' ', Versions.Select((v, i) => v is null ? null : string.Create(CultureInfo.InvariantCulture, $"{i + 1}v{v}")).Where(t => t is not null));
}
