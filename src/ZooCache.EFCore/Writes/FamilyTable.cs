using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Origins;

namespace ZooCache.EFCore.Writes;

/// <summary>A family with its tag.</summary>
internal sealed record KnownFamily(Family Family, TagPath Path);

/// <summary>
/// The families of one database's tables, in the order in which they became known. Reading takes no lock; adding is the
/// caller's to serialise.
/// </summary>
internal sealed class FamilyTable(EFPaths paths)
{
    private volatile Dictionary<string, Families> _tables = new(StringComparer.Ordinal);
    private volatile OriginColumn[] _ordered = [];

    /// <summary>The columns by which answers put rows in order.</summary>
    internal IReadOnlyList<OriginColumn> Ordered => _ordered;

    internal IReadOnlyList<KnownFamily> Of(string table) => _tables.TryGetValue(table, out var families) ? families.All : [];

    internal bool HasColumn(string table, string column) => _tables.TryGetValue(table, out var families) && families.Columns.Contains(column);

    /// <summary>False if the family is known, or the table has its share of such families: those that tell used columns have one of their own, and so have witnesses.</summary>
    internal bool TryAdd(Family family, int maximum)
    {
        var known = _tables.GetValueOrDefault(family.Table) ?? new Families([], []);
        if (known.All.Count(f => ShareOf(f.Family) == ShareOf(family)) >= maximum || known.All.Any(f => f.Family == family))
        {
            return false;
        }

        _tables = new Dictionary<string, Families>(_tables, StringComparer.Ordinal)
        {
            [family.Table] = new Families(
                [.. known.All, new KnownFamily(family, paths.Of(family))],
                [.. known.Columns, .. family.Columns.Select(c => c.Name), .. family.Role == FamilyRole.Order ? family.Used! : Enumerable.Empty<string>()]),
        };
        if (family.Role == FamilyRole.Order)
        {
            _ordered = [.. _ordered.Union(family.Used!.Select(c => new OriginColumn(family.Table, c, StoreKind.Integer)))];
        }

        return true;
    }

    private static (bool TellsUsed, FamilyRole Role) ShareOf(Family family) => (family.Used is not null, family.Role);

    private sealed record Families(List<KnownFamily> All, HashSet<string> Columns);
}
