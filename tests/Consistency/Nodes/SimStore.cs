namespace ZooCache.Consistency.Tests.Nodes;

/// <summary>What one node has kept for the others.</summary>
internal sealed record SimKept(ulong Epoch, HlcStamp Stamp, SimAnswer Answer);

/// <summary>Where nodes keep answers for one another. It loses some, and gives what was there before in the place of what was kept last.</summary>
internal sealed class SimStore(SimScheduler scheduler)
{
    private readonly Dictionary<SimQuery, List<SimKept>> _kept = [];

    internal SimKept? Find(SimQuery query)
    {
        if (scheduler.Chance(10) || !_kept.TryGetValue(query, out var versions))
        {
            return null;
        }

        return scheduler.Chance(60) ? versions[^1] : versions[scheduler.Random.Next(versions.Count)];
    }

    internal void Keep(SimQuery query, SimKept kept)
    {
        if (kept.Stamp == HlcStamp.None)
        {
            return;
        }

        if (!_kept.TryGetValue(query, out var versions))
        {
            _kept.Add(query, versions = []);
        }

        versions.Add(kept);
    }
}
