using System.Text.Json;

namespace ZooCache.Integration.Tests.Tool;

/// <summary>The tool, as a process of its own, beside two nodes that share a log.</summary>
public sealed class ToolTests : IAsyncLifetime
{
    private readonly ToolNodes _nodes = new();

    public Task InitializeAsync() => _nodes.InitializeAsync();

    public Task DisposeAsync() => _nodes.DisposeAsync();

    [Fact]
    public async Task WhatIsInvalidated_EachNodeConfirms()
    {
        _nodes.Fill();
        var (code, text, _) = await RunAsync(["invalidate", "user:42", .. Both()]);
        text.Trim().Split('\n').Select(l => l.TrimEnd()).ShouldBe(_nodes.All.Select(n => $"{n.Address}: confirmed"));
        code.ShouldBe(0);
        _nodes.All.ShouldAllBe(n => !n.Cache.Get<int>("user:42").IsHit && n.Cache.Get<int>("user:43").IsHit);

        (await RunAsync(["clear", .. Both(), "--json"])).Code.ShouldBe(0);
        _nodes.All.ShouldAllBe(n => !n.Cache.Get<int>("user:43").IsHit);
    }

    [Fact]
    public async Task TheOneThatHasntHeard_IsNamed()
    {
        _nodes.Fill();
        _nodes[1].Log.IsCut = _nodes[1].Log.IsDeaf = true;
        var (code, text, _) = await RunAsync(["invalidate", "user", .. Both()]);
        code.ShouldBe(1);
        text.ShouldContain($"{_nodes[0].Address}: confirmed");
        text.ShouldContain($"{_nodes[1].Address}: NOT confirmed. It hasn't heard of it in time.");

        await _nodes[1].StopAsync();
        (code, text, _) = await RunAsync(["invalidate", "user", "--json", .. Both()]);
        code.ShouldBe(1);
        using var said = JsonDocument.Parse(text);
        var confirmations = said.RootElement.GetProperty("nodes").EnumerateArray().ToDictionary(n => n.GetProperty("node").GetString()!, n => n);
        confirmations[$"{_nodes[0].Address}"].GetProperty("confirmed").GetBoolean().ShouldBeTrue();
        confirmations[$"{_nodes[1].Address}"].GetProperty("failure").GetString()!.ShouldContain("can't be reached");

        // The first that can be reached is told.
        (code, text, _) = await RunAsync(["invalidate", "user", "--node", $"{_nodes[1].Address}", "--node", $"{_nodes[0].Address}"]);
        (code, text.Contains($"{_nodes[0].Address}: confirmed", StringComparison.Ordinal)).ShouldBe((1, true));
    }

    [Fact]
    public async Task TheTreeIsShown()
    {
        _nodes.Fill();
        var (code, text, _) = await RunAsync(["tree", "--depth", "2", .. Both()]);
        code.ShouldBe(0);
        text.ShouldContain("everything  2 entries");
        text.ShouldContain("user  2 entries");
        text.ShouldContain("user:42  1 entry");
        (await RunAsync(["tree", "user:42", .. Both(), "--json"])).Text.ShouldContain("\"tag\": \"user:42\"");
        (await RunAsync(["tree", "--depth", "9", .. Both()])).ShouldBe((2, "", "--depth is 9, and must be 1 to 8."));
    }

    [Fact]
    public async Task HowNodesAre_IsTold()
    {
        var (code, text, _) = await RunAsync(["nodes", .. Both(), "--json"]);
        code.ShouldBe(0);
        using (var said = JsonDocument.Parse(text))
        {
            said.RootElement.EnumerateArray().Select(n => n.GetProperty("node").GetProperty("log").GetProperty("members").GetArrayLength()).ShouldBe([2, 2]);
        }

        (await RunAsync(["nodes", .. Both()])).Text.ShouldContain("confirmed");
        (await RunAsync(["queries", .. Both()])).Code.ShouldBe(0);
        (await RunAsync(["invalidations", .. Both()])).Text.ShouldContain("Join");
        _nodes[0].Cache.Enabled = false;
        (await RunAsync(["nodes", .. Both()])).Code.ShouldBe(1);
    }

    [Fact]
    public async Task WhatIsWrong_IsFound()
    {
        (await RunAsync(["doctor", .. Both()])).ShouldBe((0, "2 asked, nothing found", ""));
        var (code, text, _) = await RunAsync(["doctor", "--node", $"{_nodes[0].Address}"]);
        code.ShouldBe(1);
        text.ShouldContain("The log has 2 members, and 1 node was asked.");

        _nodes[1].Log.IsCut = _nodes[1].Log.IsDeaf = true;
        _nodes[0].Cache.Enabled = false;
        SpinWait.SpinUntil(() => !_nodes[1].Cache.Node!.IsConfirmed, TimeSpan.FromSeconds(20)).ShouldBeTrue();
        (code, text, _) = await RunAsync(["doctor", .. Both()]);
        code.ShouldBe(1);
        text.ShouldContain($"{_nodes[0].Address}: The cache is switched off.");
        text.ShouldContain($"{_nodes[1].Address}: Its log hasn't confirmed for");

        await _nodes[1].StopAsync();
        (code, text, _) = await RunAsync(["doctor", .. Both(), "--json"]);
        code.ShouldBe(2);
        text.ShouldContain("It couldn't be asked.");
    }

