using System.Collections.Concurrent;
using ZooCache.Lmdb.Binding;

namespace ZooCache.Lmdb;

/// <summary>
/// A file of LMDB's, which this process has open once, whoever uses it. Reads are made where they are asked for; all writes by one thread, one after the other. Thread-safe.
/// </summary>
/// <remarks>
/// <para>LMDB's lock for writers has no time-out: a process that is stopped while it holds it stops the thread here. So nobody waits for that thread without a limit, what has waited for
/// longer than <see cref="LongestWait"/> isn't written any more once it is its turn, and beyond <see cref="MostWaiting"/> nothing is taken.</para>
/// <para>Invariant: the file is opened and closed by that thread alone, and never while somebody reads.</para>
/// </remarks>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "The thread disposes what it uses when nobody uses the file any more.")]
internal sealed class LmdbFile
{
    internal const int MostWaiting = 1000;
    internal static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private const int Format = 1;
    private const int MostReaders = 1024;
    private const int MostTables = 6;
    private const uint OwnerReadsAndWrites = 0b110_000_000;

    /// <summary>Of the bytes that the file may take, the share that results may; the rest is for the log, and for what LMDB writes anew before it lets the old go.</summary>
    private const double ResultsShare = 0.75;

    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, LmdbFile> Files = new(StringComparer.Ordinal);
    private static readonly TimeSpan ReaderCheckInterval = TimeSpan.FromSeconds(30);

    private readonly string path;
    private readonly string key;
    private readonly long maximumBytes;
    private readonly BlockingCollection<Work> works = new(new ConcurrentQueue<Work>(), MostWaiting);
    private readonly ReaderWriterLockSlim use = new();
    private LmdbEnvironment? environment;
    private Tables? tables;
    private string? opened;
    private int users;

    private LmdbFile(string path, string key, long maximumBytes)
    {
        this.path = path;
        this.key = key;
        this.maximumBytes = maximumBytes;
        new Thread(Run) { IsBackground = true, Name = "ZooCache LMDB writer" }.Start();
    }

    /// <summary>The tables in the file.</summary>
    internal sealed record Tables(uint State, uint Log, uint Marks, uint Facts, uint Results, uint Expirations);

    /// <summary>The file of a path, one and the same for all who ask in this process; to be released as often as it was asked for.</summary>
    internal static LmdbFile Use(string path, long maximumBytes)
    {
        var place = KeyOf(path);
        lock (Gate)
        {
            if (!Files.TryGetValue(place, out var file))
            {
                Files[place] = file = new LmdbFile(path, place, maximumBytes);
            }

            file.users++;
            return file;
        }
    }

    /// <summary>Whether this process has a file open, or is closing it.</summary>
    internal static bool IsOpen(string path)
    {
        var place = KeyOf(path);
        lock (Gate)
        {
            return Files.ContainsKey(place);
        }
    }

    /// <summary>One directory may have several names, by links.</summary>
    private static string KeyOf(string path)
    {
        var directory = Path.GetDirectoryName(path)!;
        try
        {
            LmdbPlace.Make(directory);
            return FileIdentity.Of(directory) is { } identity ? $"{identity}/{Path.GetFileName(path)}" : path;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is told where the file is opened.
            return path;
        }
    }

    internal void Release()
    {
        lock (Gate)
        {
            users--;
        }

        // Wakes the thread, which closes the file if nobody has come back.
        _ = WriteAsync(static (_, _) => true);
    }

    /// <summary>Reads from one state of the file; the default if it isn't open yet.</summary>
    /// <exception cref="LmdbFileException">It can't be read.</exception>
    internal T? Read<T>(Func<LmdbTransaction, Tables, T> read)
    {
        try
        {
            return TryRead(read);
        }
        catch (LmdbException exception) when (exception.Code == NativeLmdb.MapResized)
        {
            // The thread that writes takes the new size over; nobody waits for it here, because it may be waiting itself.
            _ = WriteAsync(static (_, _) => true);
            return default;
        }
        catch (Exception exception)
        {
            throw LmdbFileException.Of(exception, path);
        }
    }

    /// <summary>Writes, all or nothing. Ends once it is done.</summary>
    /// <exception cref="LmdbFileException">It can't be written.</exception>
    /// <exception cref="TimeoutException">Another process keeps the file.</exception>
    internal Task<T> WriteAsync<T>(Func<LmdbTransaction, Tables, T> write)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var result = default(T);
        var work = new Work(
            (transaction, t) => result = write(transaction, t),
            exception =>
            {
                if (exception is null)
                {
                    done.SetResult(result!);
                }
                else
                {
                    done.SetException(exception);
                }
            },
            Environment.TickCount64);
        try
        {
            if (!works.TryAdd(work))
            {
                done.SetException(TooLate());
            }
        }
        catch (InvalidOperationException)
        {
            done.SetException(new ObjectDisposedException(path));
        }

