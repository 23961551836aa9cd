using System.Globalization;

namespace ZooCache.Cli.Live;

/// <summary>Numbers for people.</summary>
internal static class Figure
{
    private const string Bars = "▁▂▃▄▅▆▇█";

    internal static string Rate(double value) => value switch
    {
        >= 1_000_000 => Of(value / 1_000_000, "0.0", " M"),
        >= 10_000 => Of(value / 1_000, "0.0", " k"),
        >= 100 or 0 => Of(value, "0", ""),
        _ => Of(value, "0.0", ""),
    };

    internal static string Share(double? value) => value is { } known ? Of(100 * known, "0.0", " %") : "–";

    internal static string Bytes(long value) => value switch
    {
        >= 1L << 30 => Short(value / (double)(1L << 30), " GiB"),
        >= 1L << 20 => Short(value / (double)(1L << 20), " MiB"),
        >= 1L << 10 => Short(value / (double)(1L << 10), " KiB"),
        _ => Of(value, "0", " B"),
    };

    internal static string Duration(double? seconds) => seconds switch
    {
        null => "–",
        0 => "0 s",
        >= 1 => Short(seconds.Value, " s"),
        >= 0.001 => Short(1_000 * seconds.Value, " ms"),
        _ => Short(1_000_000 * seconds.Value, " µs"),
    };

    /// <summary>The last values as bars, from 0 to the largest of them, or to <paramref name="largest"/>; a gap where there was none.</summary>
    internal static string Sparkline(IEnumerable<double?> values, int width, double? largest = null)
    {
        var last = values.TakeLast(width).ToList();
        var most = largest ?? last.Max() ?? 0;
        return string.Concat(last.Select(v => v is not { } value ? ' ' : Bars[most <= 0 ? 0 : (int)Math.Clamp(Math.Ceiling(value / most * Bars.Length) - 1, 0, Bars.Length - 1)])).PadLeft(width);
    }

    private static string Short(double value, string unit) => Of(value, value >= 100 ? "0" : "0.0", unit);

    private static string Of(double value, string format, string unit) => value.ToString(format, CultureInfo.InvariantCulture) + unit;
}
