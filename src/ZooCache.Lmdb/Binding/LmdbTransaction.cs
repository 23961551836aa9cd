namespace ZooCache.Lmdb.Binding;

/// <summary>One state of a file, or a change of it, which is dropped unless it is committed. What is read lies in the file itself: it is gone with the transaction, and with the next write. Used by one thread.</summary>
internal sealed unsafe class LmdbTransaction(nint transaction) : IDisposable
{
    private nint transaction = transaction;

    internal uint OpenTable(string name)
    {
        NativeLmdb.Check(NativeLmdb.TableOpen(transaction, name, NativeLmdb.Create, out var table));
        return table;
    }

    internal bool TryGet(uint table, ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        fixed (byte* bytes = key)
        {
            var name = new NativeLmdb.Value { Size = (nuint)key.Length, Data = bytes };
            NativeLmdb.Value found;
            var code = NativeLmdb.Get(transaction, table, &name, &found);
            if (code == NativeLmdb.NotFound)
            {
                value = default;
                return false;
            }

            NativeLmdb.Check(code);
            value = new ReadOnlySpan<byte>(found.Data, (int)found.Size);
            return true;
        }
    }

    /// <param name="table">The table.</param>
    /// <param name="key">The key, up to 511 bytes.</param>
    /// <param name="value">The value.</param>
    /// <param name="isLast">Whether the key follows all that are there.</param>
    internal void Put(uint table, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isLast = false)
    {
        fixed (byte* keyBytes = key, valueBytes = value)
        {
            var name = new NativeLmdb.Value { Size = (nuint)key.Length, Data = keyBytes };
            var content = new NativeLmdb.Value { Size = (nuint)value.Length, Data = valueBytes };
            NativeLmdb.Check(NativeLmdb.Put(transaction, table, &name, &content, isLast ? NativeLmdb.Append : 0));
        }
    }

    /// <summary>Deletes a key, if it is there.</summary>
    internal void Delete(uint table, ReadOnlySpan<byte> key)
    {
        fixed (byte* bytes = key)
        {
            var name = new NativeLmdb.Value { Size = (nuint)key.Length, Data = bytes };
            var code = NativeLmdb.Delete(transaction, table, &name, null);
            if (code != NativeLmdb.NotFound)
            {
                NativeLmdb.Check(code);
            }
        }
    }

    internal void Clear(uint table) => NativeLmdb.Check(NativeLmdb.Drop(transaction, table, 0));

    internal (long Entries, long Bytes) StatisticsOf(uint table)
    {
        NativeLmdb.Check(NativeLmdb.Stat(transaction, table, out var found));
        return ((long)found.Entries, (long)(found.BranchPages + found.LeafPages + found.OverflowPages) * found.PageSize);
    }

    internal LmdbCursor OpenCursor(uint table)
    {
        NativeLmdb.Check(NativeLmdb.CursorOpen(transaction, table, out var cursor));
        return new LmdbCursor(cursor);
    }

    internal void Commit()
    {
        // It is gone, whatever comes of it.
        var committed = transaction;
        transaction = 0;
        NativeLmdb.Check(NativeLmdb.TransactionCommit(committed));
    }

    public void Dispose()
    {
        if (transaction != 0)
        {
            NativeLmdb.TransactionAbort(transaction);
            transaction = 0;
        }
    }
}

/// <summary>Goes through the keys of a table, in their order. To be disposed before its transaction is over.</summary>
internal unsafe ref struct LmdbCursor(nint cursor)
{
    private bool hasBegun;

    internal ReadOnlySpan<byte> Key { get; private set; }

    internal ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Moves to the first key, or the next one; false if there is none.</summary>
    internal bool Move()
    {
        var moved = Go(hasBegun ? NativeLmdb.CursorOperation.Next : NativeLmdb.CursorOperation.First, default);
        hasBegun = true;
        return moved;
    }

    /// <summary>Moves to a key, or the first after it; false if there is none.</summary>
    internal bool MoveTo(ReadOnlySpan<byte> key)
    {
        hasBegun = true;
        return Go(NativeLmdb.CursorOperation.SetRange, key);
    }

    internal readonly void Delete() => NativeLmdb.Check(NativeLmdb.CursorDelete(cursor, 0));

    public readonly void Dispose() => NativeLmdb.CursorClose(cursor);

    private bool Go(NativeLmdb.CursorOperation operation, ReadOnlySpan<byte> key)
    {
        fixed (byte* bytes = key)
        {
            var name = new NativeLmdb.Value { Size = (nuint)key.Length, Data = bytes };
            NativeLmdb.Value found;
            var code = NativeLmdb.CursorGet(cursor, &name, &found, operation);
            if (code == NativeLmdb.NotFound)
            {
                return false;
            }

            NativeLmdb.Check(code);
            Key = new ReadOnlySpan<byte>(name.Data, (int)name.Size);
            Value = new ReadOnlySpan<byte>(found.Data, (int)found.Size);
            return true;
        }
    }
}
