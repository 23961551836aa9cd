namespace ZooCache.Benchmarks.Bumps;

/// <summary>What is invalidated.</summary>
/// <param name="Name">It stands in the JSON.</param>
/// <param name="What">For people.</param>
/// <param name="PathsOf">The tags of one bump, for a number below the count of entries.</param>
internal sealed record BumpTarget(string Name, string What, Func<int, TagPath[]> PathsOf)
{
    private static readonly TagPath Database = TagPath.Of("ef", "db");
    private static readonly TagPath Keys = Database.Append("ORDERS").Append("ID");
    private static readonly TagPath ForeignKeys = Database.Append("ORDERS").Append("CUSTOMERID");
    private static readonly TagPath Lines = Database.Append("LINES").Append("ORDERID");

    public const int OrdersPerCustomer = 2;

    public static IReadOnlyList<BumpTarget> All { get; } =
    [
        new("row", "a row that one entry depends on", static n => [KeyOf(n)]),
        new("order", "an order that changes hands: its key, its old customer and its new one", static n => [KeyOf(n), CustomerOf(n), CustomerOf(n / 2)]),
        new("unused", "a row that nothing depends on", static n => [Keys.Append(ulong.MaxValue - (ulong)n)]),
        new("family", "a family, and so all that depends on a value of it", static _ => [ForeignKeys]),
        new("table", "a table, and so all entries", static _ => [Database.Append("ORDERS")]),
    ];

    /// <summary>What an entry depends on: an order by its key, the orders of its customer, its lines.</summary>
    public static DependencyPath[] DependenciesOf(int n) =>
    [
        new(KeyOf(n), Subtree: false),
        new(CustomerOf(n), Subtree: false),
        new(Lines.Append((ulong)n), Subtree: false),
    ];

    private static TagPath KeyOf(int order) => Keys.Append((ulong)order);

    private static TagPath CustomerOf(int order) => ForeignKeys.Append((ulong)(order / OrdersPerCustomer));
}
