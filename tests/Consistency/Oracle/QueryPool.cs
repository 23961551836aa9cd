using Microsoft.EntityFrameworkCore;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>A form with the seed of its parameters. The seed also fixes the tenant.</summary>
internal sealed record QueryInstance(QueryForm Form, int Seed)
{
    internal int Tenant => 1 + (Seed % 2);

    public override string ToString() => $"'{Form.Name}' with parameters {Seed}";
}

/// <summary>Every form with a few parameters.</summary>
internal static class QueryPool
{
    private const int SeedsPerForm = 3;
    private const int Stretches = 31;

    internal static IReadOnlyList<QueryForm> Forms { get; } =
    [
        .. new LookupForms().Forms.Concat(new ConditionForms().Forms).Concat(new ShapeForms().Forms).Concat(new HoldingForms().Forms).Concat(new LoadForms().Forms)
            .Select((form, i) => form with { Tracking = (QueryTrackingBehavior)(i % 3) }),
    ];

    internal static IReadOnlyList<QueryInstance> All { get; } =
        [.. Forms.SelectMany(form => Enumerable.Range(0, SeedsPerForm).Select(seed => new QueryInstance(form, seed)))];

    /// <summary>
    /// The queries that are asked in one stretch of a program: few enough that each is asked again while its entry may
    /// still stand, which is when it can be stale.
    /// </summary>
    internal static List<QueryInstance> Hot(int stretch)
        => [.. All.Where((_, i) => ((i * 7) + (i / Stretches)) % Stretches == (uint)stretch % Stretches)];

    /// <summary>Some that read one of the tables, and some of all.</summary>
    internal static IEnumerable<QueryInstance> Sample(
        List<QueryInstance> from, Random random, IReadOnlySet<string> tables, int touched, int any)
    {
        var concerned = from.FindAll(i => i.Form.Tables.Any(tables.Contains));
        for (var i = 0; i < touched && concerned.Count > 0; i++)
        {
            yield return concerned[random.Next(concerned.Count)];
        }

        for (var i = 0; i < any; i++)
        {
            yield return from[random.Next(from.Count)];
        }
    }
}
