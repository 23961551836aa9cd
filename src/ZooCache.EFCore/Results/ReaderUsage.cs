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

    internal ReaderUsage(ReadOnlySpan<ValueKind> kinds, BitArray looksForNull)
    {
        Layout = new RowLayout(kinds);
        _looksForNull = looksForNull;
        Description = string.Join(',', kinds.ToArray().Select((kind, ordinal) => looksForNull[ordinal] ? $"{kind}?" : $"{kind}"));
    }

    internal RowLayout Layout { get; }

    /// <summary>The layout as text; equal for plans whose row sets can be read by each other's shapers.</summary>
    internal string Description { get; }

    internal bool LooksForNull(int ordinal) => _looksForNull[ordinal];
}
