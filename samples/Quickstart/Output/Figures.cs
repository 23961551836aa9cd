using System.Globalization;
using Quickstart.Load;
using Quickstart.Measuring;

namespace Quickstart.Output;

/// <summary>How names and times are written.</summary>
internal static class Figures
{
    public static string NameOf(ReadFamily family) => family switch
    {
        ReadFamily.Point => "by key",
        ReadFamily.Unique => "by e-mail",
        ReadFamily.Include => "with includes",
        ReadFamily.List => "by foreign key",
        ReadFamily.Aggregate => "aggregates",
        ReadFamily.Search => "search, paging",
        _ => throw new ArgumentOutOfRangeException(nameof(family), family, message: null),
    };

    public static string Times(LatencyDistribution latencies) =>
        latencies.Count == 0 ? "-" : $"{Time(latencies.Median)} / {Time(latencies.Quantile(0.99))}";

    private static string Time(TimeSpan? time) => time switch
    {
        null => "-",
        { TotalMicroseconds: < 100 } t => string.Create(CultureInfo.InvariantCulture, $"{t.TotalMicroseconds:0.0} µs"),
        { TotalMilliseconds: < 1 } t => string.Create(CultureInfo.InvariantCulture, $"{t.TotalMicroseconds:0} µs"),
        { } t => string.Create(CultureInfo.InvariantCulture, $"{t.TotalMilliseconds:0.0} ms"),
    };
}
