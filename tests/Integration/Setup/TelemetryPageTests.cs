using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace ZooCache.Integration.Tests.Setup;

/// <summary>docs/telemetry.md names what there is, and nothing else.</summary>
public sealed partial class TelemetryPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Root(), "docs", "telemetry.md"));

    [Fact]
    public void Each_instrument_is_named()
    {
        using var cache = new ZooCache();
        var instruments = new HashSet<string>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == "ZooCache")
            {
                instruments.Add(instrument.Name);
            }
        };
        listener.Start();
        var table = Page[Page.IndexOf("| instrument", StringComparison.Ordinal)..Page.IndexOf("What to watch", StringComparison.Ordinal)];
        var named = table.Split('\n').Where(l => l.StartsWith("| `zoocache.", StringComparison.Ordinal)).SelectMany(l => Name().Matches(l.Split('|')[1]).Select(m => m.Value));
        named.Order(StringComparer.Ordinal).ShouldBe(instruments.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Each_log_message_is_named()
    {
        var table = Page[Page.IndexOf("## Log messages", StringComparison.Ordinal)..Page.IndexOf("## Health", StringComparison.Ordinal)];
        var named = table.Split('\n').Where(l => l.StartsWith("| 1", StringComparison.Ordinal)).SelectMany(l => l.Split('|')[1].Split(',').Select(int.Parse));
        var there = typeof(CacheLog).GetMethods(BindingFlags.Static | BindingFlags.NonPublic).Select(m => m.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>();
        named.Order().ShouldBe(there.Select(m => m.EventId).Order());
    }

    private static string Root([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));

    [GeneratedRegex("zoocache\\.[a-z._]+")]
    private static partial Regex Name();
}
