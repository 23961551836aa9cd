using System.Diagnostics;
using System.Globalization;

namespace ZooCache.Integration.Tests;

/// <summary>A write that is over: a row's new value and group, and when it was known to be over.</summary>
internal sealed record DrillWrite(int Id, int Value, int Group, long Returned);

/// <summary>An answer: when it was asked for, what for, and the rows.</summary>
/// <param name="Began">Before it was asked.</param>
/// <param name="ByKey">Whether a row was asked for, or a group.</param>
/// <param name="Wanted">The row's key, or the group.</param>
/// <param name="IsHit">Whether the cache has given it.</param>
/// <param name="IsStored">Whether another node had loaded it.</param>
/// <param name="Seen">The value of the write whose token was presented; 0 for none.</param>
/// <param name="Rows">As told: id:value:group, …</param>
internal sealed record DrillRead(long Began, bool ByKey, int Wanted, bool IsHit, bool IsStored, int Seen, string Rows);

/// <summary>
/// What all nodes have done and seen, and whether it may be: each answer must be one that the database could have given, of each row, at some
/// time since a moment before it was asked. Values grow in the order of commits, so the states of a row since a moment are the newest before it and all
/// that are greater. Thread-safe.
/// </summary>
internal sealed class DrillHistory
{
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly List<DrillRead> _reads = [];
    private readonly List<DrillWrite> _writes = [.. Enumerable.Range(1, GaugeContext.Rows).Select(i => new DrillWrite(i, 0, i % 2, 0))];
    private readonly List<string> _failures = [];
    private readonly List<(long Began, string What)> _drills = [];

    internal int Writes
    {
        get
        {
            lock (_gate)
            {
                return _writes.Count;
            }
        }
    }

    internal int Hits { get; private set; }

    internal int HitsWithToken { get; private set; }

    internal int HitsOfStore { get; private set; }

    internal int Reads { get; private set; }

    internal IReadOnlyList<string> Failures
    {
        get
        {
            lock (_gate)
            {
                return [.. _failures];
            }
        }
    }

    internal void Begin(string drill)
    {
        lock (_gate)
        {
            _drills.Add((Stopwatch.GetTimestamp(), drill));
        }
    }

    internal void Add(DrillRead read)
    {
        lock (_gate)
        {
            _reads.Add(read);
        }
    }

    /// <summary>Adds a write, unless it is known.</summary>
    internal void Add(DrillWrite write)
    {
        lock (_gate)
        {
            if (!_writes.Exists(w => w.Value == write.Value && w.Id == write.Id))
            {
                _writes.Add(write);
            }
        }
    }

    internal void Failed(string? line)
    {
        lock (_gate)
        {
            if (!string.IsNullOrWhiteSpace(line) && _failures.Count < 20)
            {
                _failures.Add(line);
            }
        }
    }

    /// <summary>Judges what was read since the last time. What seems wrong now may be made right by a write that is over and of which nobody has
    /// told yet: it is judged again, until all writes are known.</summary>
    /// <param name="bound">How old an answer may be.</param>
    /// <param name="isLast">Whether all that was written is known.</param>
    internal void Judge(TimeSpan bound, bool isLast)
    {
        lock (_gate)
        {
            var allowed = (long)(bound.TotalSeconds * Stopwatch.Frequency);
            var rows = _writes.GroupBy(w => w.Id).ToDictionary(g => g.Key, g => g.OrderBy(w => w.Value).ToArray());
            var known = _writes.Select(w => w.Value).ToHashSet();
            var newestUnknown = Enumerable.Range(1, _writes.Max(w => w.Value)).LastOrDefault(v => !known.Contains(v));
            List<DrillRead> doubtful = [];
            foreach (var read in _reads)
            {
                var isDue = isLast || Stopwatch.GetElapsedTime(read.Began) > Settled;
                if (Wrong(read, allowed, rows, isDue ? newestUnknown : 0) is not { } wrong)
                {
                    Reads++;
                    Hits += read.IsHit ? 1 : 0;
                    HitsOfStore += read.IsStored ? 1 : 0;
                    HitsWithToken += read is { IsHit: true, Seen: > 0 } ? 1 : 0;
                }
                else if (isDue)
                {
                    Failed(wrong);
                }
                else
                {
                    doubtful.Add(read);
                }
            }

            _reads.Clear();
            _reads.AddRange(doubtful);
        }
    }

    /// <summary>What is wrong with an answer; null if nothing.</summary>
    /// <param name="newestUnknown">A write of which nobody will tell any more (its node was killed) may have moved a row that is missing; 0 if there is none.</param>
    private string? Wrong(DrillRead read, long allowed, Dictionary<int, DrillWrite[]> rows, int newestUnknown)
    {
        var given = read.Rows.Length == 0 ? [] : read.Rows.Split(',').Select(r => r.Split(':').Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray()).ToDictionary(r => r[0]);
        foreach (var (id, writes) in rows.Where(r => !read.ByKey || r.Key == read.Wanted))
        {
            var must = writes.LastOrDefault(w => w.Returned + allowed < read.Began)?.Value ?? 0;
            must = Math.Max(must, read.ByKey ? read.Seen : 0);
            if (given.TryGetValue(id, out var row) ? row[1] >= must : !read.ByKey && (newestUnknown > must || writes.Any(w => w.Value >= must && w.Group != read.Wanted)))
            {
                continue;
            }

            var missed = writes.Last(w => w.Returned + allowed < read.Began || w.Value == must);
            var drill = _drills.LastOrDefault(d => d.Began <= read.Began).What;
            return $"{drill}: {(read.ByKey ? "row" : "group")} {read.Wanted} was [{read.Rows}] {(read.IsHit ? "from the cache" : "from the database")}, {Stopwatch.GetElapsedTime(missed.Returned, read.Began).TotalMilliseconds:F0} ms after {missed} was over{(read.Seen > 0 ? $", asked for {read.Seen}" : "")}";
        }

        return null;
    }
}