    [Fact]
    public async Task OfAQueryAndATag_ItIsToldWhatTheyAre()
    {
        var query = _nodes[0].Cache.Queries.Of(0x1f, static () => new QueryDescription("Orders by Id = @id", ["Orders: rows with Id = @id"]));
        query.Sql = "SELECT 1\nFROM x";
        query.Missed("Miss (not-found)");
        var (code, text, _) = await RunAsync(["explain", "1f", .. Both()]);
        (code, text.ReplaceLineEndings("\n")).ShouldBe((0, "Orders by Id = @id\n0 hits, 1 miss; the last: Miss (not-found)\ndepends on\n  Orders: rows with Id = @id\nSQL\n  SELECT 1\n  FROM x"));
        (await RunAsync(["explain", "20", .. Both()])).Errors.ShouldContain("'20' is no query that this process knows");
        (await RunAsync(["queries", .. Both()])).Text.ShouldContain("1f");

        _nodes.Fill();
        (code, text, _) = await RunAsync(["inspect", "user", .. Both()]);
        code.ShouldBe(0);
        text.Split('\n').Length.ShouldBe(2);
        text.ShouldContain("2 entries");
        text.ShouldContain("2 tags below");
    }

    [Fact]
    public async Task Invalidations_AreWatchedAsTheyCome()
    {
        _nodes[0].Cache.Invalidate("user:1");
        using var watch = ToolProcess.Start(["watch", "--tag", "user:42", "--json", .. Both()]);
        try
        {
            // It tells of what comes once it has begun, and nobody says when that is.
            var line = watch.StandardOutput.ReadLineAsync();
            for (var i = 0; !line.IsCompleted && i < 600; i++)
            {
                _nodes[0].Cache.Invalidate("user:43");
                _nodes[0].Cache.Invalidate("user:42:orders");
                await Task.WhenAny(line, Task.Delay(100));
            }

            line.IsCompleted.ShouldBeTrue();
            using var said = JsonDocument.Parse((await line)!);
            said.RootElement.GetProperty("tags").EnumerateArray().Select(t => t.GetString()).ShouldBe(["user:42:orders"]);
            new[] { "Invalidate", "Elsewhere" }.ShouldContain(said.RootElement.GetProperty("cause").GetString());
        }
        finally
        {
            watch.Kill();
        }
    }

    [Fact]
    public async Task AShellIsToldHowToComplete()
    {
        (await RunAsync("completion", "bash")).Text.ShouldContain("complete -F _zoocache zoocache");
        (await RunAsync("[suggest:12]", "zoocache inv")).Text.Split('\n').Select(l => l.Trim()).ShouldBe(["invalidate", "invalidations"]);
        (await RunAsync("completion", "fish")).Code.ShouldBe(2);
        (await RunAsync("nodes", "--top", "x")).Code.ShouldBe(2);
        (await RunAsync(["top", .. Both()])).ShouldBe((2, "", "top needs a terminal. Without one: nodes, queries, invalidations and watch, which have --json for scripts."));
    }

    [Theory]
    [InlineData("No node is given.", "nodes")]
    [InlineData("'web-1' is no address.", "nodes", "--node", "web-1")]
    [InlineData("'x' is no header.", "nodes", "--node", "http://127.0.0.1:1/zoocache", "--header", "x")]
    [InlineData("http://127.0.0.1:1/zoocache can't be reached", "tree", "--node", "http://127.0.0.1:1/zoocache")]
    public async Task WhatIsSaidWrongly_IsToldHowToSay(string message, params string[] arguments)
    {
        var (code, text, errors) = await RunAsync(arguments);
        code.ShouldBe(2);
        text.ShouldBeEmpty();
        errors.ShouldContain(message);
    }

    [Fact]
    public async Task WhoMayNot_IsRefused()
    {
        var refused = await RunAsync(["nodes", "--node", $"{_nodes[0].Refusing}"]);
        refused.Code.ShouldBe(2);
        var (code, _, errors) = await RunAsync(["tree", "--node", $"{_nodes[0].Refusing}"]);
        code.ShouldBe(2);
        errors.ShouldContain("403");
        errors.ShouldContain("RequireAuthorization");
    }

    private string[] Both() => [.. _nodes.Arguments];

    private static Task<(int Code, string Text, string Errors)> RunAsync(params string[] arguments) => ToolProcess.RunAsync(arguments);
}
