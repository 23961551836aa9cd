namespace ZooCache.Benchmarks.Bumps;

/// <summary>What is invalidated.</summary>
/// <param name="Name">It stands in the JSON.</param>
/// <param name="What">For people.</param>
/// <param name="PathOf">The tag for a number below the count of entries.</param>
internal sealed record BumpTarget(string Name, string What, Func<int, TagPath> PathOf)
{
    private static readonly TagPath Database = TagPath.Of("ef", "db");
    private static readonly TagPath Keys = Database.Append("ORDERS").Append("ID");
    private static readonly TagPath ForeignKeys = Database.Append("ORDERS").Append("CUSTOMERID");
    private static readonly TagPath Lines = Database.Append("LINES").Append("ORDERID");

    public const int OrdersPerCustomer = 2;

    public static IReadOnlyList<BumpTarget> All { get; } =
    [
        new("row", "a row that one entry depends on", static n => Keys.Append((ulong)n)),
        new("foreign-key", "a value that two entries depend on", static n => ForeignKeys.Append((ulong)(n / OrdersPerCustomer))),
        new("unused", "a row that nothing depends on", static n => Keys.Append(ulong.MaxValue - (ulong)n)),
        new("family", "a family, and so all that depends on a value of it", static _ => ForeignKeys),
        new("table", "a table, and so all entries", static _ => Database.Append("ORDERS")),
    ];

    /// <summary>What an entry depends on: an order by its key, the orders of its customer, its lines.</summary>
    public static DependencyPath[] DependenciesOf(int n) =>
    [
        new(Keys.Append((ulong)n), Subtree: false),
        new(ForeignKeys.Append((ulong)(n / OrdersPerCustomer)), Subtree: false),
        new(Lines.Append((ulong)n), Subtree: false),
    ];
}
