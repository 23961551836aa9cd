using ZooCache.RowSets;

namespace ZooCache.EFCore.Queries.Replays;

/// <summary>The answer to a query of several commands: what each of them brought, by its number; null for one that wasn't
/// needed. Immutable.</summary>
internal sealed class RecordedCommands
{
    private readonly RowSet?[] _rows;

    internal RecordedCommands(IEnumerable<RowSet?> rows)
    {
        _rows = [.. rows];
        Size = _rows.Sum(r => r?.Size ?? 0) + (8L * _rows.Length) + 40;
    }

    /// <summary>Bytes that the answer keeps alive.</summary>
    internal long Size { get; }

    internal int RowCount => _rows.Sum(r => r?.RowCount ?? 0);

    internal RowSet? this[int number] => _rows[number];
}
