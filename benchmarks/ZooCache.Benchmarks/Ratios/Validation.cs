namespace ZooCache.Benchmarks.Ratios;

/// <summary>
/// Answers that depend on sixteen rows of sixteen tables, in a cache of their own, and a write elsewhere before each time that
/// they are validated: so all their dependencies are walked, which the short cut (nothing was written at all) would spare.
/// </summary>
internal static class Validation
{
    private const int Dependencies = 16;
    private const int Answers = 64;

    private static readonly ZooCache Cache = new();
    private static readonly TagPath[] Elsewhere = [TagPath.Of("ef", "db", "ELSEWHERE")];
    private static readonly CacheEntry[] Entries = [.. Enumerable.Range(0, Answers).Select(Load)];

    /// <summary>Validates one answer. Numbers are to come in order: one write is enough for all answers.</summary>
    public static object Walk(int n)
    {
        var at = n % Answers;
        if (at == 0)
        {
            Cache.Trie.Bump(Elsewhere);
        }

        var entry = Entries[at];
        return entry.IsValid(Cache.Trie) ? entry : throw new InvalidOperationException("A write elsewhere has made an answer invalid.");
    }

    private static CacheEntry Load(int answer)
    {
        var depended = Enumerable.Range(0, Dependencies).Select(i =>
            new DependencyPath(TagPath.Of("ef", "db", $"TABLE{i}", "ID").Append((ulong)answer), Subtree: false)).ToArray();
        using var fill = Cache.BeginFill(new CacheKey(BitConverter.GetBytes(answer)), depended);
        Cache.Store(fill, new object(), size: 100, default, out var entry);
        return entry!;
    }
}
