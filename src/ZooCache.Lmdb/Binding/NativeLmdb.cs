using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ZooCache.Lmdb.Binding;

/// <summary>
/// The needed part of liblmdb's API (lmdb.h of LMDB 0.9, http://www.lmdb.tech/doc). Each function gives 0, a number of its own below -30000, or an errno.
/// </summary>
internal static unsafe partial class NativeLmdb
{
    internal const int KeyExists = -30799;
    internal const int NotFound = -30798;
    internal const int PageNotFound = -30797;
    internal const int Corrupted = -30796;
    internal const int Panic = -30795;
    internal const int VersionMismatch = -30794;
    internal const int Invalid = -30793;
    internal const int MapFull = -30792;
    internal const int ReadersFull = -30790;
    internal const int MapResized = -30785;

    internal const uint NoSubDir = 0x4000;
    internal const uint NoSync = 0x10000;
    internal const uint ReadOnly = 0x20000;
    internal const uint NoThreadLocalStorage = 0x200000;
    internal const uint Create = 0x40000;
    internal const uint Append = 0x20000;

    private const string Library = "lmdb";

    /// <summary>The names of the library on the systems that have one, as their packages install it.</summary>
    private static readonly string[] Names = ["liblmdb.so.0", "liblmdb.so", "liblmdb.dylib", "lmdb.dll", "lmdb"];

    static NativeLmdb() => NativeLibrary.SetDllImportResolver(typeof(NativeLmdb).Assembly, Resolve);

    internal enum CursorOperation
    {
        First = 0,
        Next = 8,
        SetRange = 17,
    }

    [LibraryImport(Library, EntryPoint = "mdb_strerror")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial nint StrError(int code);

    [LibraryImport(Library, EntryPoint = "mdb_env_create")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int EnvCreate(out nint environment);

    [LibraryImport(Library, EntryPoint = "mdb_env_open", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int EnvOpen(LmdbEnvironment environment, string path, uint flags, uint mode);

    [LibraryImport(Library, EntryPoint = "mdb_env_close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial void EnvClose(nint environment);

    [LibraryImport(Library, EntryPoint = "mdb_env_set_mapsize")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int EnvSetMapSize(LmdbEnvironment environment, nuint size);

    [LibraryImport(Library, EntryPoint = "mdb_env_set_maxreaders")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int EnvSetMaxReaders(LmdbEnvironment environment, uint readers);

    [LibraryImport(Library, EntryPoint = "mdb_env_set_maxdbs")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int EnvSetMaxTables(LmdbEnvironment environment, uint tables);

    [LibraryImport(Library, EntryPoint = "mdb_reader_check")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int ReaderCheck(LmdbEnvironment environment, out int dead);

    [LibraryImport(Library, EntryPoint = "mdb_txn_begin")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int TransactionBegin(LmdbEnvironment environment, nint parent, uint flags, out nint transaction);

    [LibraryImport(Library, EntryPoint = "mdb_txn_commit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int TransactionCommit(nint transaction);

    [LibraryImport(Library, EntryPoint = "mdb_txn_abort")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial void TransactionAbort(nint transaction);

    [LibraryImport(Library, EntryPoint = "mdb_dbi_open", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int TableOpen(nint transaction, string name, uint flags, out uint table);

    [LibraryImport(Library, EntryPoint = "mdb_drop")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Drop(nint transaction, uint table, int delete);

    [LibraryImport(Library, EntryPoint = "mdb_stat")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Stat(nint transaction, uint table, out Statistics statistics);

    [LibraryImport(Library, EntryPoint = "mdb_get")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Get(nint transaction, uint table, Value* key, Value* value);

    [LibraryImport(Library, EntryPoint = "mdb_put")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Put(nint transaction, uint table, Value* key, Value* value, uint flags);

    [LibraryImport(Library, EntryPoint = "mdb_del")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int Delete(nint transaction, uint table, Value* key, Value* value);

    [LibraryImport(Library, EntryPoint = "mdb_cursor_open")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int CursorOpen(nint transaction, uint table, out nint cursor);

    [LibraryImport(Library, EntryPoint = "mdb_cursor_close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial void CursorClose(nint cursor);

    [LibraryImport(Library, EntryPoint = "mdb_cursor_get")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int CursorGet(nint cursor, Value* key, Value* value, CursorOperation operation);

    [LibraryImport(Library, EntryPoint = "mdb_cursor_del")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int CursorDelete(nint cursor, uint flags);

    /// <summary>Throws for everything but success.</summary>
    /// <exception cref="LmdbException">It was no success.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Check(int code)
    {
        if (code != 0)
        {
            throw new LmdbException(code);
        }
    }

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? paths)
    {
        if (library == Library)
        {
            foreach (var name in Names)
            {
                if (NativeLibrary.TryLoad(name, assembly, paths, out var handle))
                {
                    return handle;
                }
            }
        }

        return 0;
    }

    /// <summary>MDB_val.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Value
    {
        internal nuint Size;
        internal byte* Data;
    }

    /// <summary>MDB_stat.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Statistics
    {
        internal uint PageSize;
        internal uint Depth;
        internal nuint BranchPages;
        internal nuint LeafPages;
        internal nuint OverflowPages;
        internal nuint Entries;
    }
}
