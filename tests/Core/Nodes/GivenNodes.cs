using System.Globalization;
using System.Text;

namespace ZooCache.Core.Tests.Nodes;

/// <summary>Words that the tests of nodes share.</summary>
internal static class GivenNodes
{
    private static readonly string[] Pieces = ["a", "Z", "7", ":", "%", " ", "é", "ß", "漢", "\U0001F600", "\0", "\uFFFD"];

    internal static NodeMessage Message(params string[] tags) => new([.. tags.Select(TagPath.Parse)], []);

    internal static LogEntry Entry(HlcStamp stamp, HlcStamp previous, LogEntryKind kind, ulong node, byte[] body)
        => new(stamp, previous, kind, node, 1, 1, 1, body);

    /// <summary>A name of 1 to 512 characters, mostly a short one.</summary>
    internal static string Name(Random random)
    {
        if (random.Next(50) == 0)
        {
            return new string((char)random.Next('a', 'z'), TagSegment.MaximumLength);
        }

        var name = new StringBuilder();
        for (var left = random.Next(1, 8); left > 0; left--)
        {
            name.Append(Pieces[random.Next(Pieces.Length)]);
        }

        return name.ToString();
    }

    internal static TagPath Path(Random random)
    {
        var path = TagPath.Root;
        for (var left = random.Next(20) == 0 ? TagText.MaximumDepth : random.Next(5); left > 0; left--)
        {
            path = random.Next(2) == 0 ? path.Append(Name(random)) : path.Append((ulong)random.NextInt64(long.MinValue, long.MaxValue));
        }

        return path;
    }

    internal static NodeMessage AnyMessage(Random random)
    {
        var tags = Enumerable.Range(0, random.Next(4)).Select(_ => Path(random)).ToList();
        var parts = Enumerable.Range(0, random.Next(3)).Select(_ => (random.Next(256), (ReadOnlyMemory<byte>)Bytes(random, random.Next(20)))).ToList();
        return new NodeMessage(tags, parts);
    }

    internal static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>What two messages are compared by: all that they say, names included.</summary>
    internal static string Text(NodeMessage message)
        => string.Join('|', message.Tags.Select(t => t.ToString() + t.PrefixHash(t.Depth).ToString("x16", CultureInfo.InvariantCulture)))
            + "#" + string.Join('|', message.Parts.Select(p => $"{p.Feed}={Convert.ToHexString(p.Bytes.Span)}"));
}
