namespace ZooCache.EFCore.Dependencies;

/// <summary>Which columns of one table reference a query uses, to choose, sort or compute, and which it only shows.</summary>
internal sealed class ColumnUse
{
    /// <summary>The folded names of the columns that stand anywhere but in the outermost list of results.</summary>
    internal HashSet<string> Used { get; } = new(StringComparer.Ordinal);

    /// <summary>The folded names of the columns that stand as they are in the outermost list, with a place where each does.</summary>
    internal Dictionary<string, int> Shown { get; } = new(StringComparer.Ordinal);

    /// <summary>The column that puts the rows in order and isn't among <see cref="Used"/>; null if there is none.</summary>
    internal OrderUse? Order { get; set; }

    /// <summary>Whether rows of the reference may be missing from the result although they satisfy all conditions.</summary>
    internal bool IsLimited { get; set; }
}
