using FsCheck;
using FsCheck.Fluent;

namespace ZooCache.Core.Tests;

/// <summary>
/// Random bumps, pins and unpins against a model that remembers everything: a list of all bumps. The trie may be stricter
/// than the model when it has forgotten, never more lenient; when it has room for everything, it is exactly the model.
/// </summary>
public sealed class TagTrieModelTests
{
    private static readonly TagPath[] Paths =
    [
        TagPath.Root,
        .. from depth in Enumerable.Range(1, 3)
           from bits in Enumerable.Range(0, 1 << depth)
           select TagPath.Of([.. Enumerable.Range(0, depth).Select(i => (bits >> i & 1) == 0 ? "a" : "b")]),
    ];

    /// <summary>Evenly spread over kinds and paths (the default generator prefers numbers near zero), and shrinking.</summary>
    private static readonly Arbitrary<int[]> Operations =
        Arb.From(Gen.Choose(0, (5 * 15 * 2) - 1).ArrayOf(), ArbMap.Default.ArbFor<int[]>().Shrinker);

    [Fact]
    public void With_a_small_table_the_trie_is_never_more_lenient_than_the_model() =>
        Check(recentCapacity: 3, (trie, model) => !trie || model);

    [Fact]
    public void With_a_tiny_table_the_trie_is_never_more_lenient_than_the_model() =>
        Check(recentCapacity: 1, (trie, model) => !trie || model);

    [Fact]
    public void With_a_large_table_the_trie_is_the_model() =>
        Check(recentCapacity: 1000, (trie, model) => trie == model);

    private static void Check(int recentCapacity, Func<bool, bool, bool> agrees) =>
        Prop.ForAll(Operations, operations => Run(recentCapacity, operations, agrees))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(100));

    private static bool Run(int recentCapacity, int[] operations, Func<bool, bool, bool> agrees)
    {
        var trie = new TagTrie(recentCapacity);
        var bumps = new List<TagPath>();
        var pins = new List<(DependencyPath Path, Dependency[] Pinned)>();
        foreach (var operation in operations.Select(Math.Abs))
        {
            var path = new DependencyPath(Paths[operation / 5 % Paths.Length], operation % 2 == 0);
            switch (operation % 5)
            {
                case 0 or 1:
                    trie.Bump([path.Path]).ShouldBe(bumps.Count + 1);
                    bumps.Add(path.Path);
                    break;
                case 2:
                    pins.Add((path, trie.Pin(path)));
                    break;
                case 3 or 4 when pins.Count > 0:
                    trie.Unpin(pins[operation % pins.Count].Pinned);
                    pins.RemoveAt(operation % pins.Count);
                    break;
            }

            for (var fence = 0; fence <= bumps.Count; fence += 1 + (bumps.Count / 8))
            {
                if (!pins.TrueForAll(pin => agrees(TagTrie.IsValid(pin.Pinned, fence), Model(bumps, pin.Path, fence)))
                    || !Array.TrueForAll(Paths, tag => AgreesWithoutNode(trie, bumps, tag, fence, agrees)))
                {
                    return false;
                }
            }
        }

        foreach (var (_, pinned) in pins)
        {
            trie.Unpin(pinned);
        }

        return trie.NodeCount == 0;
    }

    private static bool AgreesWithoutNode(TagTrie trie, List<TagPath> bumps, TagPath tag, long fence, Func<bool, bool, bool> agrees) =>
        agrees(trie.IsValid(new DependencyPath(tag, Subtree: false), fence), Model(bumps, new DependencyPath(tag, Subtree: false), fence))
        && agrees(trie.IsValid(new DependencyPath(tag, Subtree: true), fence), Model(bumps, new DependencyPath(tag, Subtree: true), fence));

    /// <summary>Bump number n has sequence n + 1; those after the fence must be neither at a prefix nor, for a subtree, below.</summary>
    private static bool Model(List<TagPath> bumps, DependencyPath path, long fence) =>
        !bumps.Skip((int)fence).Any(bump => bump.IsPrefixOf(path.Path) || (path.Subtree && path.Path.IsPrefixOf(bump)));
}
