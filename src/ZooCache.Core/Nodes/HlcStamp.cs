using System.Globalization;

namespace ZooCache;

/// <summary>
/// A stamp of a hybrid logical clock: 48 bits of milliseconds since 1970 (UTC) and 16 bits that count what falls into one
/// millisecond. Stamps are ordered as the numbers that they are. Immutable.
/// </summary>
/// <param name="Value">The milliseconds in the upper 48 bits, the counter in the lower 16.</param>
internal readonly record struct HlcStamp(ulong Value) : IComparable<HlcStamp>
{
    private const int CounterBits = 16;
    private const long MaximumMilliseconds = (1L << 48) - 1;

    /// <summary>Before every stamp.</summary>
    public static HlcStamp None { get; }

    /// <summary>The last stamp that there can be.</summary>
    public static HlcStamp Maximum { get; } = new(ulong.MaxValue);

    /// <summary>Milliseconds since 1970 (UTC), 0 to 2^48 - 1.</summary>
    public long Milliseconds => (long)(Value >> CounterBits);

    /// <summary>The place within the millisecond.</summary>
    public ushort Counter => (ushort)Value;

    /// <summary>Compares two stamps.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator <(HlcStamp left, HlcStamp right) => left.Value < right.Value;

    /// <summary>Compares two stamps.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator >(HlcStamp left, HlcStamp right) => left.Value > right.Value;

    /// <summary>Compares two stamps.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator <=(HlcStamp left, HlcStamp right) => left.Value <= right.Value;

    /// <summary>Compares two stamps.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator >=(HlcStamp left, HlcStamp right) => left.Value >= right.Value;

    /// <summary>The first stamp of a millisecond.</summary>
    /// <param name="milliseconds">Since 1970 (UTC); what is outside 0 to 2^48 - 1 is taken for the nearer end.</param>
    /// <returns>The stamp.</returns>
    public static HlcStamp At(long milliseconds) => new((ulong)Math.Clamp(milliseconds, 0, MaximumMilliseconds) << CounterBits);

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <param name="text">Such as <c>1767225600000-3</c>.</param>
    /// <param name="stamp">The stamp.</param>
    /// <returns>Whether the text is a stamp.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out HlcStamp stamp)
    {
        stamp = default;
        var dash = text.IndexOf('-');
        if (dash <= 0
            || !long.TryParse(text[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            || milliseconds > MaximumMilliseconds
            || !ushort.TryParse(text[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var counter))
        {
            return false;
        }

        stamp = new HlcStamp(((ulong)milliseconds << CounterBits) | counter);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(HlcStamp other) => Value.CompareTo(other.Value);

    /// <summary>The milliseconds and the counter in decimal, as Redis writes the identifiers of a stream's entries.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Milliseconds}-{Counter}");

    /// <summary>The next stamp; the last one is its own successor.</summary>
    internal HlcStamp Next() => this == Maximum ? this : new HlcStamp(Value + 1);
}
