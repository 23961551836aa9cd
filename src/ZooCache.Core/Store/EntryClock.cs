namespace ZooCache;

/// <summary>
/// Ages are told by the monotonic timestamp, so a wall clock that is set back or forward neither revives nor kills entries.
/// All arithmetic saturates: "never" is <see cref="long.MaxValue"/>.
/// </summary>
internal sealed class EntryClock(TimeProvider time)
{
    internal const long Never = long.MaxValue;

    internal long Now => time.GetTimestamp();

    /// <summary>A duration in timestamp units; negative ones are none.</summary>
    internal long Units(TimeSpan span)
    {
        var units = (Int128)span.Ticks * time.TimestampFrequency / TimeSpan.TicksPerSecond;
        return units <= 0 ? 0 : units >= long.MaxValue ? Never : (long)units;
    }

    /// <summary>As many timestamp units as a duration.</summary>
    internal TimeSpan Span(long units)
    {
        var ticks = (Int128)units * TimeSpan.TicksPerSecond / time.TimestampFrequency;
        return ticks >= long.MaxValue ? TimeSpan.MaxValue : new TimeSpan((long)ticks);
    }

    internal long After(long from, TimeSpan? span)
    {
        if (span is not { } given)
        {
            return Never;
        }

        var units = Units(given);
        return units > Never - Math.Max(from, 0) ? Never : from + units;
    }
}
