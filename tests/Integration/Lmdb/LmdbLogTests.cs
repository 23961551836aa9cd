using System.Globalization;
using Xunit.Abstractions;
using ZooCache.Lmdb;
using ZooCache.Lmdb.Binding;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests;

/// <summary>The log in a file, and what becomes of it when things go wrong.</summary>
public sealed class LmdbLogTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"zoocache-lmdb-{Guid.NewGuid():N}");
    private readonly List<IDisposable> _opened = [];

    public void Dispose()
    {
        _opened.ForEach(o => o.Dispose());
        SpinWait.SpinUntil(
            () =>
            {
                try
                {
                    Directory.Delete(_directory, recursive: true);
                }
                catch (DirectoryNotFoundException)
                {
                    return true;
                }
                catch (IOException)
                {
                    return false;
                }

                return true;
            },
            TimeSpan.FromSeconds(20));
    }

    /// <summary>ZOOCACHE_SEED replays a run (but for what depends on how fast it goes).</summary>
    [LmdbFact]
    public async Task Whatever_is_asked_it_answers_as_the_log_in_memory_does()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("ZOOCACHE_SEED"), CultureInfo.InvariantCulture, out var given) ? given : 4711;
        output.WriteLine($"ZOOCACHE_SEED={seed}");
        await LogConformance.Run(Open("conformance"), seed);
    }

    [LmdbFact]
    public async Task Who_subscribed_hears_of_each_entry_of_another()
    {
        var (one, other) = (Open("heard"), Open("heard"));
        var heard = System.Threading.Channels.Channel.CreateUnbounded<LogEntry>();
        using var subscription = one.Subscribe(e => _ = e.Kind == LogEntryKind.Change && heard.Writer.TryWrite(e));
        var epoch = (await other.JoinAsync(Joining(1, 9), default)).State.Epoch;
        await other.AppendAsync(Appending(epoch, 1, [1]), default);
        LogEntry? first = null;
        for (ulong position = 2; first is null; position++)
        {
            await other.AppendAsync(Appending(epoch, position, [10, 13, 0, 255]), default);
            await Task.Delay(1);
            heard.Reader.TryRead(out first);
        }

        // From then on all of them, in their order.
        var after = (await other.AppendAsync(Appending(epoch, 5_000, [7]), default)).Entry!;
        var last = first;
        while (last.Stamp < after.Stamp)
        {
            var next = await heard.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
            next.Previous.ShouldBe(last.Stamp);
            last = next;
        }

        last.Body.ToArray().ShouldBe([7]);
    }

    [LmdbFact]
    public async Task It_goes_on_where_it_was_once_all_have_closed_it()
    {
        var log = Open("again");
        var epoch = (await log.JoinAsync(Joining(1, 9), default)).State.Epoch;
        var entry = (await log.AppendAsync(Appending(epoch, 1, [1, 2, 3]), default)).Entry!;
        log.Dispose();

        var again = Open("again");
        var joined = await again.JoinAsync(Joining(2, 10), default);

        joined.State.Epoch.ShouldBe(epoch);
        joined.Members.ShouldBe([1UL]);
        (await again.ReadAsync(2, entry.Previous, 1, default)).Entries.Single().Body.ToArray().ShouldBe([1, 2, 3]);
    }

    [LmdbFact]
    public async Task No_more_is_kept_than_its_capacity()
    {
        var log = Open("short", capacity: 100);
        var epoch = (await log.JoinAsync(Joining(1, 9), default)).State.Epoch;
        LogEntry? last = null;
        for (ulong position = 1; position <= 250; position++)
        {
            last = (await log.AppendAsync(Appending(epoch, position, new byte[50]), default)).Entry;
        }

        var page = await log.ReadAsync(1, HlcStamp.None, 1_000, default);
        page.Entries.Count.ShouldBe(100);
        page.Entries[^1].Stamp.ShouldBe(last!.Stamp);
    }

    // Turned red by leaving out the truncation in LmdbLogStorage.Clear.
    [LmdbFact]
    public async Task A_log_that_begins_anew_has_forgotten_everything()
    {
        var log = Open("anew");
        var store = OpenStore("anew");
        var epoch = (await log.JoinAsync(Joining(1, 9), default)).State.Epoch;
        await log.AppendAsync(Appending(epoch, 1, [1]), default);
        await log.AppendAsync(Appending(epoch, 2, [2]) with { Kind = LogEntryKind.Fact }, default);
        await log.AppendAsync(Appending(epoch, 3, [2]) with { Kind = LogEntryKind.Mark, Write = 5 }, default);
        await store.SetAsync(new EntryName(1), new byte[] { 1 }, TimeSpan.FromHours(1));

        var joined = await log.JoinAsync(Joining(2, 10) with { Strict = true }, default);

        (joined.State.Epoch, joined.Marks.Count, joined.Facts.Count).ShouldBe((10UL, 0, 0));
        (await log.ReadAsync(2, HlcStamp.None, 100, default)).Entries.ShouldHaveSingleItem().Kind.ShouldBe(LogEntryKind.Joined);
        (await store.GetAsync(new EntryName(1))).ShouldBeNull();
    }

    [LmdbFact]
    public async Task What_was_kept_before_the_machine_was_started_isnt_believed()
    {
        Directory.CreateDirectory(_directory);
        var old = LmdbPlace.FileOf(_directory, "boot").Replace(File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim(), "0e9a0e9a-0000-4000-8000-0e9a0e9a0e9a", StringComparison.Ordinal);
        var other = LmdbPlace.FileOf(_directory, "boot2").Replace(File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim(), "0e9a0e9a-0000-4000-8000-0e9a0e9a0e9a", StringComparison.Ordinal);
        File.WriteAllText(old, "");
        File.WriteAllText(old + "-lock", "");
        File.WriteAllText(other, "");

        await Open("boot").JoinAsync(Joining(1, 9), default);

        Directory.GetFiles(_directory).Order().ShouldBe(
            ((string[])[other, LmdbPlace.FileOf(_directory, "boot"), LmdbPlace.FileOf(_directory, "boot") + "-lock"]).Order());
    }

    // Turned red by deleting what begins with the prefix.
    [LmdbFact]
    public async Task A_prefix_that_another_one_begins_with_leaves_it_alone()
    {
        await Open("shop.api").JoinAsync(Joining(1, 9), default);
        await Open("shop").JoinAsync(Joining(1, 9), default);

        File.Exists(LmdbPlace.FileOf(_directory, "shop.api")).ShouldBeTrue();
    }

    // Turned red by leaving out the identity in LmdbFile.Open: each would go on with a log of its own.
    [LmdbFact]
    public async Task A_file_that_was_deleted_is_left_for_the_one_that_others_have_now()
    {
        var log = Open("gone");
        (await log.JoinAsync(Joining(1, 9), default)).State.Epoch.ShouldBe(9UL);
        File.Delete(LmdbPlace.FileOf(_directory, "gone"));

        (await log.TickAsync(new LogTick(1, true, 0), default)).IsMember.ShouldBeFalse();
        (await log.JoinAsync(Joining(1, 10), default)).State.Epoch.ShouldBe(10UL);
        File.Exists(LmdbPlace.FileOf(_directory, "gone")).ShouldBeTrue();
        (await log.ReadAsync(1, HlcStamp.None, 10, default)).Entries.ShouldHaveSingleItem();
    }

    // Turned red by the path as the key in LmdbFile.Use: to close one of two openings gives up the locks of both.
    [LmdbFact]
    public void One_directory_by_two_names_is_opened_once()
    {
        Directory.CreateDirectory(_directory);
        var link = _directory + "-link";
        Directory.CreateSymbolicLink(link, _directory);
        var one = LmdbFile.Use(LmdbPlace.FileOf(_directory, "x"), 1024 * 1024);
        var other = LmdbFile.Use(LmdbPlace.FileOf(link, "x"), 1024 * 1024);
        Directory.Delete(link);

        other.ShouldBeSameAs(one);
        one.Release();
        one.Release();
    }

    // Turned red by a lock around Begin in LmdbFile.Commit, and by Adopt where it is read.
    [LmdbFact]
    public async Task Nobody_who_reads_waits_for_anybody_who_writes()
    {
        var store = OpenStore("held", maximumBytes: 1024 * 1024);
        await store.SetAsync(new EntryName(1), new byte[] { 5 }, TimeSpan.FromHours(1));
        using var other = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(
            "dotnet", [typeof(LmdbLogTests).Assembly.Location, "lmdb-hold", LmdbPlace.FileOf(_directory, "held"), "large"])
        { RedirectStandardOutput = true, UseShellExecute = false })!;
        try
        {
            (await other.StandardOutput.ReadLineAsync()).ShouldBe("holding");
            var waiting = store.SetAsync(new EntryName(2), new byte[] { 6 }, TimeSpan.FromHours(1)).AsTask();
            for (var i = 0; i < 20; i++)
            {
                // The file is longer by now than this process takes it to be, and that can't be put right.
                (await Task.Run(() => store.GetAsync(new EntryName(1)).AsTask()).WaitAsync(TimeSpan.FromSeconds(20))).ShouldBeNull();
            }

            waiting.IsCompleted.ShouldBeFalse();
            other.Kill();
            await waiting.WaitAsync(TimeSpan.FromSeconds(20));
            (await store.GetAsync(new EntryName(1))).ShouldNotBeNull().ToArray().ShouldBe([5]);
        }
        finally
        {
            other.Kill();
        }
    }

    [LmdbFact]
    public void Containers_with_one_process_number_are_told_so()
        => LmdbFileException.Of(new LmdbException(11), "f").Message.ShouldContain("--pid");

    [LmdbFact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task Files_are_their_users_alone()
    {
        await Open("mine").JoinAsync(Joining(1, 9), default);

        File.GetUnixFileMode(LmdbPlace.FileOf(_directory, "mine")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(_directory).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [LmdbFact]
    public async Task Results_come_back_until_they_expire_and_the_first_to_expire_make_room()
    {
        var time = new ManualTimeProvider();
        var store = OpenStore("results", maximumBytes: 1024 * 1024, time);
        await store.SetAsync(new EntryName(1), new byte[] { 1, 2 }, TimeSpan.FromHours(1));
        await store.SetAsync(new EntryName(2), new byte[] { 3 }, TimeSpan.FromMilliseconds(1));
        time.Advance(TimeSpan.FromSeconds(1));
        (await store.GetAsync(new EntryName(1))).ShouldNotBeNull().ToArray().ShouldBe([1, 2]);
        (await store.GetAsync(new EntryName(2))).ShouldBeNull();
        (await store.GetAsync(new EntryName(3))).ShouldBeNull();
        await store.SetAsync(new EntryName(1), new byte[] { 9 }, TimeSpan.FromHours(2));
        (await store.GetAsync(new EntryName(1))).ShouldNotBeNull().ToArray().ShouldBe([9]);

        for (var i = 0; i < 400; i++)
        {
            await store.SetAsync(new EntryName((UInt128)(100 + i)), new byte[10_000], TimeSpan.FromMinutes(1 + i));
        }

        (await store.GetAsync(new EntryName(100))).ShouldBeNull();
        (await store.GetAsync(new EntryName(499))).ShouldNotBeNull();
        var kept = 0;
        for (var i = 0; i < 400; i++)
        {
            kept += await store.GetAsync(new EntryName((UInt128)(100 + i))) is null ? 0 : 1;
        }

        output.WriteLine($"{kept} of 400 kept");
        kept.ShouldBeInRange(40, 78);
        new FileInfo(LmdbPlace.FileOf(_directory, "results")).Length.ShouldBeLessThanOrEqualTo(1024 * 1024);
    }

    // Turned red by leaving out MapFull in LmdbFile.Write.
    [LmdbFact]
    public async Task A_full_file_drops_results_for_the_log()
    {
        var (log, store) = (Open("full", maximumBytes: 1024 * 1024, capacity: 100_000), OpenStore("full", maximumBytes: 1024 * 1024));
        var epoch = (await log.JoinAsync(Joining(1, 9), default)).State.Epoch;
        for (var i = 0; i < 70; i++)
        {
            await store.SetAsync(new EntryName((UInt128)(100 + i)), new byte[10_000], TimeSpan.FromMinutes(1 + i));
        }

        for (ulong position = 1; position <= 500; position++)
        {
            (await log.AppendAsync(Appending(epoch, position, new byte[1_000]), default)).Entry.ShouldNotBeNull();
        }

        // Of the log itself there is no end: that is said.
        var failure = await Should.ThrowAsync<LmdbFileException>(async () =>
        {
            for (ulong position = 501; position <= 2_000; position++)
            {
                await log.AppendAsync(Appending(epoch, position, new byte[1_000]), default);
            }
        });
        failure.Message.ShouldContain("MaximumBytes");
        (await log.TickAsync(new LogTick(1, true, 0), default)).Epoch.ShouldBe(epoch);
    }

    [LmdbFact]
    public async Task Another_version_of_the_format_is_refused_and_left_alone()
    {
        var file = LmdbPlace.FileOf(_directory, "format");
        await Open("format").JoinAsync(Joining(1, 9), default);
        using (var environment = Raw(file))
        {
            await environment.WriteAsync((transaction, tables) =>
            {
                transaction.Put(tables.State, "format"u8, [99]);
                return true;
            });
        }

        _opened.ForEach(o => o.Dispose());
        _opened.Clear();
        Closed(file);

        var failure = await Should.ThrowAsync<LmdbFileException>(() => Open("format").JoinAsync(Joining(1, 10), default));
        failure.Message.ShouldContain("another version of ZooCache");
        Should.Throw<LmdbFileException>(() => Open("format").ReadAsync(1, HlcStamp.None, 1, default).GetAwaiter().GetResult());
    }

    [LmdbTheory]
    [InlineData("nonsense", "no file of LMDB's")]
    [InlineData("a directory", "")]
    public async Task Something_else_in_its_place_is_refused(string what, string message)
    {
        Directory.CreateDirectory(_directory);
        var file = LmdbPlace.FileOf(_directory, "other");
        if (what == "nonsense")
        {
            File.WriteAllText(file, new string('x', 100_000));
        }
        else
        {
            Directory.CreateDirectory(file);
        }

        var failure = await Should.ThrowAsync<LmdbFileException>(() => Open("other").JoinAsync(Joining(1, 10), default));
        failure.Message.ShouldContain(message);
        failure.Message.ShouldContain(file);

        // Once it is gone all is well.
        if (what == "nonsense")
        {
            File.Delete(file);
        }
        else
        {
            Directory.Delete(file, recursive: true);
        }

        (await Open("other").JoinAsync(Joining(1, 10), default)).State.Epoch.ShouldBe(10UL);
    }

    private static LogJoin Joining(ulong node, ulong epoch) => new(node, epoch, false, TimeSpan.FromHours(1), TimeSpan.FromHours(1), 0, []);

    private static LogAppend Appending(ulong epoch, ulong position, byte[] body) => new(epoch, HlcStamp.None, LogEntryKind.Change, 1, position, position, 0, body);

    private static RawFile Raw(string file) => new(LmdbFile.Use(file, 1024 * 1024 * 1024));

    /// <summary>Its thread closes a file that nobody uses any more.</summary>
    private static void Closed(string file) => SpinWait.SpinUntil(() => !LmdbFile.IsOpen(file), TimeSpan.FromSeconds(20)).ShouldBeTrue();

    private LmdbLog Open(string prefix, long maximumBytes = 1024 * 1024 * 1024, int capacity = LogConformance.Capacity)
        => Opened(new LmdbLog(LmdbFile.Use(LmdbPlace.FileOf(_directory, prefix), maximumBytes), TimeProvider.System, capacity, LogConformance.Drift));

    private LmdbStore OpenStore(string prefix, long maximumBytes = 1024 * 1024 * 1024, TimeProvider? time = null)
        => Opened(new LmdbStore(LmdbFile.Use(LmdbPlace.FileOf(_directory, prefix), maximumBytes), time ?? TimeProvider.System));

    private T Opened<T>(T opened)
        where T : IDisposable
    {
        _opened.Add(opened);
        return opened;
    }

    private sealed class RawFile(LmdbFile file) : IDisposable
    {
        internal Task<T> WriteAsync<T>(Func<LmdbTransaction, LmdbFile.Tables, T> write) => file.WriteAsync(write);

        public void Dispose() => file.Release();
    }
}
