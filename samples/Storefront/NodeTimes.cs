using ZooCache;

namespace Storefront;

/// <summary>
/// How the nodes keep one another informed. Shorter than the defaults, so that a run of seconds can tell whether the promise is kept: by
/// default a write may stay unseen for 15 seconds while something fails.
/// </summary>
internal static class NodeTimes
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan MaxStaleness = TimeSpan.FromSeconds(1);

    /// <summary>When a write is seen by all at the latest, from when it has returned, whatever fails meanwhile.</summary>
    public static TimeSpan Bound => Lease + MaxStaleness;

    public static void Apply(NodeOptions nodes, bool strict)
    {
        nodes.HeartbeatInterval = TimeSpan.FromMilliseconds(250);
        nodes.MaxStaleness = MaxStaleness;
        nodes.LeaseTime = Lease;
        if (strict)
        {
            nodes.Consistency = CacheConsistency.Strict;

            // A log that is new, and strict, is trusted after this time. No transaction of this shop lasts as long.
            nodes.SuspectTime = TimeSpan.FromSeconds(3);
        }
    }
}
