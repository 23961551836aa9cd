using Microsoft.AspNetCore.Http;

namespace ZooCache.Integration.Tests.Dashboard;

/// <summary>The dashboard in a browser: its figures, its charts, its colours, and what becomes of it without its node.</summary>
[Collection(BrowserTests.Name)]
public sealed class DashboardTests(Browser browser) : IAsyncLifetime
{
    private DashboardHost _host = null!;

    public async Task InitializeAsync() => _host = await DashboardHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [BrowserFact]
    public void TheFiguresFollow_WithoutAReload()
    {
        browser.Open(_host.Address);
        browser.UntilText("#link", "Live");
        browser.Driver.ExecuteScript("window.isTheSame = true");
        _host.Ask(times: 5);
        browser.UntilText("#total-hits", "4");
        browser.UntilText("#ratio", "80.0 %");
        browser.UntilText("#misses", "not-found");
        browser.UntilText("#enabled", "On");
        _host.Write();
        browser.UntilText("#stream", "SaveChanges ×2");
        browser.UntilText("#stream", "ef:db:ORDERS");
        _host.Cache.Enabled = false;
        browser.UntilText("#enabled", "Off");
        browser.UntilText("#notices", "switched off");
        _host.Ask(times: 1);
        browser.UntilText("#bypasses", "disabled");

        // A second later nobody asks any more.
        browser.Until("document.querySelectorAll('#charts svg')[1].getAttribute('aria-label').startsWith('Questions per second: hits 0, misses 0, bypasses 0')");
        browser.Value<bool>("window.isTheSame").ShouldBeTrue();
        browser.Complaints().ShouldBeEmpty();
    }

    [BrowserFact]
    public void TheChartsTellRatesAndPercentiles()
    {
        Durations(hits: [0, 0, 0, 0], loads: [0, 0, 0, 0]);
        browser.Open(_host.Address);
        browser.UntilText("#link", "Live");
        Durations(hits: [0, 98, 0, 2], loads: [0, 0, 10, 0]);
        browser.Until("document.querySelectorAll('#charts svg')[3].getAttribute('aria-label') === 'Time of a hit: p50 5.59 µs, p99 100 µs'");
        browser.Until("document.querySelectorAll('#charts svg')[4].getAttribute('aria-label') === 'Time of a load: p50 55.0 ms, p99 99.1 ms'");
        browser.Until("document.querySelectorAll('#charts .line')[5].getAttribute('d').includes('L')");

        // The cursor goes by keys, on all charts at once.
        browser.Driver.ExecuteScript("document.querySelector('#charts svg').focus()");
        browser.Press(OpenQA.Selenium.Keys.Home);
        browser.Value<long>("[...document.querySelectorAll('#charts .rule')].filter(r => r.getAttribute('visibility') === 'visible').length").ShouldBe(6);
        browser.UntilText("#said", "Hit ratio");
    }

    [BrowserFact]
    public void AnOlderNode_HasLessToShow()
    {
        _host.Answer("durations", c => Status(c, StatusCodes.Status404NotFound));
        browser.Open(_host.Address);
        browser.UntilText("#link", "Live");
        browser.Until("[...document.querySelectorAll('#charts .empty')].filter(e => !e.hidden).length === 2");
        browser.Until("document.querySelector('#charts figure:last-child .line').getAttribute('d').includes('L')");
        _host.Asked.Count(a => a == "durations").ShouldBe(1);
    }

    [BrowserFact]
    public void ItRests_WhileNobodyLooks()
    {
        // All that it may still do is known: what it waits for, and what it has asked.
        const string Count = """
            window.pending = 0;
            const wait = window.setTimeout, ask = window.fetch, drop = window.clearTimeout, waits = new Set();
            window.setTimeout = (f, ms) => { const id = wait(() => { waits.delete(id); f(); }, ms); waits.add(id); return id; };
            window.clearTimeout = id => { waits.delete(id); drop(id); };
            window.fetch = (...a) => { window.pending++; return ask(...a).finally(() => window.pending--); };
            window.isAtRest = () => waits.size === 0 && window.pending === 0;
            """;
        browser.Open(_host.Address, script: Browser.Hurry + Count);
        browser.UntilText("#link", "Live");
        browser.Driver.ExecuteScript("Object.defineProperty(document, 'hidden', { get: () => window.isAway, configurable: true }); window.isAway = true");
        browser.Until("window.isAtRest()");
        var asked = _host.Asked.Count;
        _host.Ask(times: 5);
        browser.Value<bool>("window.isAtRest()").ShouldBeTrue();
        _host.Asked.Count.ShouldBe(asked);
        browser.Text("#total-hits").ShouldBe("0");

        browser.Driver.ExecuteScript("window.isAway = false; document.dispatchEvent(new Event('visibilitychange'))");
        browser.UntilText("#total-hits", "4");
        browser.Click("#pause");
        browser.UntilText("#link", "Paused");
        browser.Until("window.isAtRest()");
        browser.Click("#pause");
        browser.UntilText("#link", "Live");
    }

