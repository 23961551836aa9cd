using ZooCache.EFCore.Dependencies;

namespace ZooCache.EFCore.Writes;

/// <summary>The tags that a write bumps, and, for those who are told, in which tables. Used by one thread.</summary>
internal sealed class WriteTags(EFPaths paths, bool describes = false)
{
    private readonly Dictionary<string, bool>? _tables = describes ? new(StringComparer.Ordinal) : null;

    internal List<TagPath> Paths { get; } = [];

    internal bool IsDatabase { get; private set; }

    /// <summary>The folded names of the tables, and whether each is invalidated as a whole; none where nobody is told.</summary>
    internal IReadOnlyDictionary<string, bool> Tables => _tables ?? [];

    internal void AddDatabase()
    {
        Paths.Add(paths.Database);
        IsDatabase = true;
    }

    internal void AddTable(string table)
    {
        Paths.Add(paths.Table(table));
        Describe(table, isWhole: true);
    }

    internal void AddNewRows(string table)
    {
        Paths.Add(paths.NewRows(table));
        Describe(table, isWhole: false);
    }

    /// <summary>Adds the rows with this value, or all values of the family where it isn't proven.</summary>
    internal void Add(KnownFamily family, ulong? value)
    {
        Paths.Add(value is { } hash ? family.Path.Append(hash) : family.Path);
        Describe(family.Family.Table, isWhole: false);
    }

    /// <summary>Adds the parts of an order that a row crosses, of those with this value.</summary>
    internal void Add(KnownFamily family, ulong value, ValueInterval move)
    {
        Paths.AddRange(move.Crossed(family.Path.Append(value)));
        Describe(family.Family.Table, isWhole: false);
    }

    private void Describe(string table, bool isWhole)
    {
        if (_tables is not null)
        {
            _tables[table] = isWhole || _tables.GetValueOrDefault(table);
        }
    }
}
