using System.Diagnostics.CodeAnalysis;

namespace ZooCache;

/// <summary>
/// A tag: a path of segments, written <c>user:42:orders</c>. Invalidating a tag invalidates everything at and below it.
/// Immutable; safe to share between threads.
/// </summary>
/// <remarks>
/// The hash of a prefix is XXH64 over the hash of the prefix before it and the segment's hash, so it is the same in every
/// process. Two paths are equal when all their segments are.
/// </remarks>
public sealed class TagPath : IEquatable<TagPath>
{
    private readonly TagSegment[] segments;
    private readonly ulong[] prefixHashes;

    private TagPath(TagSegment[] segments)
    {
        this.segments = segments;
        prefixHashes = new ulong[segments.Length + 1];
        prefixHashes[0] = RootHash;
        for (var depth = 0; depth < segments.Length; depth++)
        {
            prefixHashes[depth + 1] = HashBelow(prefixHashes[depth], segments[depth].Hash);
        }
    }

    private TagPath(TagPath parent, TagSegment segment)
    {
        if (parent.Depth == TagText.MaximumDepth)
        {
            throw new ArgumentException($"A tag has at most {TagText.MaximumDepth} segments.", nameof(segment));
        }

        segments = [.. parent.segments, segment];
        prefixHashes = [.. parent.prefixHashes, HashBelow(parent.prefixHashes[^1], segment.Hash)];
    }

    /// <summary>The empty path, above every tag.</summary>
    public static TagPath Root { get; } = new([]);

    /// <summary>The number of segments, 0 to 32.</summary>
    public int Depth => segments.Length;

    internal ReadOnlySpan<TagSegment> Segments => segments;

    /// <summary>XXH64 of nothing: the hash of the empty path.</summary>
    private static ulong RootHash => 0xEF46DB3751D8E999;

    /// <summary>Reads a tag such as <c>user:42:orders</c>.</summary>
    /// <param name="tag">1 to 32 segments of 1 to 512 characters, joined by ':'; inside a segment ':' is written %3A and '%' is written %25.</param>
    /// <returns>The path.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="tag"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="tag"/> is empty.</exception>
    /// <exception cref="FormatException">A segment is empty or too long, an escape is bad, or there are too many segments.</exception>
    public static TagPath Parse(string tag)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        return TagText.Read(tag, out var error) is { } segments
            ? new TagPath(segments)
            : throw new FormatException($"'{Shorten(tag)}' is not a tag. {error}");
    }

    /// <summary>Reads a tag, as <see cref="Parse"/> does, without exceptions.</summary>
    /// <param name="tag">The written tag.</param>
    /// <param name="path">The path, or null.</param>
    /// <returns>Whether <paramref name="tag"/> is a tag.</returns>
    public static bool TryParse([NotNullWhen(true)] string? tag, [NotNullWhen(true)] out TagPath? path)
    {
        path = tag is not null && TagText.Read(tag, out _) is { } segments ? new TagPath(segments) : null;
        return path is not null;
    }

    /// <summary>Makes a path from its segments, which are taken as they are: ':' and '%' need no escape here.</summary>
    /// <param name="segments">0 to 32 names of 1 to 512 characters; none gives <see cref="Root"/>.</param>
    /// <returns>The path.</returns>
    /// <exception cref="ArgumentNullException">A segment is null.</exception>
    /// <exception cref="ArgumentException">A segment is empty or too long, or there are too many.</exception>
    public static TagPath Of(params ReadOnlySpan<string> segments)
    {
        if (segments.Length > TagText.MaximumDepth)
        {
            throw new ArgumentException($"A tag has at most {TagText.MaximumDepth} segments; {segments.Length} were given.", nameof(segments));
        }

        if (segments.IsEmpty)
        {
            return Root;
        }

        var made = new TagSegment[segments.Length];
        for (var i = 0; i < made.Length; i++)
        {
            made[i] = new TagSegment(segments[i]);
        }

        return new TagPath(made);
    }

    /// <summary>Compares two paths segment by segment.</summary>
    /// <param name="other">The other path.</param>
    /// <returns>Whether all segments are equal.</returns>
    public bool Equals([NotNullWhen(true)] TagPath? other) =>
        ReferenceEquals(this, other) || (other is not null && other.Depth == Depth && IsPrefixOf(other));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TagPath);

    /// <inheritdoc/>
    public override int GetHashCode() => prefixHashes[^1].GetHashCode();

    /// <summary>The written form; <see cref="Parse"/> reads it back when all segments have names. Empty for <see cref="Root"/>.</summary>
    public override string ToString() => TagText.Write(segments);

    internal static TagPath Of(TagSegment[] segments) => segments.Length == 0 ? Root : new TagPath(segments);

    internal TagPath Append(string segment) => new(this, new TagSegment(segment));

    internal TagPath Append(ulong valueHash) => new(this, new TagSegment(valueHash));

    /// <summary>The path without its last segment; the root is its own parent.</summary>
    internal TagPath Parent() => Depth <= 1 ? Root : new TagPath(segments[..^1]);

    /// <summary>Whether the other path is this path or below it.</summary>
    internal bool IsPrefixOf(TagPath other) =>
        Depth <= other.Depth
        && prefixHashes[^1] == other.prefixHashes[Depth]
        && segments.AsSpan().SequenceEqual(other.segments.AsSpan(0, Depth));

    /// <summary>The 64-bit hash of the first <paramref name="depth"/> segments.</summary>
    internal ulong PrefixHash(int depth) => prefixHashes[depth];

    private static ulong HashBelow(ulong parent, ulong segment) => XxHash64.Combine(parent, segment);

    private static string Shorten(string tag) => tag.Length <= 80 ? tag : string.Concat(tag.AsSpan(0, 80), "…");
}
