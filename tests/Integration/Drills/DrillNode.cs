using System.Diagnostics;
using System.Globalization;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests;

/// <summary>A node in a process of its own; with its own way to Redis, or with a file.</summary>
internal sealed class DrillNode : IDisposable
{
    private readonly Process _process;
    private readonly DrillHistory _history;
    private readonly RedisProxy? _way;
    private long _shownAt;
    private long _confirmedAt;
    private int _toTell;
    private long _hits;
    private long _bypasses;

    internal DrillNode(DrillHistory history, TestDatabase database, int redis, CacheConsistency consistency, int skew)
        : this(history, database, new RedisProxy(redis), null, consistency, skew)
    {
    }

    internal DrillNode(DrillHistory history, TestDatabase database, string directory, CacheConsistency consistency)
        : this(history, database, null, directory, consistency, skew: 0)
    {
    }

    private DrillNode(DrillHistory history, TestDatabase database, RedisProxy? way, string? directory, CacheConsistency consistency, int skew)
    {
        _history = history;
        _way = way;
        var configuration = directory ?? string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Way.Port},connectTimeout=300,connectRetry=1,asyncTimeout=500");

        // A node that is frozen in a transaction keeps all others waiting, and the next one may be frozen at once.
        var connection = $"{database.ConnectionString};Default Timeout=60";
        var start = new ProcessStartInfo("dotnet", [typeof(DrillNode).Assembly.Location, "node", configuration, connection, $"{consistency}", $"{skew}"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) => history.Failed(line.Data);
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    internal RedisProxy Way => _way!;

    /// <summary>Told of each write that is over, with the token that names it.</summary>
    internal Action<DrillNode, string, int, int>? Wrote { get; set; }

    internal long Hits => Interlocked.Read(ref _hits);

    internal long Bypasses => Interlocked.Read(ref _bypasses);

    internal bool Rests { get; private set; }

    internal bool HasCompared { get; private set; }

    /// <summary>What it is about to commit, or has, since commits stall: row, value, group.</summary>
    internal (int Id, int Value, int Group)? Committing { get; private set; }

    /// <summary>Since when it has shown itself to be sure that it misses nothing; null if it isn't.</summary>
    internal bool IsConfirmedSince(long moment) => Interlocked.Read(ref _confirmedAt) > moment;

    internal bool IsUnsureSince(long moment) => Interlocked.Read(ref _shownAt) > moment && Interlocked.Read(ref _confirmedAt) < Interlocked.Read(ref _shownAt);

    internal bool HasToldAll => Volatile.Read(ref _toTell) == 0;

    internal void Tell(string line)
    {
        if (line == "stall commits")
        {
            Committing = null;
        }

        lock (_process)
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
        }
    }

    internal void Freeze() => Signals.Send(_process, "STOP");

    internal void Thaw() => Signals.Send(_process, "CONT");

    internal void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Signals.Send(_process, "CONT");
            Kill();
        }

        _process.Dispose();
        _way?.Dispose();
    }

    private void Hear(string? line)
    {
        switch (line?.Split(' '))
        {
            case ["read", var began, var kind, var value, var source, var reason, var seen, var rows]:
                _ = source switch { "Hit" => Interlocked.Increment(ref _hits), "Bypass" => Interlocked.Increment(ref _bypasses), _ => 0 };
                _history.Add(new DrillRead(long.Parse(began, CultureInfo.InvariantCulture), kind == "k", Number(value), source == "Hit", reason == "store", Number(seen), rows));
                break;
            case ["wrote", var returned, var id, var value, var group, var token]:
                _history.Add(new DrillWrite(Number(id), Number(value), Number(group), long.Parse(returned, CultureInfo.InvariantCulture)));
                Wrote?.Invoke(this, token, Number(id), Number(value));
                break;
            case ["committing", var id, var value, var group]:
                Committing = (Number(id), Number(value), Number(group));
                break;
            case ["is", var confirmed, var toTell]:
                Volatile.Write(ref _toTell, Number(toTell));
                var now = Stopwatch.GetTimestamp();
                if (confirmed == "True")
                {
                    Interlocked.Exchange(ref _confirmedAt, now);
                }

                Interlocked.Exchange(ref _shownAt, now);
                break;
            case ["rests"]:
                Rests = true;
                break;
            case ["compared"]:
                HasCompared = true;
                break;
            case not null:
                _history.Failed(line);
                break;
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
