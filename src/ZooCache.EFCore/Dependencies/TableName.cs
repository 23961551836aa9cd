namespace ZooCache.EFCore.Dependencies;

/// <summary>
/// How a table is named in dependencies: its name without schema, case-folded. Two tables that share a name in two
/// schemas, or that differ in case only, are taken for one, which can only invalidate more than needed,
/// as long as nothing is concluded from a row of the one for the other.
/// </summary>
internal static class TableName
{
    internal static string Fold(string name) => name.ToUpperInvariant();
}
