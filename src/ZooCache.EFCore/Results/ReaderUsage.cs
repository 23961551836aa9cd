using System.Collections;
using ZooCache.RowSets;

namespace ZooCache.EFCore.Results;

/// <summary>
/// What EF's shaper asks of its reader: for each ordinal the one typed getter that it calls, and whether it looks for
/// NULL first. Immutable; one per query plan.
/// </summary>
internal sealed class ReaderUsage
{
    private readonly BitArray _looksForNull;
    private readonly IReadOnlyDictionary<int, HeldType> _others;

    internal ReaderUsage(ReadOnlySpan<ValueKind> kinds, BitArray looksForNull, IReadOnlyDictionary<int, HeldType> others)
    {
        Layout = new RowLayout(kinds);
        _looksForNull = looksForNull;
        _others = others;
        Description = string.Join(',', kinds.ToArray().Select((kind, ordinal) => Describe(kind, ordinal) + (looksForNull[ordinal] ? "?" : "")));
    }

    internal RowLayout Layout { get; }

    /// <summary>The layout as text; equal for plans whose row sets can be read by each other's shapers.</summary>
    internal string Description { get; }

    internal bool LooksForNull(int ordinal) => _looksForNull[ordinal];

    /// <summary>The type of a column of <see cref="ValueKind.Other"/>.</summary>
    internal HeldType Other(int ordinal) => _others[ordinal];

    private string Describe(ValueKind kind, int ordinal)
        => kind == ValueKind.Other ? _others[ordinal].Type.AssemblyQualifiedName! : $"{kind}";
}
