using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ZooCache.Integration.Tests.Tool;

/// <summary>The tool, as a process of its own, beside two nodes that share a log.</summary>
public sealed class ToolTests : IAsyncLifetime
{
    private static readonly NodeOptions Quick = new()
    {
        HeartbeatInterval = TimeSpan.FromMilliseconds(20), AppendWait = TimeSpan.FromSeconds(10), TokenWait = TimeSpan.FromMilliseconds(500), RequestTimeout = TimeSpan.FromSeconds(10),
        MaxStaleness = TimeSpan.FromSeconds(1), LeaseTime = TimeSpan.FromMinutes(10), SuspectTime = TimeSpan.FromMinutes(20),
    };

    private readonly List<Node> _nodes = [];

    public async Task InitializeAsync()
    {
        var log = new MemoryLog(TimeProvider.System, 1_000, Quick.MaxClockSkew);
        for (var i = 0; i < 2; i++)
        {
            _nodes.Add(await Node.StartAsync(new HinderedLog(log)));
        }

        SpinWait.SpinUntil(() => _nodes.All(n => n.Cache.Node is { IsConfirmed: true, Members.Count: 2 }), TimeSpan.FromSeconds(20)).ShouldBeTrue();
    }

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task WhatIsInvalidated_EachNodeConfirms()
    {
        Fill();
        var (code, text, _) = await RunAsync(["invalidate", "user:42", .. Both()]);
        text.Trim().Split('\n').Select(l => l.TrimEnd()).ShouldBe(_nodes.Select(n => $"{n.Address}: confirmed"));
        code.ShouldBe(0);
        _nodes.ShouldAllBe(n => !n.Cache.Get<int>("user:42").IsHit && n.Cache.Get<int>("user:43").IsHit);

        (await RunAsync(["clear", .. Both(), "--json"])).Code.ShouldBe(0);
        _nodes.ShouldAllBe(n => !n.Cache.Get<int>("user:43").IsHit);
    }

    [Fact]
    public async Task TheOneThatHasntHeard_IsNamed()
    {
        Fill();
        _nodes[1].Log.IsCut = _nodes[1].Log.IsDeaf = true;
        var (code, text, _) = await RunAsync(["invalidate", "user", .. Both()]);
        code.ShouldBe(1);
        text.ShouldContain($"{_nodes[0].Address}: confirmed");
        text.ShouldContain($"{_nodes[1].Address}: NOT confirmed. It hasn't heard of it in time.");

        await _nodes[1].StopAsync();
        (code, text, _) = await RunAsync(["invalidate", "user", "--json", .. Both()]);
        code.ShouldBe(1);
        using var said = JsonDocument.Parse(text);
        var confirmations = said.RootElement.GetProperty("nodes").EnumerateArray().ToDictionary(n => n.GetProperty("Node").GetString()!, n => n);
        confirmations[$"{_nodes[0].Address}"].GetProperty("Confirmed").GetBoolean().ShouldBeTrue();
        confirmations[$"{_nodes[1].Address}"].GetProperty("Failure").GetString()!.ShouldContain("can't be reached");

        // The first that can be reached is told.
        (code, text, _) = await RunAsync(["invalidate", "user", "--node", $"{_nodes[1].Address}", "--node", $"{_nodes[0].Address}"]);
        (code, text.Contains($"{_nodes[0].Address}: confirmed", StringComparison.Ordinal)).ShouldBe((1, true));
    }

    [Fact]
    public async Task TheTreeIsShown()
    {
        Fill();
        var (code, text, _) = await RunAsync(["tree", "--depth", "2", .. Both()]);
        code.ShouldBe(0);
        text.ShouldContain("everything  2 entries");
        text.ShouldContain("user  2 entries");
        text.ShouldContain("user:42  1 entry");
        (await RunAsync(["tree", "user:42", .. Both(), "--json"])).Text.ShouldContain("\"Tag\": \"user:42\"");
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
        text.ShouldContain("The log has 2 members, and 1 nodes were asked.");

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
        text.ShouldContain("It couldn\\u0027t be asked.");
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

    private void Fill()
    {
        foreach (var node in _nodes)
        {
            foreach (var key in new[] { "user:42", "user:43" })
            {
                node.Cache.GetOrCreate(key, _ => 1, new CacheEntryOptions { Tags = [key] });
                node.Cache.Get<int>(key).IsHit.ShouldBeTrue();
            }
        }
    }

    private string[] Both() => [.. _nodes.SelectMany(n => (string[])["--node", $"{n.Address}"])];

    private static async Task<(int Code, string Text, string Errors)> RunAsync(string[] arguments, [CallerFilePath] string file = "")
    {
        var configuration = typeof(ToolTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        var tool = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "..", "src", "ZooCache.Cli", "bin", configuration, "net10.0", "zoocache.dll"));
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(tool);
        Array.ForEach(arguments, start.ArgumentList.Add);
        start.Environment.Remove("ZOOCACHE_NODES");
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var (text, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, (await text).Trim(), (await errors).Trim());
    }

    /// <summary>A node on the web, with its management endpoints.</summary>
    private sealed class Node : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private Node(WebApplication app, HinderedLog log, ZooCache cache) => (_app, Log, Cache) = (app, log, cache);

        internal HinderedLog Log { get; }

        internal ZooCache Cache { get; }

        internal Uri Address => new($"{_app.Urls.Single()}/zoocache");

        /// <summary>Of which nobody has said who may.</summary>
        internal Uri Refusing => new($"{_app.Urls.Single()}/refusing");

        internal static async Task<Node> StartAsync(HinderedLog log)
        {
            var cache = new ZooCache(new ZooCacheOptions { Log = _ => log, Nodes = Quick });
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Services.AddSingleton(cache);
            var app = builder.Build();
            app.MapZooCache().AllowAnonymous();
            app.MapZooCache("/refusing");
            await app.StartAsync();
            return new Node(app, log, cache);
        }

        internal Task StopAsync() => _app.StopAsync();

        public async ValueTask DisposeAsync()
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
            await Cache.DisposeAsync();
        }
    }
}
