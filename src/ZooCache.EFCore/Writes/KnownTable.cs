namespace ZooCache.EFCore.Writes;

/// <summary>What models say of a table, or a view. It only grows. Not thread-safe.</summary>
/// <param name="folded">The folded name.</param>
internal sealed class KnownTable(string folded)
{
    internal string Folded => folded;

    internal required string Name { get; set; }

    /// <summary>The names in full that models map tables by.</summary>
    internal HashSet<(string? Schema, string Name)> Names { get; } = [];

    /// <summary>The folded schemas that models map a table of this name in; empty for none. No element: no table.</summary>
    internal HashSet<string> Schemas { get; } = new(StringComparer.Ordinal);

    /// <summary>The columns' names by their folded ones.</summary>
    internal Dictionary<string, string> Columns { get; } = new(StringComparer.Ordinal);

    internal bool IsView { get; set; }

    internal bool HasTriggers { get; set; }

    internal HashSet<string>? WrittenByTriggers { get; set; }

    /// <summary>The tables that a write to a view of this name goes to.</summary>
    internal HashSet<string>? Behind { get; set; }

    internal HashSet<Cascade> Cascades { get; } = [];

    /// <summary>The columns that the store changes by itself when a row is updated.</summary>
    internal HashSet<string> Moving { get; } = new(StringComparer.Ordinal);

    internal HashSet<string> ReferencedBy { get; } = new(StringComparer.Ordinal);

    internal HashSet<string> ReferencedColumns { get; } = new(StringComparer.Ordinal);

    /// <summary>How much is known: it grows with whatever is learnt.</summary>
    internal int Extent
        => Names.Count + Schemas.Count + Columns.Count + Cascades.Count + Moving.Count + ReferencedBy.Count + ReferencedColumns.Count
            + (IsView ? 1 : 0) + (HasTriggers ? 1 : 0) + (WrittenByTriggers?.Count + 1 ?? 0) + (Behind?.Count + 1 ?? 0);

    /// <summary>Takes in what others say of it.</summary>
    internal void Add(KnownTable other)
    {
        Names.UnionWith(other.Names);
        Schemas.UnionWith(other.Schemas);
        foreach (var (folded, name) in other.Columns)
        {
            Columns.TryAdd(folded, name);
        }

        IsView |= other.IsView;
        HasTriggers |= other.HasTriggers;
        WrittenByTriggers = Union(WrittenByTriggers, other.WrittenByTriggers);
        Behind = Union(Behind, other.Behind);
        Cascades.UnionWith(other.Cascades);
        Moving.UnionWith(other.Moving);
        ReferencedBy.UnionWith(other.ReferencedBy);
        ReferencedColumns.UnionWith(other.ReferencedColumns);
    }

    private static HashSet<string>? Union(HashSet<string>? one, HashSet<string>? other)
    {
        if (other is not null)
        {
            (one ??= new HashSet<string>(StringComparer.Ordinal)).UnionWith(other);
        }

        return one;
    }
}
