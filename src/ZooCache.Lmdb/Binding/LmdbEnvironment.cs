using Microsoft.Win32.SafeHandles;

namespace ZooCache.Lmdb.Binding;

/// <summary>A file that is open. One process opens a file once only, and closes it when nobody has a transaction in it (see mdb_env_open). Transactions that read may be begun by any thread.</summary>
internal sealed class LmdbEnvironment : SafeHandleZeroOrMinusOneIsInvalid
{
    public LmdbEnvironment()
        : base(ownsHandle: true)
    {
        NativeLmdb.Check(NativeLmdb.EnvCreate(out var environment));
        SetHandle(environment);
    }

    /// <exception cref="LmdbException">It can't be opened; the environment is to be disposed then.</exception>
    internal void Open(string path, long mapSize, int readers, int tables, uint flags, uint mode)
    {
        NativeLmdb.Check(NativeLmdb.EnvSetMapSize(this, (nuint)mapSize));
        NativeLmdb.Check(NativeLmdb.EnvSetMaxReaders(this, (uint)readers));
        NativeLmdb.Check(NativeLmdb.EnvSetMaxTables(this, (uint)tables));
        NativeLmdb.Check(NativeLmdb.EnvOpen(this, path, flags | NativeLmdb.NoThreadLocalStorage, mode));
    }

    /// <summary>Takes the file's size over from another process that has made it longer. Nobody may have a transaction.</summary>
    internal void AdoptMapSize() => NativeLmdb.Check(NativeLmdb.EnvSetMapSize(this, 0));

    /// <summary>Clears what processes have left that were killed while they read.</summary>
    internal void CheckReaders() => NativeLmdb.Check(NativeLmdb.ReaderCheck(this, out _));

    internal LmdbTransaction Begin(bool isReadOnly)
    {
        NativeLmdb.Check(NativeLmdb.TransactionBegin(this, 0, isReadOnly ? NativeLmdb.ReadOnly : 0, out var transaction));
        return new LmdbTransaction(transaction);
    }

    protected override bool ReleaseHandle()
    {
        NativeLmdb.EnvClose(handle);
        return true;
    }
}
