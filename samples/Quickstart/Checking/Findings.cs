using Quickstart.Load;

namespace Quickstart.Checking;

/// <summary>What the checks of all workers have come to.</summary>
internal sealed class Findings
{
    private const int ExamplesKept = 3;

    private readonly List<string> examples = [];
    private readonly Lock sync = new();
    private long frozen;
    private long snapshot;
    private long stale;
    private long undecided;

    /// <summary>Hits compared while no write ran.</summary>
    public long Frozen => Interlocked.Read(ref frozen);

    /// <summary>Hits compared with a snapshot, while writes ran.</summary>
    public long Snapshot => Interlocked.Read(ref snapshot);

    /// <summary>Hits whose check was conclusive.</summary>
    public long Checked => Frozen + Snapshot;

    public long Stale => Interlocked.Read(ref stale);

    /// <summary>Hits that a write running at the same time may explain, and may not: not counted as checked.</summary>
    public long Undecided => Interlocked.Read(ref undecided);

    public IReadOnlyList<string> Examples
    {
        get
        {
            lock (sync)
            {
                return [.. examples];
            }
        }
    }

    public void AddFrozen() => Interlocked.Increment(ref frozen);

    public void AddSnapshot() => Interlocked.Increment(ref snapshot);

    public void AddUndecided() => Interlocked.Increment(ref undecided);

    public void AddStale(Question question, string how, Answer hit, Answer truth)
    {
        Interlocked.Increment(ref stale);
        lock (sync)
        {
            if (examples.Count < ExamplesKept)
            {
                examples.Add($"{question}, {how}:\n  hit      {Difference(hit.Text, truth.Text)}\n  database {Difference(truth.Text, hit.Text)}");
            }
        }
    }

    private static string Difference(string text, string other)
    {
        const int around = 60;
        var at = text.AsSpan().CommonPrefixLength(other);
        var from = Math.Max(0, at - around);
        var part = text[from..Math.Min(text.Length, at + around)].ReplaceLineEndings(" ");
        return $"{(from > 0 ? "…" : "")}{part}{(at + around < text.Length ? "…" : "")}";
    }
}
