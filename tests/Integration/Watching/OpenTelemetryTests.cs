using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ZooCache.Integration.Tests.Watching;

/// <summary>The sample with OpenTelemetry's SDK, and a collector that keeps what it is sent.</summary>
public sealed class OpenTelemetryTests
{
    [Fact]
    public async Task MetricsAndLinkedSpans_ArriveByOtlp()
    {
        var received = new ConcurrentDictionary<string, StringBuilder>(StringComparer.Ordinal);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var collector = builder.Build();
        collector.MapPost("/v1/{kind}", async (string kind, HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            var text = received.GetOrAdd(kind, static _ => new StringBuilder());
            lock (text)
            {
                // Protocol buffers hold texts as they are.
                text.Append(Encoding.Latin1.GetString(body.ToArray()));
            }
        });
        await collector.StartAsync();

        (await RunAsync(collector.Urls.Single())).ShouldMatch(@"^hits \d+, misses \d+$");

        var metrics = received["metrics"].ToString();
        foreach (var name in new[] { "stock", "zoocache.hits", "zoocache.misses", "zoocache.hit.duration", "zoocache.fill.duration", "zoocache.invalidations", "zoocache.entries" })
        {
            metrics.ShouldContain(name);
        }

        received["traces"].ToString().ShouldContain("zoocache.write");
        received["traces"].ToString().ShouldContain("zoocache.fill");
    }

    private static async Task<string> RunAsync(string endpoint, [CallerFilePath] string file = "")
    {
        var configuration = typeof(OpenTelemetryTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        var sample = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "..", "samples", "Telemetry", "bin", configuration, "net10.0", "Telemetry.dll"));
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet") { UseShellExecute = false, RedirectStandardOutput = true };
        start.ArgumentList.Add(sample);
        start.ArgumentList.Add("1");
        start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint;
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var text = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        process.ExitCode.ShouldBe(0);
        return text.Trim();
    }
}
