namespace ZooCache.RowSets;

/// <summary>
/// Where the columns of a row set lie in its buffers. One layout is made per query plan and shared by all its results.
/// Immutable and safe for concurrent use.
/// </summary>
internal sealed class RowLayout
{
    private readonly ValueKind[] _kinds;
    private readonly int[] _slots;

    /// <param name="kinds">The kind of each column by reader ordinal; <see cref="ValueKind.Unsupported"/> for an ordinal that nobody reads.</param>
    internal RowLayout(ReadOnlySpan<ValueKind> kinds)
    {
        _kinds = kinds.ToArray();
        _slots = new int[kinds.Length];
        for (var i = 0; i < kinds.Length; i++)
        {
            if (kinds[i] == ValueKind.Unsupported)
            {
                // Far out of every row's range: a read of it fails, and never falls into the row before.
                _slots[i] = int.MinValue;
            }
            else if (ValueKinds.Words(kinds[i]) is > 0 and var words)
            {
                _slots[i] = WordsPerRow;
                WordsPerRow += words;
            }
            else
            {
                _slots[i] = ReferencesPerRow++;
            }
        }
    }

    internal int ColumnCount => _kinds.Length;

    /// <summary>64-bit words that one row takes.</summary>
    internal int WordsPerRow { get; }

    /// <summary>References (strings, byte arrays, boxed values) that one row takes.</summary>
    internal int ReferencesPerRow { get; }

    /// <summary>64-bit words that the null bits of one row take.</summary>
    internal int NullWordsPerRow => (_kinds.Length + 63) / 64;

    internal ValueKind KindOf(int ordinal) => _kinds[ordinal];

    /// <summary>The column's place in its row: a word index or a reference index, by its kind.</summary>
    internal int SlotOf(int ordinal) => _slots[ordinal];
}