    [BrowserFact]
    public void ANodeThatIsAwayOrRefuses_IsToldOf_AndComesBack()
    {
        browser.Open(_host.Address);
        browser.UntilText("#link", "Live");
        foreach (var (state, text, answer) in new (string, string, Func<HttpContext, Task>)[]
        {
            ("Unreachable", "can’t be reached", Abort),
            ("Refused", "(401)", c => Status(c, StatusCodes.Status401Unauthorized)),
            ("Failing", "503", c => Status(c, StatusCodes.Status503ServiceUnavailable)),
            ("Refused", "(401)", c => Task.Run(() => c.Response.Redirect("/sign-in"))),
            ("Refused", "(403)", c => Status(c, StatusCodes.Status403Forbidden)),
        })
        {
            _host.AnswerAll(answer);
            browser.UntilText("#link", state);
            browser.UntilText("#trouble", text);
            browser.Value<bool>("document.getElementById('trouble').hidden").ShouldBeFalse();
        }

        _host.AnswerAll(null);
        browser.UntilText("#link", "Live");
        browser.Until("document.getElementById('trouble').hidden");
        _host.Ask(times: 3);
        browser.UntilText("#total-hits", "2");
    }

    [BrowserFact]
    public void ColoursAreTheSystems_UntilSomebodyChooses()
    {
        browser.Open(_host.Address);
        var light = Colours();
        browser.Prefer("dark");
        var dark = Colours();
        dark.ShouldNotBe(light);
        browser.UntilText("#theme", "Light");
        browser.Click("#theme");
        Colours().ShouldBe(light);
        browser.Driver.Navigate().Refresh();
        Colours().ShouldBe(light);
        browser.Click("#theme");
        Colours().ShouldBe(dark);

        // A browser that keeps nothing.
        browser.Open(_host.Address, script: Browser.Hurry + "Object.defineProperty(window, 'localStorage', { get: () => { throw new Error('no storage'); } })");
        browser.UntilText("#link", "Live");
        browser.Click("#theme");
        Colours().ShouldBe(dark);
        browser.Complaints().ShouldBeEmpty();
    }

    [BrowserFact]
    public void HowTheNodeIsInStep_IsShown()
    {
        _host.Answer("node", new
        {
            prefix = "zoo", version = "9.8.7", machine = "web-<b>1</b>", processId = 42, startedAt = DateTimeOffset.UtcNow, enabled = true, watchdogShare = 0.01, byteBudget = 1L << 30,
            log = new
            {
                node = "00000000000000aa", consistency = "strict", confirmed = false, lagSeconds = 7.5, outbox = 3, epoch = "00000000000000bb", applied = "17-4", suspect = true,
                members = new[] { "00000000000000aa", "00000000000000cc" }, lastFailure = "<i>refused</i>",
            },
            store = new { paused = true, lastFailure = "the store's" },
        });
        browser.Open(_host.Address);
        browser.UntilText("#identity", "web-<b>1</b> · process 42");
        browser.UntilText("#lag", "7.50 s");
        browser.UntilText("#outbox", "3");
        foreach (var text in new[] { "strict", "00000000000000bb", "17-4", "00000000000000cc", "<i>refused</i>", "the store's" })
        {
            browser.UntilText("#node-facts", text);
        }

        foreach (var text in new[] { "hasn’t confirmed", "writing unheard", "shared store fails" })
        {
            browser.UntilText("#notices", text);
        }

        browser.Value<long>("document.querySelectorAll('main b, main i').length").ShouldBe(0);
    }

    private void Durations(long[] hits, long[] loads) => _host.Answer("durations", new
    {
        hits = new { bounds = new[] { 1e-6, 1e-5, 1e-4 }, counts = hits, seconds = 0.1 },
        loads = new { bounds = new[] { 1e-3, 1e-2, 1e-1 }, counts = loads, seconds = 0.1 },
    });

    private string Colours() => browser.Value<string>("getComputedStyle(document.body).backgroundColor + getComputedStyle(document.body).color");

    private static Task Abort(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    private static Task Status(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }
}
