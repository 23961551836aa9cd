using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Quickstart.Load;
using Quickstart.Measuring;

namespace Quickstart.Output;

/// <summary>What a run has come to, for people and as JSON.</summary>
internal static class Summary
{
    private static readonly JsonSerializerOptions WithoutNulls = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static void Write(TextWriter to, RunState state, RestartResult? restart)
    {
        var (totals, findings, cache) = (state.Totals, state.Findings, state.Cache);
        void Line(FormattableString line) => to.WriteLine(line.ToString(CultureInfo.InvariantCulture));

        Line($"");
        Line($"{"",-16}{"reads",12}{"hit ratio",12}{"hit p50 / p99",22}{"miss p50 / p99",22}{"uncached p50 / p99",22}");
        foreach (var family in Enum.GetValues<ReadFamily>())
        {
            Reads(Figures.NameOf(family), totals.Of(family));
        }

        Reads("all reads", totals.All);
        Line($"");
        Line($"reads: {totals.All.Reads:N0} ({state.ReadsPerSecond:N0}/s)");
        Line($"writes: {totals.Writes.Count:N0} ({totals.WriteShare:P2} of all operations, p50 / p99 {Figures.Times(totals.Writes)}, {totals.Retries:N0} retried)");
        Line($"hit ratio: {totals.All.HitRatio:P2} overall, {totals.Of(ReadFamily.Point).HitRatio:P2} by key");
        Line($"speedup: {(totals.Speedup() is { } speedup ? speedup.ToString("0.0", CultureInfo.InvariantCulture) : "-")}");
        Line($"invalidations: {state.Invalidations:N0} ({state.InvalidationsPerSecond:N0}/s)");
        Line($"entries: {cache.Entries:N0}");
        Line($"bytes: {cache.Bytes:N0}");
        Line($"checked: {findings.Checked:N0} ({state.CheckedShare:P2} of all hits; {findings.Frozen:N0} while no write ran, {findings.Snapshot:N0} beside writes; {findings.Undecided:N0} undecided)");
        Line($"stale: {findings.Stale}");
        foreach (var example in findings.Examples)
        {
            to.WriteLine(example);
        }

        if (restart is not null)
        {
            Line($"started again: {restart.HitRatio:P1} of the first {restart.Reads:N0} reads are hits; {restart.FromStore:N0} answers from the file; stale: {restart.Stale}");
        }

        void Reads(string name, ReadTotals reads) => Line(
            $"{name,-16}{reads.Reads,12:N0}{reads.HitRatio,12:P1}{Figures.Times(reads.Hits),22}{Figures.Times(reads.Misses),22}{Figures.Times(reads.Uncached),22}");
    }

    public static string Json(RunState state, RestartResult? restart) => JsonSerializer.Serialize(new
    {
        hits = (long)state.Totals.All.Hits.Count,
        misses = (long)state.Totals.All.Misses.Count,
        hitRatio = Math.Round(state.Totals.All.HitRatio, 4),
        pointHitRatio = Math.Round(state.Totals.Of(ReadFamily.Point).HitRatio, 4),
        @checked = state.Findings.Checked,
        stale = state.Findings.Stale,
        speedup = state.Totals.Speedup() is { } speedup ? Math.Round(speedup, 2) : (double?)null,
        reads = state.Totals.All.Reads,
        writes = (long)state.Totals.Writes.Count,
        restartHitRatio = restart is null ? (double?)null : Math.Round(restart.HitRatio, 4),
        restartStale = restart?.Stale,
    }, WithoutNulls);
}
