namespace ZooCache.Integration.Tests.Tool;

/// <summary>The tool as people use it, in a real terminal, beside two nodes that share a log.</summary>
public sealed class TerminalTests : IAsyncLifetime
{
    private readonly ToolNodes _nodes = new();

    public Task InitializeAsync() => _nodes.InitializeAsync();

    public Task DisposeAsync() => _nodes.DisposeAsync();

    [TmuxFact]
    public async Task Top_shows_both_nodes_and_goes_on_showing_what_happens()
    {
        _nodes.Fill();
        using var top = Top();
        var screen = await top.ShowsAsync("2 of 2 nodes well", "hit ratio", "Invalidations", _nodes[0].Address.Authority, _nodes[1].Address.Authority);
        screen.ShouldContain("eventual");
        screen.ShouldNotContain("100.0 %");
        await top.ShowsAsync(s => _nodes[0].Cache.Get<int>("user:42").IsHit && s.Contains("100.0 %", StringComparison.Ordinal), "the ratio of what is asked meanwhile");

        _nodes[0].Cache.Invalidate("news:today");
        await top.ShowsAsync("Invalidate", "news:today");

        // One that stops is said to be gone, and the other goes on.
        await _nodes[1].StopAsync();
        await top.ShowsAsync("1 of 2 nodes well", "can't be reached");
        _nodes[0].Cache.Invalidate("news:tomorrow");
        await top.ShowsAsync("news:tomorrow");

        top.Press("q");
        screen = await top.ShowsAsync("ended with 0");
        screen.ShouldNotContain("hit ratio", customMessage: "The terminal is as it was before.");
    }

    [TmuxFact]
    public async Task Top_browses_tags_and_invalidates_the_chosen_one_by_a_key()
    {
        _nodes.Fill();
        using var top = Top();
        await top.ShowsAsync("2 of 2 nodes well");
        top.Press("3");
        await top.ShowsAsync("everything  2 entries", "▸ user  2 entries");
        await ChooseAsync(top, "user");
        top.Press("Right");
        await top.ShowsAsync("▾ user", "▸ 42  1 entry", "▸ 43  1 entry");
        await ChooseAsync(top, "42");
        top.Press("i");
        await top.ShowsAsync("y/n  Invalidate user:42 on all nodes?");

        // Anything but y leaves it.
        top.Press("n");
        await top.ShowsAsync(s => !s.Contains("y/n", StringComparison.Ordinal), "no question");
        _nodes.All.ShouldAllBe(n => n.Cache.Get<int>("user:42").IsHit);

        top.Press("i");
        await top.ShowsAsync("y/n");
        top.Press("y");
        await top.ShowsAsync("Invalidated user:42.", $"{_nodes[0].Address}: confirmed", $"{_nodes[1].Address}: confirmed");
        _nodes.All.ShouldAllBe(n => !n.Cache.Get<int>("user:42").IsHit && n.Cache.Get<int>("user:43").IsHit);
    }

    [TmuxFact]
    public async Task Top_names_the_node_that_has_not_confirmed()
    {
        _nodes.Fill();
        _nodes[1].Log.IsCut = _nodes[1].Log.IsDeaf = true;
        using var top = Top();
        await top.ShowsAsync("nodes well");
        top.Press("i");
        await top.ShowsAsync("Invalidate on all nodes (Enter; Esc to leave it): _");
        top.Type("user:4x");
        top.Press("BSpace");
        top.Type("3");
        await top.ShowsAsync("user:43_");
        top.Press("Enter");
        await top.ShowsAsync("y/n  Invalidate user:43 on all nodes?");
        top.Press("y");
        await top.ShowsAsync($"{_nodes[0].Address}: confirmed", $"{_nodes[1].Address}: NOT confirmed.");
        await top.ShowsAsync("1 of 2 nodes well", "NOT confirmed");
        _nodes[0].Cache.Get<int>("user:43").IsHit.ShouldBeFalse();

        // However narrow it is, and however much there is to say, the question is seen.
        top.Resize(60, 16);
        top.Press("i");
        top.Type("user:43");
        top.Press("Enter");
        await top.ShowsAsync("y/n  Invalidate user:43");
        top.Press("y");
        await top.ShowsAsync("Invalidated user:43.");
        top.Press("c");
        await top.ShowsAsync("y/n  Invalidate everything");
        top.Press("n");
    }

    [TmuxFact]
    public async Task What_a_node_says_is_shown_and_not_obeyed()
    {
        _nodes[0].Cache.GetOrCreate("key", _ => 1, new CacheEntryOptions { Tags = ["evil\e[2J\e]0;title\a:[bold]tag[/]"] });
        using var top = Top();
        await top.ShowsAsync("2 of 2 nodes well");
        top.Press("3");
        await top.ShowsAsync("evil\uFFFD[2J\uFFFD]0;title\uFFFD");
        using var tree = new TmuxTerminal(["tree", "--depth", "2", .. _nodes.Arguments]);
        await tree.ShowsAsync("evil\uFFFD[2J\uFFFD]0;title\uFFFD", "[bold]tag[/]", "ended with 0");
    }

    [TmuxFact]
    public async Task The_other_commands_are_read_in_a_terminal()
    {
        _nodes.Fill();
        using var tree = new TmuxTerminal(["tree", .. _nodes.Arguments]);
        using var invalidate = new TmuxTerminal(["invalidate", "user:42", .. _nodes.Arguments]);
        await tree.ShowsAsync("└── user:43  1 entry", "ended with 0");
        await invalidate.ShowsAsync($"{_nodes[0].Address}: confirmed", $"{_nodes[1].Address}: confirmed", "ended with 0");
        _nodes.All.ShouldAllBe(n => !n.Cache.Get<int>("user:42").IsHit);
        using (var doctor = new TmuxTerminal(["doctor", .. _nodes.Arguments]))
        {
            await doctor.ShowsAsync("2 asked, nothing found", "ended with 0");
        }

        await _nodes[1].StopAsync();
        using var late = new TmuxTerminal(["invalidate", "user:43", .. _nodes.Arguments]);
        using var gone = new TmuxTerminal(["doctor", .. _nodes.Arguments]);
        await late.ShowsAsync($"{_nodes[0].Address}: confirmed", $"{_nodes[1].Address}: NOT confirmed.", "ended with 1");
        await gone.ShowsAsync("It couldn't be asked.", "ended with 2");
    }

    private TmuxTerminal Top() => new(["top", "--every", "0.2", .. _nodes.Arguments]);

    /// <summary>Goes down from the top until the row with a tag of that name is the chosen one, which the invalidation's question names.</summary>
    private static async Task ChooseAsync(TmuxTerminal top, string name)
    {
        var rows = (await top.ShowsAsync(name)).Split('\n').Where(l => l.TrimStart().StartsWith('▸') || l.TrimStart().StartsWith('▾')).ToList();
        var row = rows.FindIndex(r => r.TrimStart(' ', '▸', '▾').StartsWith($"{name} ", StringComparison.Ordinal));
        row.ShouldBeGreaterThan(0);
        top.Press([.. Enumerable.Repeat("Up", rows.Count), .. Enumerable.Repeat("Down", row)]);
    }
}
