using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Lmdb;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests;

/// <summary>What may become of a file: each time the application works, and is told what is wrong.</summary>
public sealed class LmdbMisfortuneTests : IDisposable
{
    private readonly TestDatabase _database = GaugeContext.Create();
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"zoocache-lmdb-{Guid.NewGuid():N}");
    private readonly List<IDisposable> _owned = [];

    public void Dispose()
    {
        _owned.ForEach(o => o.Dispose());
        _database.Dispose();
        if (Directory.Exists(_directory))
        {
            SpinWait.SpinUntil(() => Directory.GetFiles(_directory).All(f => !LmdbFile.IsOpen(f)), TimeSpan.FromSeconds(20));
            Directory.Delete(_directory, recursive: true);
        }
    }

    // Turned red by waiting for the writing thread without a limit, in LogCalls.Answer.
    [LmdbTheory]
    [InlineData("STOP")]
    [InlineData("")]
    public void A_process_that_is_stopped_while_it_writes_costs_hits_and_nothing_else(string signal)
    {
        var cache = Cache();
        Until(() => Ask(cache) == "0 hit");
        using var other = Start("lmdb-hold", LmdbPlace.FileOf(_directory, "zoo"));
        other.StandardOutput.ReadLine().ShouldBe("holding");
        if (signal.Length > 0)
        {
            Signals.Send(other, signal);
        }

        Until(() => Ask(cache) == "0 log-unconfirmed");
        Write(cache, 5);
        Ask(cache).ShouldBe("5 log-unconfirmed");
        Until(() => cache.GetStatistics().LastLogFailure?.Contains("NodeOptions.RequestTimeout", StringComparison.Ordinal) == true);

        // What has waited for too long isn't written any more, and says why.
        other.Kill();
        other.WaitForExit();
        Until(() => Ask(cache) == "5 hit");
        Until(() => cache.Node!.Position.ToTell == 0);
    }

    [LmdbFact]
    public void A_file_may_be_large_and_takes_no_room_that_it_doesnt_need()
    {
        var cache = Cache(l => l.MaximumBytes = 10L * 1024 * 1024 * 1024);
        Until(() => Ask(cache) == "0 hit");
        Until(() => cache.GetStatistics().StoreWrites > 0);

        using var du = Process.Start(new ProcessStartInfo("du", ["-sk", _directory]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        int.Parse(du.StandardOutput.ReadToEnd().Split('\t')[0], System.Globalization.CultureInfo.InvariantCulture).ShouldBeLessThan(1024);
    }

    [LmdbFact]
    public void Another_process_with_more_room_is_followed()
    {
        var small = Cache(l => l.MaximumBytes = 1024 * 1024, prefix: "victim", requestTimeout: TimeSpan.FromMinutes(1));
        Until(() => Ask(small) == "0 hit");
        using var other = Start("lmdb-ask", _directory, $"{_database.ConnectionString};Pooling=False", "150");
        other.StandardOutput.ReadToEnd().ShouldBe("done 150: no failure\n");

        Until(() => Ask(small) == "150 hit");
        small.GetStatistics().LastLogFailure.ShouldBeNull();
    }

    // Turned red by leaving out Failed in LmdbFile.Write: results make room for the log there, too.
    [LmdbTheory]
    [InlineData("1m", "no failure")]
    [InlineData("32k", "the disk is full")]
    public void On_a_full_disk_the_database_answers(string size, string message)
    {
        // A small disk, which only the process sees.
        var place = Path.Combine(_directory, "small");
        Directory.CreateDirectory(place);
        using var other = Start(["unshare", "--mount", "sh", "-c", $"mount -t tmpfs -o size={size} tmpfs \"$1\" && shift && exec \"$@\"", "sh", place], "lmdb-ask", place, _database.ConnectionString, "400");

        var said = other.StandardOutput.ReadToEnd();
        said.ShouldStartWith("done 400: ", customMessage: said + other.StandardError.ReadToEnd());
        said.ShouldContain(message, customMessage: said);
    }

    [LmdbTheory]
    [InlineData("file")]
    [InlineData("directory")]
    public void What_is_anothers_or_may_only_be_read_isnt_used(string what)
    {
        var cache = Cache(prefix: "victim");
        Until(() => Ask(cache) == "0 hit");
        cache.Dispose();
        var file = LmdbPlace.FileOf(_directory, "victim");
        SpinWait.SpinUntil(() => !LmdbFile.IsOpen(file), TimeSpan.FromSeconds(20)).ShouldBeTrue();
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(what == "file" ? file : _directory, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
            File.SetUnixFileMode(_directory, File.GetUnixFileMode(_directory) | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
        }

        // For root nothing is only to be read: somebody else asks.
        string[] somebody = Environment.UserName == "root" ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
        using var asking = Start(somebody, "lmdb-try", _directory, "victim");
        var said = asking.StandardOutput.ReadToEnd();
        said.ShouldContain("no right to write the file or its directory", customMessage: said + asking.StandardError.ReadToEnd());
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private ZooCache Cache(Action<LmdbOptions>? configure = null, string prefix = "zoo", TimeSpan? requestTimeout = null)
    {
        var cache = new ZooCache(new ZooCacheOptions
        {
            Prefix = prefix,
            Nodes =
            {
                HeartbeatInterval = TimeSpan.FromMilliseconds(20), MaxStaleness = TimeSpan.FromMilliseconds(300),
                RequestTimeout = requestTimeout ?? TimeSpan.FromMilliseconds(200),
                LeaseTime = TimeSpan.FromMinutes(1), SuspectTime = TimeSpan.FromMinutes(2),
            },
        }.UseLmdb(_directory, configure));
        _owned.Add(cache);
        return cache;
    }

    private string Ask(ZooCache cache)
    {
        using var db = Open(cache);
        var value = db.Gauges.Where(g => g.Id == 1).Select(g => g.Value).Cacheable().Single();
        return $"{value} {db.Cache().LastQuery!.Reason}";
    }

    private void Write(ZooCache cache, int value)
    {
        using var db = Open(cache);
        db.Gauges.Single(g => g.Id == 1).Value = value;
        db.SaveChanges();
    }

    private GaugeContext Open(ZooCache cache)
    {
        var builder = GaugeContext.On(_database);
        builder.UseZooCache(cache);
        return new GaugeContext(builder.Options);
    }

    private static void Until(Func<bool> holds) => SpinWait.SpinUntil(holds, TimeSpan.FromSeconds(30)).ShouldBeTrue();

    private Process Start(params string[] arguments) => Start([], arguments);

    private Process Start(string[] before, params string[] arguments)
    {
        string[] all = [.. before, "dotnet", typeof(LmdbMisfortuneTests).Assembly.Location, .. arguments];
        var process = Process.Start(new ProcessStartInfo(all[0], all[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        _owned.Add(new Killed(process));
        return process;
    }

    private sealed class Killed(Process process) : IDisposable
    {
        public void Dispose()
        {
            try
            {
                process.Kill();
            }
            catch (InvalidOperationException)
            {
                // It has gone.
            }
        }
    }
}
