using System.Buffers;
using System.Globalization;
using System.Text;

namespace ZooCache;

/// <summary>
/// One segment of a <see cref="TagPath"/>. Immutable; safe to share between threads.
/// </summary>
/// <remarks>
/// Its identity is <see cref="Hash"/>, 64 bits and the same in every process; <see cref="Name"/> is for people. Two names
/// with one hash are one segment: that invalidates more than asked for, never less.
/// </remarks>
public readonly struct TagSegment : IEquatable<TagSegment>
{
    /// <summary>The longest name, in UTF-16 characters, before escaping.</summary>
    internal const int MaximumLength = 512;

    /// <summary>Makes a segment from its name, as it is: nothing is escaped or unescaped.</summary>
    /// <param name="name">1 to 512 UTF-16 characters.</param>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty or longer than 512 characters.</exception>
    public TagSegment(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Length > MaximumLength)
        {
            throw new ArgumentException($"A tag segment has at most {MaximumLength} characters; this one has {name.Length}.", nameof(name));
        }

        Name = name;
        Hash = HashOf(name);
    }

    /// <summary>A value segment, known by its hash only.</summary>
    internal TagSegment(ulong hash) => Hash = hash;

    /// <summary>XXH64 of the UTF-8 name, or the hash of the value that the segment stands for.</summary>
    public ulong Hash { get; }

    /// <summary>The name, or null for a value segment.</summary>
    public string? Name { get; }

    /// <summary>Compares two segments by <see cref="Hash"/>.</summary>
    /// <param name="left">One segment.</param>
    /// <param name="right">The other segment.</param>
    public static bool operator ==(TagSegment left, TagSegment right) => left.Hash == right.Hash;

    /// <summary>Compares two segments by <see cref="Hash"/>.</summary>
    /// <param name="left">One segment.</param>
    /// <param name="right">The other segment.</param>
    public static bool operator !=(TagSegment left, TagSegment right) => left.Hash != right.Hash;

    /// <inheritdoc/>
    public bool Equals(TagSegment other) => Hash == other.Hash;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TagSegment other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Hash.GetHashCode();

    /// <summary>The name, unescaped; for a value segment "#" and its hash as 16 hexadecimal digits.</summary>
    public override string ToString() => Name ?? string.Create(CultureInfo.InvariantCulture, $"#{Hash:x16}");

    private static ulong HashOf(string name)
    {
        Span<byte> buffer = stackalloc byte[256];
        var most = Encoding.UTF8.GetMaxByteCount(name.Length);
        if (most <= buffer.Length)
        {
            return XxHash64.Hash(buffer[..Encoding.UTF8.GetBytes(name, buffer)]);
        }

        var rented = ArrayPool<byte>.Shared.Rent(most);
        var hash = XxHash64.Hash(rented.AsSpan(0, Encoding.UTF8.GetBytes(name, rented)));
        ArrayPool<byte>.Shared.Return(rented);
        return hash;
    }
}
