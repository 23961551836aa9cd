using System.Buffers.Binary;

namespace ZooCache.Lmdb;

/// <summary>Results in a file, for the processes of one machine. Reads don't wait for anybody. Thread-safe.</summary>
/// <param name="file">The file; released with the store.</param>
/// <param name="time">The clock.</param>
internal sealed class LmdbStore(LmdbFile file, TimeProvider time) : ICacheStore, IDisposable
{
    private int isDisposed;

    public ValueTask<ReadOnlyMemory<byte>?> GetAsync(EntryName name)
    {
        var key = KeyOf(name);
        var now = Now;
        return new ValueTask<ReadOnlyMemory<byte>?>(file.Read((transaction, tables) => LmdbResults.Get(transaction, tables, key, now)));
    }

    public ValueTask SetAsync(EntryName name, ReadOnlyMemory<byte> entry, TimeSpan expiration)
    {
        var key = KeyOf(name);
        return new ValueTask(file.WriteAsync((transaction, tables) =>
        {
            LmdbResults.Set(transaction, tables, key, entry.Span, Now + Math.Max((long)expiration.TotalMilliseconds, 1), Now, file.ResultBytes);
            return true;
        }));
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref isDisposed, 1) == 0)
        {
            file.Release();
        }
    }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private static byte[] KeyOf(EntryName name)
    {
        var key = new byte[EntryName.Bytes];
        BinaryPrimitives.WriteUInt128BigEndian(key, name.Value);
        return key;
    }
}
