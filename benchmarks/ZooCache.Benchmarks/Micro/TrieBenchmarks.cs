using BenchmarkDotNet.Attributes;

namespace ZooCache.Benchmarks.Micro;

/// <summary>The trie with many live tags, as the values of one key family: what a fill, a write and a hit ask of it.</summary>
[MemoryDiagnoser]
public class TrieBenchmarks
{
    private readonly TagTrie trie = new();
    private readonly Dependency[] pinned = new Dependency[1];
    private TagPath family = TagPath.Root;
    private DependencyPath[] used = [];
    private TagPath[] row = [];
    private TagPath[] unusedRow = [];
    private Dependency[] dependencies = [];

    [Params(1_000, 100_000)]
    public int Nodes { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        family = TagPath.Of("ef", "db", "ITEMS", "ID");
        for (var i = 0; i < Nodes; i++)
        {
            trie.Pin([new DependencyPath(family.Append((ulong)i), Subtree: false)], pinned);
        }

        dependencies = [.. pinned];
        used = [new DependencyPath(family.Append((ulong)Nodes), Subtree: false)];
        row = [family.Append((ulong)(Nodes / 2))];
        unusedRow = [family.Append(ulong.MaxValue)];
    }

    [Benchmark]
    public void PinAndUnpin()
    {
        trie.Pin(used, pinned);
        trie.Unpin(pinned);
    }

    [Benchmark]
    public long BumpARowInUse() => trie.Bump(row);

    [Benchmark]
    public long BumpARowThatNobodyUses() => trie.Bump(unusedRow);

    [Benchmark]
    public bool Validate() => TagTrie.IsValid(dependencies, long.MaxValue);

    [Benchmark]
    public TagPath MakeAPath() => family.Append(42UL);
}
