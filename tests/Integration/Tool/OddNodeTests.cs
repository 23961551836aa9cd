using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace ZooCache.Integration.Tests.Tool;

/// <summary>The tool beside something that hangs, answers oddly, or says what a terminal would obey.</summary>
public sealed class OddNodeTests : IAsyncLifetime
{
    private readonly ToolNodes _nodes = new();

    public Task InitializeAsync() => _nodes.InitializeAsync();

    public Task DisposeAsync() => _nodes.DisposeAsync();

    [Theory]
    [InlineData("application/json", "\"upstream is away\"")]
    [InlineData("application/json", "{\"detail\":{}}")]
    [InlineData("text/html; charset=windows-1252", "<h1>Bad gateway</h1>")]
    public async Task An_odd_error_of_the_first_node_leaves_the_second_to_be_told(string type, string body)
    {
        await using var odd = await FakeNode.StartAsync(c => AnswerAsync(c, 502, type, body));
        _nodes.Fill();
        var (code, text, errors) = await ToolProcess.RunAsync("invalidate", "user:42", "--node", odd.Address, "--node", $"{_nodes[0].Address}");
        _nodes[0].Cache.Get<int>("user:42").IsHit.ShouldBeFalse();
        text.ShouldContain($"{_nodes[0].Address}: confirmed");
        (code, errors).ShouldBe((1, ""));
    }

    [Fact]
    public async Task What_is_no_node_is_said_to_be_none()
    {
        await using var odd = await FakeNode.StartAsync(static c => c.Response.WriteAsJsonAsync(new { status = "ok" }));
        foreach (var command in new[] { "nodes", "queries", "tree", "invalidations", "doctor" })
        {
            var (code, _, errors) = await ToolProcess.RunAsync(command, "--node", odd.Address);
            code.ShouldBe(2, command);
            errors.ShouldContain("another version", customMessage: command);
        }
    }

    [Fact]
    public async Task What_a_node_says_in_an_error_is_not_obeyed()
    {
        await using var odd = await FakeNode.StartAsync(static c => AnswerAsync(c, 500, "text/plain", "\e]0;owned\a\e[2J\nall is well"));
        var (_, _, errors) = await ToolProcess.RunAsync("tree", "--node", odd.Address);
        errors.ShouldNotContain('\e');
        errors.ShouldNotContain('\n');
    }

    [Fact]
    public async Task A_tag_makes_no_line_of_its_own()
    {
        using var watch = ToolProcess.Start("watch", "--node", $"{_nodes[0].Address}");
        await UntilToldAsync(watch, () => _nodes[0].Cache.Invalidate(TagPath.Of("user", "x\n12:00:00.000 http://web-1:8080/zoocache Clear *")), line => line.ShouldEndWith(" Clear *"));
    }

    [Fact]
    public async Task A_node_is_watched_while_another_hangs()
    {
        await using var hung = await FakeNode.StartHangingAsync();
        using var watch = ToolProcess.Start("watch", "--node", hung.Address, "--node", $"{_nodes[0].Address}");
        await UntilToldAsync(watch, () => _nodes[0].Cache.Invalidate("user:42"), line => line.ShouldContain("user:42"));
    }

    [Theory]
    [InlineData("text/html; charset=windows-1252", "<h1>Bad gateway</h1>", 502)]
    [InlineData("application/json", "{}", 200)]
    [InlineData("application/json", "[]", 200)]
    public async Task A_node_is_watched_on_after_an_odd_answer(string type, string body, int status)
    {
        var (sequence, asked) = (10L, 0);
        await using var odd = await FakeNode.StartAsync(c => Interlocked.Increment(ref asked) == 2 ? AnswerAsync(c, status, type, body)
            : c.Request.Path.Value!.EndsWith("/statistics", StringComparison.Ordinal) ? c.Response.WriteAsJsonAsync(new { statistics = new { sequence = Interlocked.Increment(ref sequence) } })
            : c.Response.WriteAsJsonAsync(new[] { new { sequence = Volatile.Read(ref sequence), secondsAgo = 0.1, cause = "Invalidate", tags = new[] { "user:42" }, count = 1 } }));
        using var watch = ToolProcess.Start("watch", "--node", odd.Address, "--node", $"{_nodes[0].Address}");
        await UntilToldAsync(watch, static () => { }, line => line.ShouldContain("user:42"));
        asked.ShouldBeGreaterThan(2);
    }

    [Fact]
    public async Task What_is_too_much_at_once_is_said_to_be()
    {
        var sequence = 0L;
        var many = Enumerable.Range(0, 1000).Select(static i => new { sequence = 5000L - i, secondsAgo = 0.1, cause = "Invalidate", tags = new[] { "user:42" }, count = 1 });
        await using var busy = await FakeNode.StartAsync(c => c.Request.Path.Value!.EndsWith("/statistics", StringComparison.Ordinal)
            ? c.Response.WriteAsJsonAsync(new { statistics = new { sequence = Interlocked.Exchange(ref sequence, 5000) } }) : c.Response.WriteAsJsonAsync(many));
        using var watch = ToolProcess.Start("watch", "--node", busy.Address);
        var error = watch.StandardError.ReadLineAsync();
        await UntilToldAsync(watch, static () => { }, static line => line.ShouldContain("user:42"));
        (await error)!.ShouldContain("1000 or more at once; older ones aren't shown.");
    }

    [TmuxFact]
    public async Task Top_goes_on_beside_something_that_hangs_and_something_that_is_no_node()
    {
        _nodes[0].Cache.Invalidate("news:today");
        await using var hung = await FakeNode.StartHangingAsync();
        await using var odd = await FakeNode.StartAsync(static c => c.Response.WriteAsJsonAsync(new { status = "ok" }));
        using var top = new TmuxTerminal(["top", "--every", "0.2", "--node", hung.Address, "--node", odd.Address, "--node", $"{_nodes[0].Address}"]);
        await top.ShowsAsync("1 of 3 nodes well", "hasn't answered for 3 s", "another version");
        top.Press("n");
        await top.ShowsAsync("1 of 3 nodes well", "A node answers in another way");

        // The lists of the one that is well wait for nobody.
        top.Press("Escape", "n");
        await top.ShowsAsync("news:today");
    }

    /// <summary>Does something again and again until a line is told, ends the watch, and looks at it.</summary>
    private static async Task UntilToldAsync(Process watch, Action again, Action<string> look)
    {
        try
        {
            var line = watch.StandardOutput.ReadLineAsync();
            for (var i = 0; !line.IsCompleted && i < 300; i++)
            {
                again();
                await Task.WhenAny(line, Task.Delay(100));
            }

            line.IsCompleted.ShouldBeTrue("Nothing was told.");
            look((await line)!);
        }
        finally
        {
            watch.Kill();
        }
    }

    private static Task AnswerAsync(HttpContext context, int status, string type, string body)
    {
        (context.Response.StatusCode, context.Response.ContentType) = (status, type);
        return context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body)).AsTask();
    }
}
