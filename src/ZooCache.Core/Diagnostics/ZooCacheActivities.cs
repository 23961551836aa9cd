using System.Diagnostics;

namespace ZooCache;

/// <summary>The spans of loads and of writes. They never become the current one: what they span is the application's, and goes on around them. Nothing throws, whatever a listener does.</summary>
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
        try
        {
            return Source.StartActivity(
                name, ActivityKind.Internal, default(ActivityContext), [KeyValuePair.Create<string, object?>(ZooCacheMetrics.CacheTag, cache)], after == default ? null : [new ActivityLink(after)]);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return null;
        }
        finally
        {
            Activity.Current = current;
        }
    }

    internal static void End(Activity? activity, string outcome)
    {
        if (activity is null)
        {
            return;
        }

        var current = Activity.Current;
        try
        {
            activity.SetTag(OutcomeTag, outcome);
            activity.Stop();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Whoever listens is the application's: a write isn't to fail by it, nor the others to go untold.
        }
        finally
        {
            Activity.Current = current;
        }
    }
}
