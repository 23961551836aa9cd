using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ZooCache.Integration.Tests.Tool;

/// <summary>Something on the web that answers as a test wants, where the tool looks for a node.</summary>
internal sealed class FakeNode : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeNode(WebApplication app) => _app = app;

    internal string Address => $"{_app.Urls.Single()}/zoocache";

    internal static async Task<FakeNode> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.UseShutdownTimeout(TimeSpan.FromMilliseconds(100));
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        return new FakeNode(app);
    }

    /// <summary>One that never answers.</summary>
    internal static Task<FakeNode> StartHangingAsync() => StartAsync(static c => Task.Delay(Timeout.Infinite, c.RequestAborted));

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
