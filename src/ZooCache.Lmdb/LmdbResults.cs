using System.Buffers.Binary;
using ZooCache.Lmdb.Binding;

namespace ZooCache.Lmdb;

/// <summary>
/// Results in a file. Under each name stand the time of expiration (8 bytes, milliseconds since 1970 (UTC), little-endian) and the entry; beside it an index by that time (8 bytes, big-endian, and the name).
/// </summary>
internal static class LmdbResults
{
    /// <summary>The most that have expired, or make room, that go with one that comes: whoever writes doesn't wait for long.</summary>
    private const int MostAtOnce = 64;

    internal static ReadOnlyMemory<byte>? Get(LmdbTransaction transaction, LmdbFile.Tables tables, ReadOnlySpan<byte> name, long now)
    {
        return transaction.TryGet(tables.Results, name, out var bytes) && bytes.Length > sizeof(long) && BinaryPrimitives.ReadInt64LittleEndian(bytes) > now
            ? bytes[sizeof(long)..].ToArray()
            : default(ReadOnlyMemory<byte>?);
    }

    internal static void Set(LmdbTransaction transaction, LmdbFile.Tables tables, ReadOnlySpan<byte> name, ReadOnlySpan<byte> entry, long expiresAt, long now, long mostBytes)
    {
        Remove(transaction, tables, name);
        DropFirst(transaction, tables, MostAtOnce, until: now);
        for (var left = MostAtOnce; left > 0 && Bytes(transaction, tables) + entry.Length > mostBytes && DropFirst(transaction, tables, 1); left--)
        {
        }

        var value = new byte[sizeof(long) + entry.Length];
        BinaryPrimitives.WriteInt64LittleEndian(value, expiresAt);
        entry.CopyTo(value.AsSpan(sizeof(long)));
        transaction.Put(tables.Results, name, value);
        transaction.Put(tables.Expirations, KeyOf(expiresAt, name), []);
    }

    /// <summary>Drops what goes first until the results take no more than that.</summary>
    internal static void Shrink(LmdbTransaction transaction, LmdbFile.Tables tables, long mostBytes)
    {
        if (mostBytes == 0)
        {
            transaction.Clear(tables.Results);
            transaction.Clear(tables.Expirations);
            return;
        }

        while (Bytes(transaction, tables) > mostBytes && DropFirst(transaction, tables, 1))
        {
        }
    }

    /// <summary>The bytes of the pages that results take.</summary>
    internal static long Bytes(LmdbTransaction transaction, LmdbFile.Tables tables)
        => transaction.StatisticsOf(tables.Results).Bytes;

    private static void Remove(LmdbTransaction transaction, LmdbFile.Tables tables, ReadOnlySpan<byte> name)
    {
        if (transaction.TryGet(tables.Results, name, out var bytes) && bytes.Length >= sizeof(long))
        {
            transaction.Delete(tables.Expirations, KeyOf(BinaryPrimitives.ReadInt64LittleEndian(bytes), name));
        }
    }

    /// <summary>Drops some of those that expire first; false if there are none.</summary>
    private static bool DropFirst(LmdbTransaction transaction, LmdbFile.Tables tables, int atMost, long until = long.MaxValue)
    {
        var names = new List<byte[]>();
        using (var cursor = transaction.OpenCursor(tables.Expirations))
        {
            while (names.Count < atMost && cursor.Move() && BinaryPrimitives.ReadInt64BigEndian(cursor.Key) <= until)
            {
                names.Add(cursor.Key.ToArray());
            }
        }

        foreach (var key in names)
        {
            transaction.Delete(tables.Expirations, key);
            transaction.Delete(tables.Results, key.AsSpan(sizeof(long)));
        }

        return names.Count > 0;
    }

    private static byte[] KeyOf(long expiresAt, ReadOnlySpan<byte> name)
    {
        var key = new byte[sizeof(long) + name.Length];
        BinaryPrimitives.WriteInt64BigEndian(key, expiresAt);
        name.CopyTo(key.AsSpan(sizeof(long)));
        return key;
    }
}
