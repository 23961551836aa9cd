namespace ZooCache.Integration.Tests.Dashboard;

/// <summary>
/// Pictures of the dashboard of a shop that is in use. <c>ZOOCACHE_SCREENSHOTS=directory</c> has them taken once the charts are full, which takes five minutes, and kept.
/// </summary>
[Collection(BrowserTests.Name)]
public sealed class DashboardPictureTests(Browser browser)
{
    private const string Prefix = "shop";

    [BrowserFact]
    public async Task ThePageOfAShopInUse_LightAndDark()
    {
        var directory = Environment.GetEnvironmentVariable("ZOOCACHE_SCREENSHOTS");
        var log = new MemoryLog(TimeProvider.System, 100_000, new NodeOptions().MaxClockSkew);
        await using var other = new ZooCache(new ZooCacheOptions { Prefix = Prefix, Log = _ => new HinderedLog(log) });
        await using var host = await DashboardHost.StartAsync(new ZooCacheOptions { Prefix = Prefix, Log = _ => new HinderedLog(log), ByteBudget = 512 * 1024, WatchdogShare = 0.01 });
        await using var traffic = new ShopTraffic(host);

        browser.Open(host.Address, script: directory is null ? Browser.Hurry : "");
        browser.Until("document.querySelectorAll('#stream li').length > 2 && document.querySelectorAll('#queries-rows tr').length > 2");
        if (directory is not null)
        {
            browser.Until(TimeSpan.FromMinutes(6), "parseFloat(document.querySelector('#charts .line').getAttribute('d').slice(1)) < 56");
        }

        foreach (var colours in new[] { "light", "dark" })
        {
            browser.Prefer(colours);
            browser.Until("document.querySelector('#charts .line').getAttribute('d')");
            var picture = browser.Driver.GetScreenshot().AsByteArray;
            picture.Length.ShouldBeInRange(30_000, 250_000);
            if (directory is not null)
            {
                Directory.CreateDirectory(directory);
                await File.WriteAllBytesAsync(Path.Combine(directory, $"dashboard-{colours}.png"), picture);
            }
        }

        browser.Complaints().ShouldBeEmpty();
    }
}
