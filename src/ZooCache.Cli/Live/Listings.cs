using System.Text.Json;
using Spectre.Console;
using Spectre.Console.Rendering;
using static ZooCache.Cli.Live.Styles;

namespace ZooCache.Cli.Live;

/// <summary>Lists of a node's queries, tags and invalidations, a row of which may be chosen.</summary>
internal static class Listings
{
    internal static Grid Queries(IReadOnlyList<JsonElement> queries, int room, int width, int? row)
    {
        var grid = new Grid { Expand = true };
        for (var i = 0; i < 5; i++)
        {
            grid.AddColumn(new GridColumn().NoWrap().RightAligned().PadRight(2));
        }

        grid.AddColumn(new GridColumn());
        grid.AddRow(Text("hits", Faint), Text("misses", Faint), Text("load", Faint), Text("saved", Faint), Text("bytes", Faint), Text("query", Faint));
        foreach (var (query, i) in Shown(queries, room, row))
        {
            var style = i == row ? Marked : null;
            var load = query.GetProperty("loadMilliseconds");
            grid.AddRow(
                Text($"{query.GetProperty("hits")}", style), Text($"{query.GetProperty("misses")}", style), Text(load.ValueKind == JsonValueKind.Null ? "" : Figure.Duration(load.GetDouble() / 1000), style),
                Text(Figure.Duration(query.GetProperty("savedSeconds").GetDouble()), style), Text(Figure.Bytes(query.GetProperty("bytes").GetInt64()), style),
                Text(Cut($"{query.GetProperty("query")}", width - 50), style));
        }

        return grid;
    }

    internal static Rows Explained(JsonElement query) => new(NodeAnswer.Explain(query).Append("").Append("Esc goes back.").Select(static (line, i) => Text(line, i == 0 ? Titled : null)));

    internal static Rows Tags(LiveState state, int room)
        => new(Shown(state.Tags.All, room, state.Row).Select(t => Text(
            $"{new string(' ', 2 * t.Item.Depth)}{(t.Item.IsOpen ? '▾' : '▸')} {t.Item.Name}  {TagName.Count(t.Item.Entries, "entry", "entries")}, {Figure.Bytes(t.Item.Bytes)}", t.Index == state.Row ? Marked : null)));

    internal static Grid Invalidations(IReadOnlyList<JsonElement> invalidations, int room, int width, int? row)
    {
        var grid = new Grid { Expand = true }.AddColumn(new GridColumn().NoWrap().RightAligned().PadRight(2)).AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn(new GridColumn().NoWrap());
        grid.AddRow(Text("ago", Faint), Text("what", Faint), Text("tags", Faint));
        foreach (var (one, i) in Shown(invalidations, room, row))
        {
            var tags = one.GetProperty("tags").EnumerateArray().Select(static t => t.GetString()).ToList();
            var more = one.GetProperty("count").GetInt32() - 1;
            var style = i == row ? Marked : null;
            grid.AddRow(Text(Figure.Duration(one.GetProperty("secondsAgo").GetDouble()), style), Text($"{one.GetProperty("cause")}", style), Text(Cut(tags.FirstOrDefault() ?? "", width - 28) + (more > 0 ? $" +{more}" : ""), style));
        }

        return grid;
    }

    /// <summary>As many as there is room for, the chosen one among them.</summary>
    private static IEnumerable<(T Item, int Index)> Shown<T>(IReadOnlyList<T> all, int room, int? row)
    {
        var first = Math.Max(0, (row ?? 0) - Math.Max(0, room - 2));
        return all.Select(static (item, i) => (item, i)).Skip(first).Take(Math.Max(1, room - 1));
    }

    internal static string Cut(string text, int width) => text.Length <= Math.Max(10, width) ? text : text[..(Math.Max(10, width) - 1)] + "…";
}
