namespace ZooCache;

/// <summary>In this process's memory.</summary>
internal sealed class MemoryLogStorage : ILogStorage
{
    private readonly LinkedList<LogEntry> entries = new();
    private readonly Dictionary<(ulong Node, ulong Write), LogEntry> marks = [];
    private readonly List<ReadOnlyMemory<byte>> facts = [];
    private readonly HashSet<string> knownFacts = [];

    internal MemoryLogStorage()
    {
    }

    /// <summary>A copy.</summary>
    internal MemoryLogStorage(MemoryLogStorage other)
    {
        foreach (var entry in other.entries)
        {
            entries.AddLast(entry);
        }

        foreach (var (key, mark) in other.marks)
        {
            marks[key] = mark;
        }

        facts.AddRange(other.facts);
        knownFacts.UnionWith(other.knownFacts);
    }

    public void Add(LogEntry entry, int capacity)
    {
        entries.AddLast(entry);
        if (entries.Count > capacity)
        {
            entries.RemoveFirst();
        }
    }

    public IReadOnlyList<LogEntry> Read(HlcStamp after, int atMost) => [.. entries.SkipWhile(e => e.Stamp <= after).Take(atMost)];

    public void SetMark(LogEntry mark) => marks[(mark.Node, mark.Write)] = mark;

    public void RemoveMark(ulong node, ulong write) => marks.Remove((node, write));

    public IEnumerable<LogEntry> Marks() => marks.Values;

    public bool TryAddFact(ReadOnlyMemory<byte> fact)
    {
        if (!knownFacts.Add(Convert.ToHexString(fact.Span)))
        {
            return false;
        }

        facts.Add(fact);
        return true;
    }

    public IReadOnlyList<ReadOnlyMemory<byte>> Facts() => [.. facts];

    public void Clear()
    {
        entries.Clear();
        marks.Clear();
        facts.Clear();
        knownFacts.Clear();
    }
}
