namespace ZooCache.Codec;

/// <summary>
/// An entry as stores outside of this process keep it: a result with all by which another process can judge it. Immutable.
/// </summary>
/// <remarks>
/// The form, in the primitives of <see cref="MessageReader"/>:
/// <code>
/// byte    2, the version
/// word    XXH64 of the version and of all that follows up to the payload
/// word    the epoch of the log
/// word    the stamp of the last entry of the log that was applied when the load began
/// word    when it was loaded: milliseconds since 1970 (UTC)
/// word    when it expires: likewise, 2^63 - 1 for never
/// bytes   the key
/// count   of dependencies, 1024 at most, and as many: a path, and a byte: 1 if all below it counts too
/// …       the payload: see PayloadCodec, which has a check sum of its own
/// </code>
/// </remarks>
internal sealed record StoredEntry(
    ulong Epoch, HlcStamp Stamp, long LoadedAt, long ExpiresAt, ReadOnlyMemory<byte> Key, IReadOnlyList<DependencyPath> Dependencies, ReadOnlyMemory<byte> Payload)
{
    internal const long Never = long.MaxValue;

    /// <summary>The most dependencies of an entry.</summary>
    internal const int MostDependencies = 1024;

    private const byte Version = 2;

    internal byte[] Encode()
    {
        var writer = new MessageWriter();
        writer.Word(Epoch);
        writer.Word(Stamp.Value);
        writer.Word((ulong)LoadedAt);
        writer.Word((ulong)ExpiresAt);
        writer.Bytes(Key.Span);
        writer.Count(Dependencies.Count);
        foreach (var dependency in Dependencies)
        {
            writer.Path(dependency.Path);
            writer.Byte(dependency.Subtree ? (byte)1 : (byte)0);
        }

        var entry = new MessageWriter();
        entry.Byte(Version);
        entry.Word(CheckSum(writer.Written));
        entry.Append(writer.Written);
        entry.Append(Payload.Span);
        return entry.ToArray();
    }

    /// <summary>Reads an entry, of which it keeps the bytes; null if it is none, is damaged, or of another version.</summary>
    internal static StoredEntry? TryDecode(ReadOnlyMemory<byte> bytes)
    {
        var reader = new MessageReader(bytes.Span);
        if (reader.Byte() != Version)
        {
            return null;
        }

        var checkSum = reader.Word();
        var start = bytes.Length - reader.Left;
        var (epoch, stamp, loaded, expires) = (reader.Word(), new HlcStamp(reader.Word()), (long)reader.Word(), (long)reader.Word());
        var keyLength = reader.Bytes().Length;
        var keyEnd = bytes.Length - reader.Left;
        var dependencies = new List<DependencyPath>();
        var count = reader.Count();
        if (count > MostDependencies)
        {
            return null;
        }

        for (var left = count; left > 0 && !reader.HasFailed; left--)
        {
            dependencies.Add(new DependencyPath(reader.Path(), reader.Flag()));
        }

        if (reader.HasFailed)
        {
            return null;
        }

        var end = bytes.Length - reader.Left;
        return CheckSum(bytes.Span[start..end]) == checkSum
            ? new StoredEntry(epoch, stamp, loaded, expires, bytes.Slice(keyEnd - keyLength, keyLength), dependencies, bytes[end..])
            : null;
    }

    private static ulong CheckSum(ReadOnlySpan<byte> head) => XxHash64.Hash(head, seed: Version);
}
