using System.Globalization;
using System.Text.Json;
using Quickstart.Load;

namespace ZooCache.Benchmarks.Precision;

/// <summary>The figures of one run, for people and as JSON.</summary>
internal sealed class PrecisionReport(PrecisionRun run)
{
    public long Stale => run.Tallies.Values.Sum(t => t.Stale);

    public static void WriteHead(PrecisionOptions options)
    {
        Line($"the quickstart's shop, {options.Writes} writes of its mix, one after the other (seed {options.Seed}); after each, every entry is");
        Line($"asked for again, of the database and of the cache.");
        Line($"");
        Line($"precise, table   share of the answers which the write left as they were that were still served: as read off queries");
        Line($"                 and writes; and with answers that depend on whole tables");
        Line($"spared           of those that were dropped for nothing where whole tables count, the share that was kept");
        Line($"stale            answers served, by either, that the database would not have given");
        Line($"set              precise again, of the writes that are ExecuteUpdate, which the other columns don't count");
    }

    public static string Json(PrecisionReport tracked, PrecisionReport detached)
    {
        var json = tracked.ByShape();
        json["detached"] = detached.ByShape();
        return JsonSerializer.Serialize(json);
    }

    public void Write(string title, TimeSpan took, bool byWrite)
    {
        Line($"");
        Line($"{title} ({took.TotalSeconds:0} s)");
        Line($"");
        Line($"{"shape",-13}{"entries",8}{"unchanged",11}{"changed",9}{"precise",9}{"table",8}{"spared",8}{"stale",7}{"set",8}  what");
        foreach (var shape in Shape.All)
        {
            var sum = SumOf(shape, set: false);
            Line($"{shape.Name,-13}{run.EntriesOf(shape),8}{sum.Unchanged,11:N0}{sum.Changed,9:N0}{sum.Precise,9:0.000}{sum.Table,8:0.000}{Share(sum.SparedShare),8}{StaleOf(shape),7}{Share(SumOf(shape, set: true).Precise),8}  {shape.What}");
        }

        if (byWrite)
        {
            WriteByWrite();
        }

        Line($"");
    }

    private static string Share(double? share) => share?.ToString("0.000", CultureInfo.InvariantCulture) ?? "-";

    private static void Line(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    /// <summary>Where precision is lost: the precise share again, for each kind of write.</summary>
    private void WriteByWrite()
    {
        Line($"");
        Console.WriteLine($"{"precise, by write",-18}{string.Concat(Shape.All.Select(s => $"{s.Name,12}"))}");
        foreach (var write in WriteKind.All.Select(w => w.Name))
        {
            Console.WriteLine($"{write,-18}{string.Concat(Shape.All.Select(s => $"{Share(run.Tallies.GetValueOrDefault((s.Name, write))?.Precise),12}"))}");
        }
    }

    private static bool IsSet(string write) => WriteKind.All.First(w => w.Name == write).Form == WriteForm.SetUpdate;

    private Tally SumOf(Shape shape, bool set)
        => Tally.Sum(run.Tallies.Where(t => t.Key.Shape == shape.Name && IsSet(t.Key.Write) == set).Select(t => t.Value));

    private long StaleOf(Shape shape) => run.Tallies.Where(t => t.Key.Shape == shape.Name).Sum(t => t.Value.Stale);

    private Dictionary<string, object> ByShape() => Shape.All.ToDictionary(shape => shape.Name, shape =>
    {
        var sum = SumOf(shape, set: false);
        return (object)new { precise = Rounded(sum.Precise), table = Rounded(sum.Table), spared = Rounded(sum.SparedShare), stale = StaleOf(shape), set = Rounded(SumOf(shape, set: true).Precise) };
    });

    private static double? Rounded(double? share) => share is { } value ? Math.Round(value, 4) : null;
}
