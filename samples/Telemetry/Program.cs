using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Telemetry;
using ZooCache.EFCore;

// What ZooCache measures, sent by OpenTelemetry's SDK to a collector: OTEL_EXPORTER_OTLP_ENDPOINT, or http://localhost:4318. It runs for as many seconds as it is told, or 5.
var seconds = args is [var given] ? double.Parse(given, System.Globalization.CultureInfo.InvariantCulture) : 5;
var file = Path.Combine(Path.GetTempPath(), $"zoocache-telemetry-{Guid.NewGuid():N}.db");
var builder = Host.CreateApplicationBuilder();
builder.Services.AddZooCache(c => c.WatchdogShare = 0.01);
builder.Services.AddDbContext<StockContext>(o => o.UseSqlite($"Data Source={file}").UseZooCache());
builder.Services.AddOpenTelemetry()
    .ConfigureResource(r => r.AddService("stock"))
    .WithMetrics(m => m.AddMeter("ZooCache").AddOtlpExporter(static (o, reader) =>
    {
        o.Protocol = OtlpExportProtocol.HttpProtobuf;
        reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = 1_000;
    }))
    .WithTracing(t => t.AddSource("ZooCache").AddOtlpExporter(static o => o.Protocol = OtlpExportProtocol.HttpProtobuf));
builder.Logging.SetMinimumLevel(LogLevel.Warning);
using var host = builder.Build();
await host.StartAsync();
await using (var scope = host.Services.CreateAsyncScope())
{
    var db = scope.ServiceProvider.GetRequiredService<StockContext>();
    await db.Database.EnsureCreatedAsync();
    db.Articles.AddRange(Enumerable.Range(1, 10).Select(static i => new Article { Left = i }));
    await db.SaveChangesAsync();
}

var began = TimeProvider.System.GetTimestamp();
for (var round = 0; round < 100 || TimeProvider.System.GetElapsedTime(began).TotalSeconds < seconds; round++)
{
    await using var scope = host.Services.CreateAsyncScope();
    var db = scope.ServiceProvider.GetRequiredService<StockContext>();
    var id = 1 + (round % 10);
    var article = await db.Articles.Where(a => a.Id == id).Cacheable().SingleAsync();
    if (round % 50 == 0)
    {
        // The load that this makes necessary is a span, linked to the one of this write.
        article.Left++;
        await db.SaveChangesAsync();
    }

    await Task.Delay(10);
}

var statistics = host.Services.GetRequiredService<ZooCache.ZooCache>().GetStatistics();
Console.WriteLine($"hits {statistics.Hits}, misses {statistics.Misses}");

// What hasn't been sent yet; the last figures of a cache are gone with it.
host.Services.GetRequiredService<MeterProvider>().ForceFlush();
host.Services.GetRequiredService<TracerProvider>().ForceFlush();
await host.StopAsync();
File.Delete(file);

namespace Telemetry
{
    /// <summary>What is in stock.</summary>
    internal sealed class StockContext(DbContextOptions<StockContext> options) : DbContext(options)
    {
        public DbSet<Article> Articles => Set<Article>();
    }

    /// <summary>An article.</summary>
    internal sealed class Article
    {
        public int Id { get; set; }

        public int Left { get; set; }
    }
}
