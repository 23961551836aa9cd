using ZooCache.RowSets;

namespace ZooCache.Core.Tests.Codec;

public sealed class RowComparisonTests
{
    [Fact]
    public void A_result_is_the_same_as_one_that_says_the_same()
    {
        var seed = Environment.TickCount;
        for (var i = 0; i < 300; i++)
        {
            var rows = GivenRowSets.Any(new Random(seed + i));
            var again = GivenRowSets.Any(new Random(seed + i));
            Compare(rows, again).Similarity.ShouldBe(RowSimilarity.Same, $"seed {seed + i}");
        }
    }

    [Fact]
    public void Rows_in_another_order_are_the_same_rows()
    {
        ValueKind[] kinds = [ValueKind.Int32, ValueKind.String, ValueKind.Guid, ValueKind.Unsupported];
        object?[] a = [1, "x", Guid.Empty, null], b = [1, null, Guid.Empty, null], c = [2, "x", null, null];
        Compare(GivenRowSets.Of(kinds, a, b, c, a), GivenRowSets.Of(kinds, c, a, a, b)).ShouldBe(new RowComparison(RowSimilarity.Reordered, null));

        // Each row has a counterpart of its own.
        Compare(GivenRowSets.Of(kinds, a, b, b), GivenRowSets.Of(kinds, b, a, a)).Similarity.ShouldBe(RowSimilarity.Different);
    }

    [Fact]
    public void What_differs_is_told_by_its_columns_where_each_row_has_a_counterpart()
    {
        ValueKind[] kinds = [ValueKind.Int32, ValueKind.String, ValueKind.Bytes, ValueKind.Decimal];
        object?[] a = [1, "x", new byte[] { 1 }, 1m], b = [2, "y", new byte[] { 2 }, 2m];
        var one = GivenRowSets.Of(kinds, a, b);
        Different(one, GivenRowSets.Of(kinds, [1, "z", new byte[] { 1 }, 1m], b)).ShouldBe([1]);
        Different(one, GivenRowSets.Of(kinds, [1, null, new byte[] { 1 }, 1m], b)).ShouldBe([1]);
        Different(one, GivenRowSets.Of(kinds, [1, "x", new byte[] { 3 }, 1m], [2, "y", new byte[] { 2 }, 3m])).ShouldBe([2, 3]);
        Different(one, GivenRowSets.Of(kinds, a)).ShouldBeNull();
        Different(one, GivenRowSets.Of(kinds)).ShouldBeNull();

        static IReadOnlyCollection<int>? Different(RowSet one, RowSet other)
        {
            var comparison = Compare(one, other);
            comparison.Similarity.ShouldBe(RowSimilarity.Different);
            return comparison.Columns;
        }
    }

    [Fact]
    public void Values_that_only_their_provider_knows_are_compared_as_far_as_they_can_be()
    {
        Of(new[] { 1, 2 }).With(new[] { 1, 2 }).ShouldBe(RowSimilarity.Same);
        Of(new[] { 1, 2 }).With(new[] { 1, 3 }).ShouldBe(RowSimilarity.Different);
        Of(new[] { 1, 2 }).With(new[] { 1 }).ShouldBe(RowSimilarity.Different);
        Of(new[,] { { 1, 2 } }).With(new[,] { { 1 }, { 2 } }).ShouldBe(RowSimilarity.Different);
        Of(new Version(1, 2)).With(new Version(1, 2)).ShouldBe(RowSimilarity.Same);
        Of(new Version(1, 2)).With(new Version(1, 3)).ShouldBe(RowSimilarity.Different);
        Of(new object()).With(new object()).ShouldBe(RowSimilarity.Unknown);
        Of(new[] { new object() }).With(new[] { new object() }).ShouldBe(RowSimilarity.Unknown);
        Of(1).With(1L).ShouldBe(RowSimilarity.Different);
        using var one = System.Text.Json.JsonDocument.Parse("{}");
        using var other = System.Text.Json.JsonDocument.Parse("{}");
        Of(one.RootElement).With(other.RootElement).ShouldBe(RowSimilarity.Unknown);
    }

    private static RowComparison Compare(RowSet one, RowSet other)
    {
        var there = RowComparison.Of(one, other);
        var back = RowComparison.Of(other, one);
        back.Similarity.ShouldBe(there.Similarity);
        return there;
    }

    private static One Of(object value) => new(value);

    private sealed record One(object Value)
    {
        internal RowSimilarity With(object other) => Compare(Rows(Value), Rows(other)).Similarity;

        private static RowSet Rows(object value)
        {
            var builder = new RowSetBuilder(new RowLayout([ValueKind.Other]));
            builder.BeginRow();
            builder.Set(0, value, 8);
            builder.CommitRow();
            return builder.Build();
        }
    }
}
