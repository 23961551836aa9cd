using static ZooCache.Core.Tests.Given;

namespace ZooCache.Core.Tests;

public sealed class BumpCostTests
{
    /// <summary>Root, ef, db, table, family, value.</summary>
    private const int RowPath = 6;

    private static readonly (string Tag, int Visits)[] Bumps =
    [
        ("ef:db:ORDERS:ID:7", RowPath),
        ("ef:db:ORDERS:CUSTOMERID:7", RowPath),
        ("ef:db:ORDERS:ID:unused", RowPath),
        ("ef:db:ORDERS:CUSTOMERID", RowPath - 1),
        ("ef:db:ORDERS", RowPath - 2),
        ("ef:db:UNUSED", RowPath - 2),
    ];

    [Theory]
    [InlineData(1_000)]
    [InlineData(100_000)]
    public void A_bump_visits_its_path_alone_however_many_entries_live(int entries)
    {
        using var cache = Cache(configure: o => o.ByteBudget = 1L << 30);
        for (var i = 0; i < entries; i++)
        {
            cache.Load($"{i}", i, Exact($"ef:db:ORDERS:ID:{i}"), Exact($"ef:db:ORDERS:CUSTOMERID:{i / 10}"), Exact($"ef:db:LINES:ORDERID:{i}"));
        }

        cache.GetStatistics().Entries.ShouldBe(entries);
        foreach (var (tag, expected) in Bumps)
        {
            var visits = 0;
            cache.Trie.VisitProbe = () => visits++;
            cache.Trie.Bump(tag);

            // Turned red by visiting the children of the node in TagTrie.Write.
            visits.ShouldBe(expected, tag);
        }
    }
}
