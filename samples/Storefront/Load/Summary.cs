using System.Globalization;
using System.Text.Json;

namespace Storefront.Load;

/// <summary>What a run has come to, for people and as JSON.</summary>
internal static class Summary
{
    public static void Write(TextWriter to, LoadResult result)
    {
        var check = result.Check;
        void Line(FormattableString line) => to.WriteLine(line.ToString(CultureInfo.InvariantCulture));

        Line($"");
        Line($"{"",-12}{"requests/s",14}{"hit ratio",14}");
        for (var node = 0; node < result.Nodes; node++)
        {
            Line($"{$"node {node + 1}",-12}{result.RequestsPerSecond(node),14:N0}{result.HitRatioOf(node),14:P1}");
        }

        Line($"");
        Line($"nodes: {result.Nodes} ({(result.Strict ? "strict" : "eventual")})");
        Line($"seconds: {result.Elapsed.TotalSeconds:0.0}");
        Line($"requests: {result.Requests:N0} ({result.Requests / result.Elapsed.TotalSeconds:N0}/s, {(double)result.Writes / Math.Max(1, result.Requests):P1} writes)");
        Line($"hit ratio: {result.HitRatio:P1}");
        Line($"not from the cache: {string.Join(", ", result.Reasons.Select(static r => string.Create(CultureInfo.InvariantCulture, $"{r.Count:N0} {r.Reason}")))}");
        Line($"propagation: p50 {Milliseconds(result.Propagation(0.5))}, p99 {Milliseconds(result.Propagation(0.99))} ({result.Prober.Milliseconds.Count:N0} writes, {result.Prober.AtOnce:N0} seen by all at the first look)");
        Line($"checked: {check.Checked:N0} reads, the warm-up's too ({check.CheckedWithToken:N0} with a token)");
        Line($"behind: {check.Behind:N0}, by {check.FurthestBehind.TotalMilliseconds:0.0} ms at most; {check.BehindHealthy:N0} by more than 1 s");
        Line($"failed: {result.Failures.Count:N0}{(result.Failures.First is { } first ? $" (the first: {first})" : "")}");
        Line($"stale: {check.Stale:N0}");
        foreach (var example in check.Examples)
        {
            to.WriteLine(example);
        }
    }

    public static string Json(LoadResult result) => JsonSerializer.Serialize(new
    {
        nodes = result.Nodes,
        strict = result.Strict,
        seconds = Math.Round(result.Elapsed.TotalSeconds, 1),
        requests = result.Requests,
        reads = result.Reads,
        writes = result.Writes,
        requestsPerSecondPerNode = PerNode(result, result.RequestsPerSecond, 1),
        hitRatio = Math.Round(result.HitRatio, 4),
        hitRatioPerNode = PerNode(result, result.HitRatioOf, 4),
        propagations = result.Prober.Milliseconds.Count,
        propagationP50Ms = Rounded(result.Propagation(0.5)),
        propagationP99Ms = Rounded(result.Propagation(0.99)),
        @checked = result.Check.Checked,
        checkedWithToken = result.Check.CheckedWithToken,
        behind = result.Check.Behind,
        behindMaxMs = Rounded(result.Check.FurthestBehind.TotalMilliseconds),
        behindOver1s = result.Check.BehindHealthy,
        failed = result.Failures.Count,
        stale = result.Check.Stale,
    });

    private static double[] PerNode(LoadResult result, Func<int, double> figure, int digits) =>
        [.. Enumerable.Range(0, result.Nodes).Select(node => Math.Round(figure(node), digits))];

    private static string Milliseconds(double? value) => value is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known:0.0} ms") : "-";

    private static double? Rounded(double? value) => value is { } known ? Math.Round(known, 2) : null;
}
