using System.Globalization;
using System.Text;
using ZooCache.EFCore;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>What the oracle has seen: enough to tell whether it looked where it should.</summary>
internal sealed class OracleReport
{
    private readonly Dictionary<string, (int Asked, int Hits, int Survived)> _forms = [];
    private readonly Dictionary<string, int> _bypasses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _inside = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _envelopes = new(StringComparer.Ordinal);
    private readonly Dictionary<QueryInstance, int> _lastAsked = [];

    internal int ComparedAnswers { get; private set; }

    internal int Hits { get; private set; }

    /// <summary>Hits on entries that have outlived a write: the answers that can be stale.</summary>
    internal int Survivors { get; private set; }

    internal int Steps { get; private set; }

    internal double HitShare => ComparedAnswers == 0 ? 0 : (double)Hits / ComparedAnswers;

    internal IReadOnlyDictionary<string, int> Bypasses => _bypasses;

    internal int HitsOf(string form) => _forms.GetValueOrDefault(form).Hits;

    internal void Stepped(string envelope)
    {
        Steps++;
        _envelopes[envelope] = _envelopes.GetValueOrDefault(envelope) + 1;
    }

    internal void Compared(QueryInstance instance, QueryOutcome? outcome, int step)
    {
        var hit = outcome?.Source == QueryResultSource.Hit;
        var survived = hit && _lastAsked.GetValueOrDefault(instance, step) < step;
        _lastAsked[instance] = step;
        ComparedAnswers++;
        Hits += hit ? 1 : 0;
        Survivors += survived ? 1 : 0;
        var (asked, hits, survivors) = _forms.GetValueOrDefault(instance.Form.Name);
        _forms[instance.Form.Name] = (asked + 1, hits + (hit ? 1 : 0), survivors + (survived ? 1 : 0));
        if (outcome is null or { Source: QueryResultSource.Bypass })
        {
            var reason = outcome?.Reason ?? $"no outcome: {instance.Form.Name}";
            _bypasses[reason] = _bypasses.GetValueOrDefault(reason) + 1;
        }
    }

    internal void ComparedInside(QueryOutcome? outcome)
    {
        var reason = outcome?.Reason ?? "no outcome";
        _inside[reason] = _inside.GetValueOrDefault(reason) + 1;
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Steps} steps, {ComparedAnswers} answers compared, {Hits} hits ({HitShare:P1}), {Survivors} of them on entries older than the last step");
        text.AppendLine("inside transactions: " + Counts(_inside));
        text.AppendLine("bypasses: " + Counts(_bypasses));
        text.AppendLine("steps: " + Counts(_envelopes));
        text.AppendLine("form: asked, hits, hits on entries older than the last step");
        foreach (var (form, (asked, hits, survived)) in _forms.OrderBy(f => f.Value.Hits))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {form}: {asked}, {hits}, {survived}");
        }

        return text.ToString();
    }

    private static string Counts(Dictionary<string, int> counts)
        => counts.Count == 0 ? "none" : string.Join(", ", counts.OrderByDescending(c => c.Value).Select(c => $"{c.Key} {c.Value}"));
}
