using System.Runtime.CompilerServices;

namespace ZooCache.RowSets;

/// <summary>
/// The immutable, typed result of one query: all values that fit in 64-bit words in one array, strings and byte arrays in
/// another, null bits in a third (absent when nothing is null). Nothing is boxed, and a one-row result costs three
/// objects however many columns it has. Safe for concurrent use; readers copy byte arrays out.
/// </summary>
internal sealed class RowSet
{
    private const int ObjectOverhead = 24;

    private readonly ulong[] _words;
    private readonly object?[] _references;
    private readonly ulong[]? _nulls;
    private object? _elements;

    internal RowSet(RowLayout layout, int rowCount, ulong[] words, object?[] references, ulong[]? nulls, long referencedBytes)
    {
        Layout = layout;
        RowCount = rowCount;
        _words = words;
        _references = references;
        _nulls = nulls;
        Size = (4 * ObjectOverhead) + (8L * words.Length) + (8L * references.Length) + (8L * (nulls?.Length ?? 0)) + referencedBytes;
    }

    internal RowLayout Layout { get; }

    internal int RowCount { get; }

    /// <summary>Bytes that the row set keeps alive, its strings and byte arrays included.</summary>
    internal long Size { get; }

    /// <summary>What was made of the rows, where everybody may be given the same; null as long as nothing was. The size of it isn't part
    /// of <see cref="Size"/>.</summary>
    internal object? Elements
    {
        get => Volatile.Read(ref _elements);
        set => Volatile.Write(ref _elements, value);
    }

    internal bool IsNull(int row, int ordinal)
        => _nulls is not null
            && (_nulls[(row * Layout.NullWordsPerRow) + (ordinal >> 6)] & (1UL << (ordinal & 63))) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong Word(int row, int ordinal) => _words[(row * Layout.WordsPerRow) + Layout.SlotOf(ordinal)];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal UInt128 DoubleWord(int row, int ordinal)
    {
        var index = (row * Layout.WordsPerRow) + Layout.SlotOf(ordinal);
        return new UInt128(_words[index], _words[index + 1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal object? Reference(int row, int ordinal)
        => _references[(row * Layout.ReferencesPerRow) + Layout.SlotOf(ordinal)];
}
