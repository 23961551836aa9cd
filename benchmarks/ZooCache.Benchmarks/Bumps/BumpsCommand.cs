using System.Globalization;
using System.Text.Json;
using ZooCache.Benchmarks.Ratios;

namespace ZooCache.Benchmarks.Bumps;

/// <summary>
/// What a bump costs with few and with very many live entries. It should visit the same nodes; what it may take longer is
/// what the processor waits for memory that no longer fits its caches.
/// </summary>
internal static class BumpsCommand
{
    private const double MostTimes = 6;

    private static readonly int[] Sizes = [1_000, 100_000, 1_000_000];

    public static int Run(Arguments arguments)
    {
        var rounds = arguments.Number("--rounds", 3, 10_000) ?? 201;
        var json = arguments.Flag("--json");
        arguments.End();

        LiveEntries[] caches = [.. Sizes.Select(size => new LiveEntries(size))];
        try
        {
            return Run(caches, rounds, json);
        }
        finally
        {
            Array.ForEach(caches, cache => cache.Dispose());
        }
    }

    private static int Run(LiveEntries[] caches, int rounds, bool json)
    {
        foreach (var cache in caches)
        {
            var (entries, nodes) = cache.Held;
            Line($"{entries,11:N0} entries with 3 dependencies each, {nodes:N0} nodes");
        }

        Line($"");
        Line($"time of a bump relative to that with {caches[0].Count:N0} entries (medians of {rounds} interleaved rounds; {ThreadTime.Source}), nodes written");
        Line($"");
        Line($"{"bump of",-13}{"entries",11}{"nodes",7}{"ratio",8}  {"middle half",-14}{"ns",7}  what");
        var figures = BumpTarget.All.Select(target => Measure(target, caches, rounds)).ToList();
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(figures.SelectMany(f => f).GroupBy(f => f.Target.Name).ToDictionary(
                g => g.Key,
                g => g.ToDictionary(f => f.Entries, f => new { nodes = f.Visits.Most, ratio = Math.Round(f.Ratio.Median, 3) }))));
        }

        return figures.TrueForAll(IsFlat) ? 0 : 1;
    }

    private static List<Figures> Measure(BumpTarget target, LiveEntries[] caches, int rounds)
    {
        var visits = Array.ConvertAll(caches, cache => cache.Visits(target));
        var times = Enumerable.Range(0, rounds).Select(round => Round(target, caches, round)).ToList();
        var figures = new List<Figures>();
        for (var i = 0; i < caches.Length; i++)
        {
            var each = new Figures(
                target, caches[i].Count, visits[i], Quantiles.Of(times.Select(t => t[i] / t[0])), Quantiles.Of(times.Select(t => t[i])).Median);
            figures.Add(each);
            Line($"{(i == 0 ? target.Name : ""),-13}{each.Entries,11:N0}{each.Visits.Most,7}{each.Ratio.Median,8:0.00}  {string.Create(CultureInfo.InvariantCulture, $"{each.Ratio.Lower:0.00}–{each.Ratio.Upper:0.00}"),-14}{each.Nanoseconds,7:N0}  {(i == 0 ? target.What : "")}");
        }

        return figures;
    }

    /// <summary>Which cache comes first changes from round to round.</summary>
    private static double[] Round(BumpTarget target, LiveEntries[] caches, int round)
    {
        var times = new double[caches.Length];
        for (var i = 0; i < caches.Length; i++)
        {
            var at = (round + i) % caches.Length;
            times[at] = caches[at].Nanoseconds(target);
        }

        return times;
    }

    private static bool IsFlat(List<Figures> figures) =>
        figures.TrueForAll(f => f.Visits == figures[0].Visits && f.Visits.Fewest == f.Visits.Most && f.Ratio.Median <= MostTimes);

    private static void Line(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private sealed record Figures(BumpTarget Target, int Entries, (int Fewest, int Most) Visits, Quantiles Ratio, double Nanoseconds);
}
