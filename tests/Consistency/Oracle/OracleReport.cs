using System.Diagnostics;
using System.Globalization;
using System.Text;
using ZooCache.EFCore;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>What the oracle has seen: enough to tell whether it looked where it should.</summary>
internal sealed class OracleReport
{
    private readonly Dictionary<string, (int Asked, int Hits, int Survived)> _forms = [];
    private readonly Dictionary<string, int> _bypasses = new(StringComparer.Ordinal);
    private readonly HashSet<(string Form, string Reason)> _formBypasses = [];
    private readonly Dictionary<string, int> _inside = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _envelopes = new(StringComparer.Ordinal);
    private readonly Dictionary<QueryInstance, int> _lastAsked = [];
    private readonly Dictionary<string, int> _refused = new(StringComparer.Ordinal);
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Dictionary<string, (int Times, long Ticks)> _spent = new(StringComparer.Ordinal);
    private long _changing;
    private long _cached;
    private long _uncached;
    private long _comparing;

    internal int ComparedAnswers { get; private set; }

    internal int Hits { get; private set; }

    /// <summary>Hits on entries that have outlived a write: the answers that can be stale.</summary>
    internal int Survivors { get; private set; }

    /// <summary>Hits on what another node has kept.</summary>
    internal int StoreHits { get; private set; }

    /// <summary>Results of calls that were compared, and those among them that came from the cache.</summary>
    internal (int Compared, int Hits) Calls { get; private set; }

    internal int Steps { get; private set; }

    internal double HitShare => ComparedAnswers == 0 ? 0 : (double)Hits / ComparedAnswers;

    internal IReadOnlySet<(string Form, string Reason)> FormBypasses => _formBypasses;

    internal int HitsOf(string form) => _forms.GetValueOrDefault(form).Hits;

    /// <summary>A new life begins.</summary>
    internal void Begin() => _lastAsked.Clear();

    internal void Stepped(string envelope)
    {
        Steps++;
        _envelopes[envelope] = _envelopes.GetValueOrDefault(envelope) + 1;
    }

    internal void Changed(string name, long ticks)
    {
        _changing += ticks;
        Spent(name, ticks);
    }

    internal void Spent(string name, long ticks)
    {
        var (times, spent) = _spent.GetValueOrDefault(name);
        _spent[name] = (times + 1, spent + ticks);
    }

    internal void Called(bool ran) => Calls = (Calls.Compared + 1, Calls.Hits + (ran ? 0 : 1));

    internal void Took(long cached, long uncached, long comparing)
        => (_cached, _uncached, _comparing) = (_cached + cached, _uncached + uncached, _comparing + comparing);

    internal void Compared(QueryInstance instance, QueryOutcome? outcome, int step, bool refused)
    {
        if (refused)
        {
            _refused[instance.Form.Name] = _refused.GetValueOrDefault(instance.Form.Name) + 1;
        }

        var hit = outcome?.Source == QueryResultSource.Hit;
        var survived = hit && _lastAsked.GetValueOrDefault(instance, step) < step;
        _lastAsked[instance] = step;
        ComparedAnswers++;
        Hits += hit ? 1 : 0;
        Survivors += survived ? 1 : 0;
        StoreHits += hit && outcome!.Reason == "store" ? 1 : 0;
        var (asked, hits, survivors) = _forms.GetValueOrDefault(instance.Form.Name);
        _forms[instance.Form.Name] = (asked + 1, hits + (hit ? 1 : 0), survivors + (survived ? 1 : 0));
        if (outcome is null or { Source: QueryResultSource.Bypass })
        {
            var reason = outcome?.Reason ?? "no outcome";
            _bypasses[reason] = _bypasses.GetValueOrDefault(reason) + 1;
            _formBypasses.Add((instance.Form.Name, reason));
        }
    }

    internal void ComparedInside(QueryOutcome? outcome)
    {
        var reason = outcome?.Reason ?? "no outcome";
        _inside[reason] = _inside.GetValueOrDefault(reason) + 1;
    }

    /// <summary>How much, and how fast.</summary>
    internal string Headline
    {
        get
        {
            var seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds;
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{Steps} steps in {seconds:F0} s ({Steps / seconds:F0} steps/s, {Environment.CpuUsage.TotalTime.TotalSeconds:F0} s of the processor), {ComparedAnswers} answers compared, {Hits} hits ({HitShare:P1}), {Survivors} of them on entries older than the last step, {StoreHits} from another node");
        }
    }

    /// <summary>What was bypassed, and what took how long.</summary>
    internal string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"bypasses: {Counts(_bypasses)}; seconds: changes with looks {Seconds(_changing):F0}, cached answers {Seconds(_cached):F0}, uncached {Seconds(_uncached):F0}, comparing {Seconds(_comparing):F0}");

    public override string ToString()
    {
        var text = new StringBuilder().AppendLine(Headline).AppendLine(Summary);
        text.AppendLine("exceptions for answers: " + Counts(_refused));
        text.AppendLine("inside transactions: " + Counts(_inside));
        text.AppendLine("steps: " + Counts(_envelopes));
        text.AppendLine("what took longest: " + string.Join(", ", _spent.OrderByDescending(s => s.Value.Ticks).Take(25)
            .Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Key} {s.Value.Times} times {Seconds(s.Value.Ticks):F1} s"))));
        text.AppendLine("form: asked, hits, hits on entries older than the last step");
        foreach (var (form, (asked, hits, survived)) in _forms.OrderBy(f => f.Value.Hits))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {form}: {asked}, {hits}, {survived}");
        }

        return text.ToString();
    }

    private static double Seconds(long ticks) => (double)ticks / Stopwatch.Frequency;

    private static string Counts(Dictionary<string, int> counts)
        => counts.Count == 0 ? "none" : string.Join(", ", counts.OrderByDescending(c => c.Value).Select(c => $"{c.Key} {c.Value}"));
}
