using ZooCache.Lmdb.Binding;

namespace ZooCache.Lmdb;

/// <summary>Something is wrong with the file; the message says what, and what to do.</summary>
internal sealed class LmdbFileException : IOException
{
    /// <summary>ENOSPC and EACCES of Linux and macOS, which LMDB hands on.</summary>
    internal const int NoSpace = 28;

    /// <summary>EIO, which is also what LMDB says when it could write a part only.</summary>
    internal const int Failed = 5;

    private const int TryAgain = 11;
    private const int NoAccess = 13;
    private const int NotPermitted = 1;
    private const int ReadOnlyFileSystem = 30;

    public LmdbFileException()
    {
    }

    public LmdbFileException(string message)
        : base(message)
    {
    }

    public LmdbFileException(string message, Exception? inner)
        : base(message, inner)
    {
    }

    /// <summary>What an exception means, of whatever was done with a file.</summary>
    internal static Exception Of(Exception exception, string file) => exception switch
    {
        LmdbFileException or TimeoutException or ObjectDisposedException => exception,
        LmdbException { Code: var code } => new LmdbFileException($"{file}: {Describe(code)}", exception),
        DllNotFoundException or TypeInitializationException => new LmdbFileException(
            "The native library of LMDB, liblmdb, isn't there. Install it (Debian, Ubuntu: apt-get install liblmdb0; Fedora, RHEL: dnf install lmdb-libs; Alpine: apk add lmdb; macOS: brew install lmdb; Windows: lmdb.dll beside the application), or don't call UseLmdb.",
            exception),
        UnauthorizedAccessException => new LmdbFileException($"{file}: {Describe(NoAccess)}", exception),
        _ => new LmdbFileException($"{file}: {exception.Message}", exception),
    };

    private static string Describe(int code) => code switch
    {
        NoAccess or NotPermitted or ReadOnlyFileSystem =>
            "this process has no right to write the file or its directory. All processes with one path run as one user, who owns both (chown, chmod u+rw), or give each a path of its own.",
        NoSpace or Failed => $"the disk is full, or can't be written. Make room, or lower {nameof(LmdbOptions)}.{nameof(LmdbOptions.MaximumBytes)}.",
        NativeLmdb.MapFull => $"the file has no room left, even without results. Raise {nameof(LmdbOptions)}.{nameof(LmdbOptions.MaximumBytes)} in all processes.",
        NativeLmdb.VersionMismatch or NativeLmdb.Invalid or NativeLmdb.Corrupted or NativeLmdb.PageNotFound or NativeLmdb.Panic =>
            "this is no file of LMDB's that can be read here, or it is damaged. Stop all processes with this path, and delete it: nothing is lost but cached results.",
        TryAgain => "another process, of another container, has this one's number, by which LMDB tells processes apart. Containers that share a directory must share their process numbers, too (--pid), or be given a directory each.",
        NativeLmdb.ReadersFull => "too many processes and threads read the file at once.",
        _ => new LmdbException(code).Message,
    };
}
