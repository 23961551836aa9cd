using System.Globalization;
using Quickstart.Load;
using Quickstart.Measuring;
using Spectre.Console;

namespace Quickstart.Output;

/// <summary>The live table: a row for each kind of operation, and what concerns them all below it.</summary>
internal static class RunTable
{
    public static Table Of(RunState state)
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumn("operation");
        foreach (var heading in (string[])["count", "hits", "hit p50 / p99", "miss p50 / p99", "uncached p50 / p99"])
        {
            table.AddColumn(heading, column => column.RightAligned());
        }

        foreach (var family in Enum.GetValues<ReadFamily>())
        {
            AddReads(table, Figures.NameOf(family), state.Totals.Of(family));
        }

        table.AddRow("writes", Count(state.Totals.Writes.Count), "", "", Figures.Times(state.Totals.Writes), "");
        AddReads(table, "[bold]all reads[/]", state.Totals.All);

        var stale = state.Findings.Stale;
        table.Caption = new TableTitle(string.Create(CultureInfo.InvariantCulture, $"""
            {state.Left.TotalSeconds:0} s left | {state.ReadsPerSecond:N0} reads/s | {state.InvalidationsPerSecond:N0} invalidations/s | {state.Cache.Entries:N0} entries | checked {state.Findings.Checked:N0}, [{(stale > 0 ? "red" : "green")}]stale {stale}[/]
            """));
        return table;
    }

    private static void AddReads(Table table, string name, ReadTotals reads) => table.AddRow(
        name,
        Count(reads.Reads),
        reads.HitRatio.ToString("P1", CultureInfo.InvariantCulture),
        Figures.Times(reads.Hits),
        Figures.Times(reads.Misses),
        Figures.Times(reads.Uncached));

    private static string Count(double count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