        return done.Task;
    }

    private TimeoutException TooLate() => new($"{path}: another process keeps the file from being written. If one was stopped (SIGSTOP, a debugger), let it go on or end it.");

    private T? TryRead<T>(Func<LmdbTransaction, Tables, T> read)
    {
        use.EnterReadLock();
        try
        {
            if (environment is null || tables is null)
            {
                return default;
            }

            using var transaction = environment.Begin(isReadOnly: true);
            return read(transaction, tables);
        }
        finally
        {
            use.ExitReadLock();
        }
    }

    private void Run()
    {
        var checkedAt = Environment.TickCount64;
        foreach (var work in works.GetConsumingEnumerable())
        {
            if (TryClose())
            {
                work.Ended(new ObjectDisposedException(path));
                return;
            }

            if (Environment.TickCount64 - work.Since > LongestWait.TotalMilliseconds)
            {
                work.Ended(TooLate());
                continue;
            }

            try
            {
                Open();
                Write(work.Do);
                work.Ended(null);
                if (Environment.TickCount64 - checkedAt > ReaderCheckInterval.TotalMilliseconds)
                {
                    // Of processes that were killed while they read.
                    environment!.CheckReaders();
                    checkedAt = Environment.TickCount64;
                }
            }
            catch (Exception exception)
            {
                work.Ended(LmdbFileException.Of(exception, path));
            }
        }
    }

    private void Write(Action<LmdbTransaction, Tables> write)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                Commit(write);
                return;
            }
            catch (LmdbException exception) when (exception.Code == NativeLmdb.MapResized && attempt < 3)
            {
                Adopt();
            }
            catch (LmdbException exception) when (exception.Code is NativeLmdb.MapFull or LmdbFileException.NoSpace or LmdbFileException.Failed && attempt < 2)
            {
                // First those that go soonest, then all: the log needs the room more, and what is free in the file needs none of the disk.
                var keep = attempt == 0 ? 0.5 : 0;
                Commit((transaction, t) => LmdbResults.Shrink(transaction, t, (long)(LmdbResults.Bytes(transaction, t) * keep)));
            }
        }
    }

    /// <summary>No lock of this process's is held: LMDB's own may not come.</summary>
    private void Commit(Action<LmdbTransaction, Tables> write)
    {
        using var transaction = environment!.Begin(isReadOnly: false);
        write(transaction, tables!);
        transaction.Commit();
    }

    /// <summary>Another process, which may have more bytes, has made the file longer than this one takes it to be.</summary>
    private void Adopt()
    {
        use.EnterWriteLock();
        try
        {
            environment?.AdoptMapSize();
        }
        finally
        {
            use.ExitWriteLock();
        }
    }

    /// <summary>The most bytes that results may take.</summary>
    internal long ResultBytes => (long)(maximumBytes * ResultsShare);

    private void Open()
    {
        if (environment is not null)
        {
            if (opened == FileIdentity.Of(path))
            {
                return;
            }

            // Somebody has deleted it: others have another one by now, and would never be heard of in this.
            Close();
        }

        LmdbPlace.Prepare(path);
        var made = new LmdbEnvironment();
        try
        {
            // What isn't on the disk yet when the machine goes down is in a file that nobody opens any more: its name has the boot in it.
            made.Open(
                path, maximumBytes, MostReaders, MostTables, NativeLmdb.NoSubDir | (LmdbPlace.IsOfThisBoot(path) ? NativeLmdb.NoSync : 0), OwnerReadsAndWrites);
            using var transaction = made.Begin(isReadOnly: false);
            var all = new Tables(
                transaction.OpenTable("state"), transaction.OpenTable("log"), transaction.OpenTable("marks"), transaction.OpenTable("facts"), transaction.OpenTable("results"),
                transaction.OpenTable("expirations"));
            CheckFormat(transaction, all.State);
            transaction.Commit();
            use.EnterWriteLock();
            (environment, tables, opened) = (made, all, FileIdentity.Of(path));
            use.ExitWriteLock();
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    private static void CheckFormat(LmdbTransaction transaction, uint state)
    {
        if (!transaction.TryGet(state, "format"u8, out var format))
        {
            transaction.Put(state, "format"u8, [Format]);
        }
        else if (format is not [Format])
        {
            throw new LmdbFileException("The file was made by another version of ZooCache, which keeps it in another form. Stop all processes of that version, and delete the file; or give this version a path of its own, if both needn't hear of one another's writes.");
        }
    }

    private void Close()
    {
        use.EnterWriteLock();
        environment?.Dispose();
        (environment, tables) = (null, null);
        use.ExitWriteLock();
    }

    private bool TryClose()
    {
        lock (Gate)
        {
            if (users > 0)
            {
                return false;
            }

            works.CompleteAdding();

            // Before another one of this process may open it: it would lose its locks with this one.
            Close();
            Files.Remove(key);
        }

        foreach (var left in works.GetConsumingEnumerable())
        {
            left.Ended(new ObjectDisposedException(path));
        }

        return true;
    }

    private sealed record Work(Action<LmdbTransaction, Tables> Do, Action<Exception?> Ended, long Since);
}
