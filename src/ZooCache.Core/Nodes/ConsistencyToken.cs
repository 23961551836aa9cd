using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ZooCache;

/// <summary>
/// Names a write, and with it all that its node has written before, for a read that is to see it on whatever node. Immutable; its text is fit
/// for a cookie or a header, and may come back from anybody: a token that nobody has made costs a query of the database and no more.
/// </summary>
/// <remarks>A write that the log has taken in is named by its place there. One that it hasn't yet is named by its node and its place
/// among what that node has written.</remarks>
public sealed class ConsistencyToken : IEquatable<ConsistencyToken>, IParsable<ConsistencyToken>
{
    private const string Stamped = "s";
    private const string Unstamped = "n";

    private ConsistencyToken(ulong epoch, HlcStamp stamp, ulong node, ulong number)
        => (Epoch, Stamp, Node, Number) = (epoch, stamp, node, number);

    /// <summary>The log's epoch; 0 if the log hasn't taken the write in.</summary>
    internal ulong Epoch { get; }

    internal HlcStamp Stamp { get; }

    internal ulong Node { get; }

    internal ulong Number { get; }

    internal bool IsStamped => Epoch != 0;

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <param name="text">The text; from outside, it may be anything.</param>
    /// <param name="token">The token.</param>
    /// <returns>Whether the text is a token.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ConsistencyToken? token)
    {
        token = null;
        if (text is null || text.Length > 64 || text.Split('.') is not [var kind, var first, var second]
            || !TryRead(first, out var one) || !TryRead(second, out var two) || one == 0 || two == 0)
        {
            return false;
        }

        token = kind switch
        {
            Stamped => new ConsistencyToken(one, new HlcStamp(two), 0, 0),
            Unstamped => new ConsistencyToken(0, HlcStamp.None, one, two),
            _ => null,
        };
        return token is not null;
    }

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The token.</returns>
    /// <exception cref="FormatException">The text is no token.</exception>
    public static ConsistencyToken Parse(string text)
        => TryParse(text, out var token) ? token : throw new FormatException("The text is no consistency token. Give what ConsistencyToken.ToString() has written, as it is.");

    static ConsistencyToken IParsable<ConsistencyToken>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<ConsistencyToken>.TryParse(string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out ConsistencyToken result)
        => TryParse(s, out result);

    /// <inheritdoc/>
    public bool Equals(ConsistencyToken? other)
        => other is not null && (Epoch, Stamp, Node, Number) == (other.Epoch, other.Stamp, other.Node, other.Number);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ConsistencyToken);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Epoch, Stamp, Node, Number);

    /// <summary>The token as text: 35 characters or fewer, letters, digits and dots.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => IsStamped
        ? string.Create(CultureInfo.InvariantCulture, $"{Stamped}.{Epoch:x}.{Stamp.Value:x}")
        : string.Create(CultureInfo.InvariantCulture, $"{Unstamped}.{Node:x}.{Number:x}");

    internal static ConsistencyToken At(ulong epoch, HlcStamp stamp) => new(epoch, stamp, 0, 0);

    internal static ConsistencyToken Of(ulong node, ulong number) => new(0, HlcStamp.None, node, number);

    private static bool TryRead(string text, out ulong value)
        => ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
