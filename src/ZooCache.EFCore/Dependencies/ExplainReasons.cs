namespace ZooCache.EFCore.Dependencies;

/// <summary>Why a table reference depends on its whole table.</summary>
internal static class ExplainReasons
{
    internal const string NoEquality = "no equality pins its rows to a value of a key, unique, foreign-key or indexed column";
    internal const string OuterJoin = "it stands where a RIGHT JOIN, or a join that isn't known, may put NULLs for it";
    internal const string Unbound = "a value is NULL where the row may be absent, can't be compared exactly, or there are more than 64";
    internal const string Declared = "it is declared: what is read of it isn't known";
    internal const string WholeTables = "z.WholeTables() is set";
    internal const string TooManyFamilies = "other queries anchor this table on too many sets of columns already";
}
