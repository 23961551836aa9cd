using System.Collections.Concurrent;

namespace ZooCache.EFCore.Dependencies;

/// <summary>The tags under which the tables of one database live: <c>ef / database / table / family / value</c>.</summary>
/// <remarks>The database's segment is a name that the user chose, else one constant: host aliases and poolers can't be told
/// apart safely, and merging only over-invalidates.</remarks>
internal sealed record EFPaths(string Name)
{
    internal const string Root = FeedPaths.Root;
    internal const string New = "new";

    // As many as models have tables and plans have families.
    private readonly ConcurrentDictionary<Family, TagPath> _families = [];
    private readonly ConcurrentDictionary<string, TagPath> _newRows = new(StringComparer.Ordinal);

    internal static EFPaths Default { get; } = new("db");

    /// <summary>The folded table that a path is of or in; null if it is of none.</summary>
    internal static string? TableOf(TagPath path) => path.Depth >= FeedPaths.TableDepth && path.Segments[0].Name == Root ? path.Segments[FeedPaths.TableDepth - 1].Name : null;

    internal TagPath Database { get; } = TagPath.Of(Root, Name);

    internal TagPath Table(string foldedTable) => Database.Append(foldedTable);

    internal TagPath Of(Family family) => _families.GetOrAdd(family, static (f, p) => p.Table(f.Table).Append(f.Segment), this);

    internal TagPath Of(Family family, ulong valueHash) => Of(family).Append(valueHash);

    /// <summary>What an insert with a store-generated key bumps before its key is known; look-ups that may have found
    /// nothing depend on it.</summary>
    internal TagPath NewRows(string foldedTable) => _newRows.GetOrAdd(foldedTable, static (t, p) => p.Table(t).Append(New), this);

    /// <summary>Compares the names.</summary>
    public bool Equals(EFPaths? other) => other is not null && other.Name == Name;

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);
}
