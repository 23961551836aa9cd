namespace ZooCache.EFCore.Dependencies;

/// <summary>One table reference of a query: depends on the rows with certain values, or on the whole table.</summary>
/// <param name="Table">The folded table name.</param>
/// <param name="Anchors">Any of these is enough; the first that can be bound in an execution is taken, else the table.</param>
/// <param name="Reason">Why there is no anchor; null if there is.</param>
internal sealed record TableReference(string Table, ValueList<Anchor> Anchors, string? Reason);
