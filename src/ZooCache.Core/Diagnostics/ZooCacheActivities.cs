using System.Diagnostics;

namespace ZooCache;

/// <summary>The spans of loads and of writes. They never become the current one: what they span is the application's, and goes on around them.</summary>
internal static class ZooCacheActivities
{
    internal const string Fill = "zoocache.fill";
    internal const string Write = "zoocache.write";
    internal const string OutcomeTag = "zoocache.outcome";
    internal const string CauseTag = "zoocache.cause";

    internal static ActivitySource Source { get; } = new("ZooCache");

    /// <summary>The current span, if somebody listens.</summary>
    internal static ActivityContext Current => Source.HasListeners() ? Activity.Current?.Context ?? default : default;

    /// <summary>Begins a span below the current one; null if nobody listens.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cache">The cache's name.</param>
    /// <param name="after">What has brought it about, in another trace; default if that isn't known.</param>
    internal static Activity? Begin(string name, string cache, ActivityContext after = default)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var current = Activity.Current;
        var activity = Source.StartActivity(
            name, ActivityKind.Internal, default(ActivityContext), [KeyValuePair.Create<string, object?>(ZooCacheMetrics.CacheTag, cache)], after == default ? null : [new ActivityLink(after)]);
        Activity.Current = current;
        return activity;
    }

    internal static void End(Activity? activity, string outcome)
    {
        if (activity is null)
        {
            return;
        }

        var current = Activity.Current;
        activity.SetTag(OutcomeTag, outcome);
        activity.Stop();
        Activity.Current = current;
    }
}
