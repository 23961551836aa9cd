namespace ZooCache;

/// <summary>
/// What a node tells the others: tags that are invalid, and the parts of its feeds. Immutable.
/// </summary>
/// <remarks>
/// The form, in the primitives of <see cref="MessageReader"/>: a byte, 1 (the version of the form); a count, and as many paths, the tags; a
/// count, and as many parts: a byte, the feed's number, and bytes. Nothing after. A message of another version, or that can't be read, is
/// taken for one that invalidates everything.
/// </remarks>
internal sealed class NodeMessage(IReadOnlyList<TagPath> tags, IReadOnlyList<(int Feed, ReadOnlyMemory<byte> Bytes)> parts)
{
    /// <summary>The longest that is read.</summary>
    internal const int MaximumBytes = 1 << 20;

    private const byte Version = 1;

    internal static NodeMessage Everything { get; } = new([TagPath.Root], []);

    internal IReadOnlyList<TagPath> Tags => tags;

    internal IReadOnlyList<(int Feed, ReadOnlyMemory<byte> Bytes)> Parts => parts;

    /// <summary>The message; what would be longer than is read becomes one that invalidates everything.</summary>
    internal byte[] Encode()
    {
        var writer = new MessageWriter();
        writer.Byte(Version);
        writer.Count(tags.Count);
        foreach (var tag in tags)
        {
            writer.Path(tag);
        }

        writer.Count(parts.Count);
        foreach (var (feed, bytes) in parts)
        {
            writer.Byte((byte)feed);
            writer.Bytes(bytes.Span);
        }

        return writer.Length <= MaximumBytes ? writer.ToArray() : Everything.Encode();
    }

    /// <summary>Reads a message; null if it is none.</summary>
    internal static NodeMessage? TryDecode(ReadOnlyMemory<byte> body)
    {
        if (body.Length > MaximumBytes)
        {
            return null;
        }

        var reader = new MessageReader(body.Span);
        if (reader.Byte() != Version)
        {
            return null;
        }

        var tags = new List<TagPath>();
        for (var left = reader.Count(); left > 0 && !reader.HasFailed; left--)
        {
            tags.Add(reader.Path());
        }

        var parts = new List<(int, ReadOnlyMemory<byte>)>();
        for (var left = reader.Count(); left > 0 && !reader.HasFailed; left--)
        {
            int feed = reader.Byte();
            parts.Add((feed, reader.Bytes().ToArray()));
        }

        return reader.IsDone ? new NodeMessage(tags, parts) : null;
    }

    /// <summary>One message for several, as coarse as it takes to be short.</summary>
    internal static NodeMessage Merge(IReadOnlyList<NodeMessage> messages, Func<int, INodeFeed?> feeds, int atMostTags)
    {
        var tags = new HashSet<TagPath>(messages.SelectMany(m => m.Tags));
        TagCollapse.Collapse(tags, atMostTags, []);
        var parts = new List<(int, ReadOnlyMemory<byte>)>();
        foreach (var ofFeed in messages.SelectMany(m => m.Parts).GroupBy(p => p.Feed))
        {
            if (feeds(ofFeed.Key) is not { } feed)
            {
                return Everything;
            }

            parts.AddRange(feed.Coarsen([.. ofFeed.Select(p => p.Bytes)]).Select(p => (ofFeed.Key, (ReadOnlyMemory<byte>)p)));
        }

        return new NodeMessage([.. tags], parts);
    }
}
