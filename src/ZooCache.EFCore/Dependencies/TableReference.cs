namespace ZooCache.EFCore.Dependencies;

/// <summary>One table reference of a query: depends on the rows with certain values, or on the whole table.</summary>
/// <param name="Table">The folded table name.</param>
/// <param name="Anchors">Any of these is enough; the first that can be bound in an execution is taken, else the table.</param>
/// <param name="Reason">Why there is no anchor; null if there is.</param>
internal sealed record TableReference(string Table, ValueList<Anchor> Anchors, string? Reason)
{
    /// <summary>The primary key of which each row of the result has a row of this reference, if there is one value for it: where a
    /// row came, no insert can make another with that key. Null otherwise.</summary>
    internal Family? RequiredKey { get; init; }

    /// <summary>What the reference depends on where that is less, because what it uses and what it only shows are told apart. Null otherwise.</summary>
    internal UsedAndShown? ByUse { get; init; }
}
