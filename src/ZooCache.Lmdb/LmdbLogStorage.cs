using System.Buffers.Binary;
using ZooCache.Lmdb.Binding;

namespace ZooCache.Lmdb;

/// <summary>The log in a file, in one transaction.</summary>
/// <remarks>
/// Keys: of an entry its stamp; of a mark its node and write; of a fact its number; numbers big-endian, so that they stand in their order. Values: of entries and marks the stamp (8 bytes), that of the
/// one before (8), the kind (1), node, position, told and write (8 each), all little-endian, and the body; of a fact its body.
/// </remarks>
internal sealed class LmdbLogStorage(LmdbTransaction transaction, LmdbFile.Tables tables) : ILogStorage
{
    private const int HeadBytes = 49;

    public void Add(LogEntry entry, int capacity)
    {
        Span<byte> key = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(key, entry.Stamp.Value);
        transaction.Put(tables.Log, key, Encode(entry), isLast: true);
        for (var extra = transaction.StatisticsOf(tables.Log).Entries - capacity; extra > 0; extra--)
        {
            using var cursor = transaction.OpenCursor(tables.Log);
            cursor.Move();
            cursor.Delete();
        }
    }

    public IReadOnlyList<LogEntry> Read(HlcStamp after, int atMost)
    {
        var entries = new List<LogEntry>();
        if (after == HlcStamp.Maximum)
        {
            return entries;
        }

        var key = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(key, after.Value + 1);
        using var cursor = transaction.OpenCursor(tables.Log);
        for (var isThere = cursor.MoveTo(key); isThere && entries.Count < atMost; isThere = cursor.Move())
        {
            entries.Add(Decode(cursor.Value));
        }

        return entries;
    }

    public void SetMark(LogEntry mark) => transaction.Put(tables.Marks, KeyOf(mark.Node, mark.Write), Encode(mark));

    public void RemoveMark(ulong node, ulong write) => transaction.Delete(tables.Marks, KeyOf(node, write));

    public IEnumerable<LogEntry> Marks()
    {
        var marks = new List<LogEntry>();
        using var cursor = transaction.OpenCursor(tables.Marks);
        while (cursor.Move())
        {
            marks.Add(Decode(cursor.Value));
        }

        return marks;
    }

    public bool TryAddFact(ReadOnlyMemory<byte> fact)
    {
        var key = new byte[sizeof(ulong)];
        using (var cursor = transaction.OpenCursor(tables.Facts))
        {
            while (cursor.Move())
            {
                if (cursor.Value.SequenceEqual(fact.Span))
                {
                    return false;
                }

                BinaryPrimitives.WriteUInt64BigEndian(key, BinaryPrimitives.ReadUInt64BigEndian(cursor.Key) + 1);
            }
        }

        transaction.Put(tables.Facts, key, fact.Span);
        return true;
    }

    public IReadOnlyList<ReadOnlyMemory<byte>> Facts()
    {
        var facts = new List<ReadOnlyMemory<byte>>();
        using var cursor = transaction.OpenCursor(tables.Facts);
        while (cursor.Move())
        {
            facts.Add(cursor.Value.ToArray());
        }

        return facts;
    }

    /// <summary>The results, too: nobody would believe them in another epoch.</summary>
    public void Clear()
    {
        foreach (var table in (uint[])[tables.Log, tables.Marks, tables.Facts, tables.Results, tables.Expirations])
        {
            transaction.Clear(table);
        }
    }

    private static byte[] KeyOf(ulong node, ulong write)
    {
        var key = new byte[2 * sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(key, node);
        BinaryPrimitives.WriteUInt64BigEndian(key.AsSpan(sizeof(ulong)), write);
        return key;
    }

    private static byte[] Encode(LogEntry entry)
    {
        var bytes = new byte[HeadBytes + entry.Body.Length];
        var head = bytes.AsSpan();
        BinaryPrimitives.WriteUInt64LittleEndian(head, entry.Stamp.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(head[8..], entry.Previous.Value);
        head[16] = (byte)entry.Kind;
        BinaryPrimitives.WriteUInt64LittleEndian(head[17..], entry.Node);
        BinaryPrimitives.WriteUInt64LittleEndian(head[25..], entry.Position);
        BinaryPrimitives.WriteUInt64LittleEndian(head[33..], entry.Told);
        BinaryPrimitives.WriteUInt64LittleEndian(head[41..], entry.Write);
        entry.Body.Span.CopyTo(head[HeadBytes..]);
        return bytes;
    }

    private static LogEntry Decode(ReadOnlySpan<byte> bytes)
        => bytes.Length < HeadBytes
            ? throw new LmdbFileException("An entry of the log is too short: the file is damaged. Stop all processes with this path, and delete it.")
            : new LogEntry(
                new HlcStamp(BinaryPrimitives.ReadUInt64LittleEndian(bytes)), new HlcStamp(BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..])), (LogEntryKind)bytes[16],
                BinaryPrimitives.ReadUInt64LittleEndian(bytes[17..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[25..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[33..]),
                BinaryPrimitives.ReadUInt64LittleEndian(bytes[41..]), bytes[HeadBytes..].ToArray());
}
