using System.Globalization;
using Spectre.Console;
using static ZooCache.Cli.Live.Styles;

namespace ZooCache.Cli.Live;

/// <summary>Rates of all nodes, each node, and the hottest queries of one beside its last invalidations.</summary>
internal static class OverviewPane
{
    internal static Rows Of(LiveState state, int width, int room)
    {
        var nodes = Nodes(state);
        var failures = state.Nodes.Select(static n => n.Failure).OfType<string>().Select(static f => Text(f, Bad)).ToList();
        var left = Math.Max(3, room - 5 - (state.Nodes.Count + 3) - failures.Count);
        var lists = new Grid { Expand = true }.AddColumn(new GridColumn().PadRight(2)).AddColumn(new GridColumn { Width = Math.Max(20, width * 2 / 5) });
        lists.AddRow(
            new Rows(Text($"Queries by {state.Order}", Titled), Listings.Queries(state.Lists.Queries, left - 2, width * 3 / 5, null)), new Rows(Text("Invalidations", Titled), Listings.Invalidations(state.Lists.Invalidations, left - 2, width * 2 / 5, null)));
        return new Rows([Figures(state, width), Text(""), nodes, .. failures, Text(""), lists]);
    }

    private static Grid Figures(LiveState state, int width)
    {
        var rates = Rates.Of(state.Nodes);
        var last = rates.Count > 0 ? rates[^1] : null;
        var all = state.Nodes.Select(static n => n.Last).OfType<NodeSample>().ToList();
        var bars = Math.Clamp((width / 6) - 3, 8, 30);
        var grid = new Grid { Expand = true };
        for (var i = 0; i < 6; i++)
        {
            grid.AddColumn(new GridColumn().NoWrap());
        }

        grid.AddRow(Text("hit ratio", Faint), Text("requests/s", Faint), Text("loads/s", Faint), Text("invalidations/s", Faint), Text("hit p50 / p99", Faint), Text("load p50 / p99", Faint));
        grid.AddRow(
            Text(Figure.Share(last?.HitRatio), Titled), Text(Figure.Rate(last?.RequestsPerSecond ?? 0), Titled), Text(Figure.Rate(last?.LoadsPerSecond ?? 0), Titled), Text(Figure.Rate(last?.InvalidationsPerSecond ?? 0), Titled),
            Text(Quantiles(last?.HitTimes), Titled), Text(Quantiles(last?.LoadTimes), Titled));
        grid.AddRow(
            Bars(static r => r.HitRatio, 1), Bars(static r => r.RequestsPerSecond), Bars(static r => r.LoadsPerSecond), Bars(static r => r.InvalidationsPerSecond),
            Text($"saved {Figure.Duration(all.Sum(static s => s.SavedSeconds))}", Faint), Text($"stale {all.Sum(static s => s.StaleAnswers)}", all.Exists(static s => s.StaleAnswers > 0) ? Bad : Faint));
        return grid;

        Text Bars(Func<Rates, double?> value, double? largest = null) => Text(Figure.Sparkline(rates.Select(value), bars, largest), Good);

        static string Quantiles(DurationCounts? times) => $"{Figure.Duration(times?.Quantile(0.5))} / {Figure.Duration(times?.Quantile(0.99))}";
    }

    private static Table Nodes(LiveState state)
    {
        var table = new Table { Border = TableBorder.Simple, Expand = true }.AddColumns(new TableColumn("node").NoWrap(), new TableColumn("state").NoWrap());
        foreach (var name in new[] { "hit ratio", "requests/s", "entries", "bytes", "memory", "lag", "to tell" })
        {
            table.AddColumn(new TableColumn(name).RightAligned().NoWrap());
        }

        foreach (var (history, i) in state.Nodes.Select(static (n, i) => (n, i)))
        {
            var name = Text(Short(history.Node.Address), history.Node == state.Node ? Titled : null);
            if (history.Failure is not null || history.Last is not { } last)
            {
                table.AddRow(name, history.Failure is null ? Text("…", Faint) : Text("NO ANSWER", Bad));
                continue;
            }

            var rates = Rates.Of([history]);
            table.AddRow(
                name, Text(last.Enabled ? last.Step : "OFF", last.IsWell ? Good : Bad), Text(Figure.Share(rates.Count > 0 ? rates[^1].HitRatio : null)),
                Text($"{Figure.Sparkline(rates.Select(static r => (double?)r.RequestsPerSecond), 10)} {Figure.Rate(rates.Count > 0 ? rates[^1].RequestsPerSecond : 0)}"),
                Text(last.Entries.ToString("N0", CultureInfo.InvariantCulture)), Text($"{Figure.Bytes(last.Bytes)} of {Figure.Bytes(last.ByteBudget)}"), Text(Figure.Bytes(last.WorkingSet)),
                Text(!last.HasLog ? "" : Figure.Duration(last.Lag)), Text(!last.HasLog ? "" : $"{last.Outbox}"));
        }

        return table;
    }

    private static string Short(Uri address) => address.ToString().Replace("http://", "", StringComparison.Ordinal).Replace("https://", "", StringComparison.Ordinal);
}
