namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>A form with the seed of its parameters. The seed also fixes the tenant and how results are tracked.</summary>
internal sealed record QueryInstance(QueryForm Form, int Seed)
{
    internal int Tenant => 1 + (Seed % 2);

    public override string ToString() => $"'{Form.Name}' with parameters {Seed}";
}

/// <summary>Every form with a few parameters.</summary>
internal static class QueryPool
{
    internal const int SeedsPerForm = 6;

    internal static IReadOnlyList<QueryForm> Forms { get; } =
        [.. new LookupForms().Forms, .. new ConditionForms().Forms, .. new ShapeForms().Forms];

    internal static IReadOnlyList<QueryInstance> All { get; } =
        [.. Forms.SelectMany(form => Enumerable.Range(0, SeedsPerForm).Select(seed => new QueryInstance(form, seed)))];

    /// <summary>Some that read one of the tables, and some of all.</summary>
    internal static IEnumerable<QueryInstance> Sample(Random random, IReadOnlySet<string> tables, int touched, int any)
    {
        var concerned = All.Where(i => i.Form.Tables.Any(tables.Contains)).ToList();
        for (var i = 0; i < touched && concerned.Count > 0; i++)
        {
            yield return concerned[random.Next(concerned.Count)];
        }

        for (var i = 0; i < any; i++)
        {
            yield return All[random.Next(All.Count)];
        }
    }
}
