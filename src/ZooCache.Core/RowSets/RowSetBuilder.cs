namespace ZooCache.RowSets;

/// <summary>
/// Collects rows into a <see cref="RowSet"/>. A row is begun, its columns are set, and it counts once it is committed;
/// a row that was begun and not committed is not part of the result. Not safe for concurrent use.
/// </summary>
internal sealed class RowSetBuilder(RowLayout layout)
{
    private ulong[] _words = [];
    private object?[] _references = [];
    private ulong[]? _nulls;
    private int _rowCount;
    private long _referencedBytes;

    internal int RowCount => _rowCount;

    /// <summary>Bytes that the rows committed so far will keep alive.</summary>
    internal long Size
        => (8L * _rowCount * (layout.WordsPerRow + layout.ReferencesPerRow + (_nulls is null ? 0 : layout.NullWordsPerRow))) + _referencedBytes;

    internal void BeginRow()
    {
        Grow(ref _words, (_rowCount + 1) * layout.WordsPerRow);
        Grow(ref _references, (_rowCount + 1) * layout.ReferencesPerRow);
        if (_nulls is not null)
        {
            Grow(ref _nulls, (_rowCount + 1) * layout.NullWordsPerRow);
        }
    }

    internal void CommitRow() => _rowCount++;

    internal void SetNull(int ordinal)
    {
        _nulls ??= new ulong[Math.Max(4, _rowCount + 1) * layout.NullWordsPerRow];
        _nulls[(_rowCount * layout.NullWordsPerRow) + (ordinal >> 6)] |= 1UL << (ordinal & 63);
    }

    internal void Set(int ordinal, ulong word) => _words[(_rowCount * layout.WordsPerRow) + layout.SlotOf(ordinal)] = word;

    internal void Set(int ordinal, UInt128 words)
    {
        var index = (_rowCount * layout.WordsPerRow) + layout.SlotOf(ordinal);
        _words[index] = (ulong)(words >> 64);
        _words[index + 1] = (ulong)words;
    }

    /// <param name="ordinal">The column.</param>
    /// <param name="value">A value that nobody else holds a reference to, or that is immutable.</param>
    /// <param name="size">The bytes that it keeps alive.</param>
    internal void Set(int ordinal, object value, long size)
    {
        _references[(_rowCount * layout.ReferencesPerRow) + layout.SlotOf(ordinal)] = value;
        _referencedBytes += size;
    }

    /// <summary>The rows committed so far. The builder may go on: it never writes to them again.</summary>
    internal RowSet Snapshot() => new(layout, _rowCount, _words, _references, _nulls, _referencedBytes);

    /// <summary>Makes the row set of the committed rows. The builder must not be used afterwards.</summary>
    internal RowSet Build()
    {
        Trim(ref _words, _rowCount * layout.WordsPerRow);
        Trim(ref _references, _rowCount * layout.ReferencesPerRow);
        if (_nulls is not null)
        {
            Trim(ref _nulls, _rowCount * layout.NullWordsPerRow);
        }

        return new RowSet(layout, _rowCount, _words, _references, _nulls, _referencedBytes);
    }

    private void Grow<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            // The first row is sized exactly (look-ups by key are the common case), later rows double.
            Array.Resize(ref array, _rowCount == 0 ? length : Math.Max(length, array.Length * 2));
        }
    }

    private static void Trim<T>(ref T[] array, int length)
    {
        if (array.Length != length)
        {
            Array.Resize(ref array, length);
        }
    }
}
