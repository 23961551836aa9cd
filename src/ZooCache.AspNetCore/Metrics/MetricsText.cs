using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace ZooCache.AspNetCore.Metrics;

/// <summary>
/// The metrics of all caches of the process, in Prometheus's text format 0.0.4, with the names that OpenTelemetry's rules of compatibility give them
/// (https://prometheus.io/docs/instrumenting/exposition_formats/, https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/). Thread-safe.
/// </summary>
/// <remarks>Durations are added up from the first time that somebody has asked for the text, or has said that he will.</remarks>
internal static class MetricsText
{
    internal const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly Lock Gate = new();
    private static readonly ConcurrentDictionary<SeriesKey, Buckets> Histograms = new();
    private static readonly SortedDictionary<string, Family> Families = new(StringComparer.Ordinal);
    private static readonly MeterListener Listener = Listen();

    /// <summary>From now on durations are added up.</summary>
    internal static void Begin() => GC.KeepAlive(Listener);

    internal static string Write()
    {
        lock (Gate)
        {
            Families.Clear();
            Listener.RecordObservableInstruments();
            foreach (var (key, buckets) in Histograms)
            {
                buckets.WriteTo(FamilyOf(key.Instrument, "histogram"), NameOf(key.Instrument), key.Labels);
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
                if (instrument.Meter.Name == ZooCacheMetrics.MeterName)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>(static (instrument, value, tags, _) => Observe(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>(static (instrument, value, tags, _) =>
        {
            if (instrument is Histogram<double> histogram)
            {
                BucketsOf(histogram, tags).Add(value);
            }
            else
            {
                Observe(instrument, value, tags);
            }
        });
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
    {
        if (instrument.IsObservable)
        {
            FamilyOf(instrument, TypeOf(instrument)).Lines.Add($"{NameOf(instrument)}{{{LabelsOf(tags)}}} {NumberOf(value)}\n");
        }
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

    private static Buckets BucketsOf(Histogram<double> histogram, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = new SeriesKey(histogram, tags.Length > 0 ? tags[0].Value : null, tags.Length > 1 ? tags[1].Value : null);
        return Histograms.TryGetValue(key, out var known)
            ? known
            : Histograms.GetOrAdd(key with { Labels = LabelsOf(tags) }, static (_, bounds) => new Buckets(bounds), histogram.Advice?.HistogramBucketBoundaries ?? []);
    }

    private sealed record Family(string Type, string Help, List<string> Lines);

    /// <summary>A histogram has at most two tags.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct SeriesKey(Instrument Instrument, object? First, object? Second)
    {
        internal string Labels { get; init; } = "";

        public bool Equals(SeriesKey other) => Instrument == other.Instrument && Equals(First, other.First) && Equals(Second, other.Second);

        public override int GetHashCode() => HashCode.Combine(Instrument, First, Second);
    }

    private sealed class Buckets(IReadOnlyList<double> bounds)
    {
        private readonly double[] limits = [.. bounds];
        private readonly long[] counts = new long[bounds.Count + 1];
        private double sum;

        internal void Add(double value)
        {
            var at = 0;
            while (at < limits.Length && value > limits[at])
            {
                at++;
            }

            Interlocked.Increment(ref counts[at]);
            double seen;
            do
            {
                seen = Volatile.Read(ref sum);
            }
            while (Interlocked.CompareExchange(ref sum, seen + value, seen) != seen);
        }

        internal void WriteTo(Family family, string name, string labels)
        {
            var total = 0L;
            for (var i = 0; i < counts.Length; i++)
            {
                total += Volatile.Read(ref counts[i]);
                family.Lines.Add($"{name}_bucket{{{labels},le=\"{NumberOf(i < limits.Length ? limits[i] : double.PositiveInfinity)}\"}} {NumberOf(total)}\n");
            }

            family.Lines.Add($"{name}_sum{{{labels}}} {NumberOf(Volatile.Read(ref sum))}\n");
            family.Lines.Add($"{name}_count{{{labels}}} {NumberOf(total)}\n");
        }
    }
}
