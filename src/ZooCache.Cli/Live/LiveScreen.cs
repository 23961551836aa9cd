using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using static ZooCache.Cli.Live.Styles;

namespace ZooCache.Cli.Live;

/// <summary>Draws the live view.</summary>
internal static class LiveScreen
{
    private static readonly string[] Help =
    [
        "Tab, 1 to 4   overview, queries, tags, invalidations",
        "n             the next node: queries, tags and invalidations are one node's; rates are of all",
        "↑ ↓ or k j    choose a row",
        "Enter         explain the query; open the tag",
        "→ ←           open and close a tag",
        "s             order of the queries: hits, misses, saved, bytes, cold (the fewest hits)",
        "i             invalidate the chosen tag, or one that you type, on all nodes; asks first, and tells who has confirmed",
        "c             clear: invalidate everything on all nodes; asks first",
        "p             pause",
        "q, Esc        quit",
    ];

    internal static IRenderable Of(LiveState state, int width, int height)
    {
        var lines = new List<IRenderable> { Title(state), Text("") };
        // However much there is to say, the question and the keys are seen.
        var messages = state.Messages.SelectMany(m => m.Text.ReplaceLineEndings("\n").Split('\n').Select(line => Text(Listings.Cut(line, width), m.IsBad ? Bad : Titled))).Take(height / 3).ToList();
        var room = height - lines.Count - messages.Count - 1;
        lines.Add(state.IsHelp ? new Rows(Help.Select(static line => Text(line))) : state.Pane switch
        {
            Pane.Queries => state.Explained is { } query ? Listings.Explained(query) : Listings.Queries(state.Lists.Queries, room - 1, width, state.Row),
            Pane.Tags => Listings.Tags(state, room - 1),
            Pane.Invalidations => Listings.Invalidations(state.Lists.Invalidations, room - 1, width, state.Row),
            _ => OverviewPane.Of(state, width, room),
        });
        return new Layout().SplitRows(
            new Layout(new Rows(lines)), new Layout(new Rows(messages)) { Size = Math.Max(1, messages.Count), IsVisible = messages.Count > 0 }, new Layout(Text(Listings.Cut(KeysOf(state), width), StyleOf(state.Prompt))) { Size = 1 });
    }

    private static Grid Title(LiveState state)
    {
        var last = state.Nodes.Select(static n => n.Last).FirstOrDefault(static s => s is not null);
        var well = state.Nodes.Count(static n => n.IsWell);
        var panes = Enum.GetValues<Pane>().Select(p => Text($"{(int)p + 1} {p}", p == state.Pane ? Marked : Faint));
        var grid = new Grid { Expand = true };
        for (var i = 0; i < 7; i++)
        {
            grid.AddColumn(new GridColumn().NoWrap().PadRight(2));
        }

        return grid.AddRow([
            Text($"zoocache {last?.Prefix}", Titled), Text($"{well} of {state.Nodes.Count} nodes well", well == state.Nodes.Count ? Good : Bad), .. panes,
            Text(state.IsPaused ? "PAUSED" : DateTime.Now.ToString("HH:mm:ss", CultureInfo.InvariantCulture), state.IsPaused ? Bad : Faint)]);
    }

    private static Style StyleOf(InvalidationPrompt prompt) => prompt.ToConfirm is not null ? Bad : prompt.IsOpen ? Titled : Faint;

    private static string KeysOf(LiveState state) => state.Prompt.Typed is { } typed ? $"Invalidate on all nodes (Enter; Esc to leave it): {typed}_"
        : state.Prompt.ToConfirm is { } tag ? $"y/n  Invalidate {TagName.Of(tag)} on all nodes?"
        : state.Pane switch
        {
            Pane.Queries => $"↑↓ choose  Enter explain  s order ({state.Order})  n node  i invalidate  ? help  q quit  {state.Node.Address}",
            Pane.Tags => $"↑↓ choose  → open  ← close  i invalidate it  n node  ? help  q quit  {state.Node.Address}",
            _ => $"Tab or 1–4 pane  n node  i invalidate  c clear  p pause  ? help  q quit  {state.Node.Address}",
        };
}
