using System.Collections.Concurrent;

namespace ZooCache;

/// <summary>Counters by reason. At most 64 reasons are kept apart, the rest share "other": labels stay bounded.</summary>
internal sealed class ReasonCounters
{
    internal const int MaximumReasons = 64;
    internal const string Other = "other";

    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<string, StripedCounter> counters = new(StringComparer.Ordinal);

    internal void Increment(string reason) => (counters.TryGetValue(reason, out var counter) ? counter : Make(reason)).Increment();

    internal Dictionary<string, long> Snapshot()
    {
        var values = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (reason, counter) in counters)
        {
            values[reason] = counter.Value;
        }

        return values;
    }

    private StripedCounter Make(string reason)
    {
        lock (gate)
        {
            var kept = counters.Count < MaximumReasons || counters.ContainsKey(reason) ? reason : Other;
            return counters.GetOrAdd(kept, static _ => new StripedCounter());
        }
    }
}
