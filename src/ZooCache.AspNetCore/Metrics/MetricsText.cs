using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace ZooCache.AspNetCore.Metrics;

/// <summary>
/// The metrics of all caches of the process, in Prometheus's text format 0.0.4, with the names that OpenTelemetry's rules of compatibility give them
/// (https://prometheus.io/docs/instrumenting/exposition_formats/, https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/). Thread-safe.
/// </summary>
internal static class MetricsText
{
    internal const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly Lock Gate = new();
    private static readonly SortedDictionary<string, Family> Families = new(StringComparer.Ordinal);
    private static readonly MeterListener Listener = Listen();

    internal static string Write()
    {
        lock (Gate)
        {
            Families.Clear();
            Listener.RecordObservableInstruments();
            foreach (var series in DurationHistograms.All)
            {
                Write(series);
            }

            var text = new StringBuilder();
            foreach (var (name, family) in Families)
            {
                text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {family.Help}\n# TYPE {name} {family.Type}\n").AppendJoin("", family.Lines);
            }

            return text.ToString();
        }
    }

    private static MeterListener Listen()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, self) =>
            {
                if (instrument.IsObservable && instrument.Meter.Name == ZooCacheMetrics.MeterName)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>(static (instrument, value, tags, _) => Observe(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>(static (instrument, value, tags, _) => Observe(instrument, value, tags));
        listener.Start();
        return listener;
    }

    private static string NumberOf(double value) => double.IsPositiveInfinity(value) ? "+Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string NameOf(Instrument instrument)
    {
        var unit = instrument.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            _ => "",
        };
        var name = instrument.Name.Replace('.', '_');
        return name + (name.EndsWith(unit, StringComparison.Ordinal) ? "" : unit) + (TypeOf(instrument) == "counter" ? "_total" : "");
    }

    private static string TypeOf(Instrument instrument) => instrument.GetType().GetGenericTypeDefinition() == typeof(ObservableCounter<>) ? "counter" : "gauge";

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            var escaped = $"{value}".Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
            text.Append(text.Length == 0 ? "" : ",").Append(name.Replace('.', '_')).Append("=\"").Append(escaped).Append('"');
        }

        return text.ToString();
    }

    /// <summary>Called while the text is written, by whoever has asked for it.</summary>
    private static void Observe(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        => FamilyOf(instrument, TypeOf(instrument)).Lines.Add($"{NameOf(instrument)}{{{LabelsOf(tags)}}} {NumberOf(value)}\n");

    private static void Write(DurationSeries series)
    {
        var (family, name, labels) = (FamilyOf(series.Histogram, "histogram"), NameOf(series.Histogram), LabelsOf(series.Tags));
        var (total, counts) = (0L, series.Counts);
        for (var i = 0; i < counts.Count; i++)
        {
            total += counts[i];
            family.Lines.Add($"{name}_bucket{{{labels},le=\"{NumberOf(i < series.Limits.Count ? series.Limits[i] : double.PositiveInfinity)}\"}} {NumberOf(total)}\n");
        }

        family.Lines.Add($"{name}_sum{{{labels}}} {NumberOf(series.Sum)}\n");
        family.Lines.Add($"{name}_count{{{labels}}} {NumberOf(total)}\n");
    }

    private static Family FamilyOf(Instrument instrument, string type)
    {
        var name = NameOf(instrument);
        if (!Families.TryGetValue(name, out var family))
        {
            Families[name] = family = new Family(type, instrument.Description ?? "", []);
        }

        return family;
    }

    private sealed record Family(string Type, string Help, List<string> Lines);
}
