using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ZooCache.Integration.Tests.Tool;

/// <summary>Two nodes on the web that share a log.</summary>
internal sealed class ToolNodes
{
    private static readonly NodeOptions Quick = new()
    {
        HeartbeatInterval = TimeSpan.FromMilliseconds(20), AppendWait = TimeSpan.FromSeconds(10), TokenWait = TimeSpan.FromMilliseconds(500), RequestTimeout = TimeSpan.FromSeconds(10),
        MaxStaleness = TimeSpan.FromSeconds(1), LeaseTime = TimeSpan.FromMinutes(10), SuspectTime = TimeSpan.FromMinutes(20),
    };

    private readonly List<Node> _nodes = [];

    internal IReadOnlyList<Node> All => _nodes;

    internal Node this[int number] => _nodes[number];

    /// <summary>What the tool is told of them.</summary>
    internal IEnumerable<string> Arguments => _nodes.SelectMany(n => (string[])["--node", $"{n.Address}"]);

    internal async Task InitializeAsync()
    {
        var log = new MemoryLog(TimeProvider.System, 1_000, Quick.MaxClockSkew);
        for (var i = 0; i < 2; i++)
        {
            _nodes.Add(await Node.StartAsync(new HinderedLog(log), Quick));
        }

        SpinWait.SpinUntil(() => _nodes.All(n => n.Cache.Node is { IsConfirmed: true, Members.Count: 2 }), TimeSpan.FromSeconds(20)).ShouldBeTrue();
    }

    internal async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    /// <summary>Each node holds two entries, one for each of two users.</summary>
    internal void Fill()
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

    /// <summary>A node on the web, with its management endpoints.</summary>
    internal sealed class Node : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private Node(WebApplication app, HinderedLog log, ZooCache cache) => (_app, Log, Cache) = (app, log, cache);

        internal HinderedLog Log { get; }

        internal ZooCache Cache { get; }

        internal Uri Address => new($"{_app.Urls.Single()}/zoocache");

        /// <summary>Of which nobody has said who may.</summary>
        internal Uri Refusing => new($"{_app.Urls.Single()}/refusing");

        internal static async Task<Node> StartAsync(HinderedLog log, NodeOptions options)
        {
            var cache = new ZooCache(new ZooCacheOptions { Log = _ => log, Nodes = options });
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
