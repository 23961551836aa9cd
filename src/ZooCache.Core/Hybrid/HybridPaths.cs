using System.Globalization;

namespace ZooCache;

/// <summary>
/// The tags of <c>HybridCache</c>, which may be any text, as paths: what reads as a tag is that tag, and with it everything below; what doesn't, or would be one of ZooCache's
/// own, is one segment by itself.
/// </summary>
internal static class HybridPaths
{
    private const string Root = "hybrid";

    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal) { FeedPaths.Root, CallPaths.Root, Root };

    /// <summary>What everything depends on: the tag <c>*</c>.</summary>
    internal static TagPath Everything { get; } = TagPath.Of(Root);

    internal static TagPath Of(string tag)
        => TagPath.TryParse(tag, out var path) && !Reserved.Contains(path.Segments[0].Name!) ? path
            : TagPath.Of(Root, tag.Length <= TagSegment.MaximumLength ? tag : Shortened(tag));

    private static string Shortened(string tag)
        => string.Create(CultureInfo.InvariantCulture, $"{XxHash64.Hash(System.Runtime.InteropServices.MemoryMarshal.AsBytes(tag.AsSpan())):x16}");
}
