using System.Net;
using System.Net.Sockets;

namespace ZooCache.Integration.Tests.Dashboard;

/// <summary>The queries of the dashboard; and what holds for the whole page: whom it asks, how it is used without a mouse, and on a phone.</summary>
[Collection(BrowserTests.Name)]
public sealed class DashboardQueryTests(Browser browser) : IAsyncLifetime
{
    private DashboardHost _host = null!;

    public async Task InitializeAsync() => _host = await DashboardHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [BrowserFact]
    public void QueriesAreSorted_AndExplained()
    {
        _host.Ask(times: 5);
        browser.Open(_host.Address);
        browser.UntilText("#queries-rows", "Orders by CustomerId = ");
        foreach (var (click, by, sort) in new[]
        {
            ("thead [data-by=misses]", "misses", "descending"), ("thead [data-by=saved]", "saved", "descending"), ("thead [data-by=bytes]", "bytes", "descending"),
            ("thead [data-by=hits]", "hits", "descending"), ("thead [data-by=hits]", "cold", "ascending"), ("#queries-by label:first-of-type", "hits", "descending"),
        })
        {
            _host.Asked.Clear();
            browser.Click(click);
            SpinWait.SpinUntil(() => _host.Asked.Contains($"queries?by={by}&top=20"), TimeSpan.FromSeconds(20)).ShouldBeTrue(by);
            browser.Value<string>("document.querySelector('thead [aria-sort]').getAttribute('aria-sort')").ShouldBe(sort);
            browser.Value<string>("document.querySelector('#queries-by input:checked').value").ShouldBe(by);
        }

        browser.Click("#queries-rows .disclose");
        browser.UntilText(".explanation", "Orders: rows with CustomerId = ");
        browser.UntilText(".explanation", "Miss (not-found)");
        browser.UntilText(".explanation pre", "FROM \"Orders\"");
        browser.UntilText("#said", "FROM \"Orders\"");
        browser.Value<string>("document.querySelector('.disclose').getAttribute('aria-expanded')").ShouldBe("true");

        // It stays open, and keeps the focus, when the figures change.
        _host.Ask(times: 5);
        browser.Until("document.querySelector('#queries-rows td').textContent === '9'");
        browser.Value<bool>("document.querySelector('.explanation pre').checkVisibility() && document.activeElement.classList.contains('disclose')").ShouldBeTrue();
        browser.Click("#queries-rows .disclose");
        browser.Until("!document.querySelector('.explanation')");
        browser.Complaints().ShouldBeEmpty();
    }

    [BrowserFact]
    public async Task NothingLeavesTheNode_EvenIfAScriptTries()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        _host.Ask(times: 2);
        browser.Open(_host.Address);
        browser.UntilText("#total-hits", "1");
        browser.UntilText("#queries-rows", "Orders");
        var asked = browser.Requests();
        asked.Count.ShouldBeGreaterThan(4);
        asked.ShouldAllBe(a => a.StartsWith(_host.Address.AbsoluteUri, StringComparison.Ordinal) || a.StartsWith("data:", StringComparison.Ordinal));

        var elsewhere = $"http://{other.LocalEndpoint}/";
        browser.Driver.ExecuteScript(
            """
            window.blocked = [];
            document.addEventListener('securitypolicyviolation', e => window.blocked.push(e.effectiveDirective));
            fetch(arguments[0]).catch(() => {});
            new Image().src = arguments[0];
            const script = document.createElement('script');
            try { script.src = arguments[0]; } catch { window.blocked.push('script'); }
            try { document.body.innerHTML = '<b>'; } catch { window.blocked.push('markup'); }
            const style = document.createElement('style');
            style.textContent = 'body { background: url(' + arguments[0] + ') }';
            document.head.append(style);
            """, elsewhere);
        foreach (var directive in new[] { "connect-src", "img-src", "style-src-elem", "script", "markup" })
        {
            browser.Until("window.blocked.includes(arguments[0])", directive);
        }

        other.Pending().ShouldBeFalse();
        using var own = new TcpClient();
        await own.ConnectAsync((IPEndPoint)other.LocalEndpoint);
        other.Pending().ShouldBeTrue();
    }

    [BrowserFact]
    public void WhatTakesTheFocusHasAName_AndAPhoneIsWideEnough()
    {
        _host.Ask(times: 3);
        _host.Write();
        browser.Open(_host.Address);
        browser.Size(360, 740);
        browser.UntilText("#queries-rows", "Orders");
        browser.UntilText("#stream", "SaveChanges");
        browser.Driver.ExecuteScript("document.getElementById('explorer').scrollIntoView()");
        browser.UntilText("#tag .path", "Everything");
        browser.Value<long>("document.documentElement.scrollWidth").ShouldBeLessThanOrEqualTo(360);

        browser.Call("Accessibility.enable", []);
        var tree = (Dictionary<string, object>)browser.Call("Accessibility.getFullAXTree", [])!;
        browser.Call("Accessibility.disable", []);
        var focusable = ((object[])tree["nodes"]).Cast<Dictionary<string, object>>().Where(n => n["ignored"] is false && Of(n, "role") is not "RootWebArea" and not "main" && IsFocusable(n)).ToList();
        focusable.Count.ShouldBeGreaterThan(20);
        focusable.Where(n => string.IsNullOrWhiteSpace(Of(n, "name"))).Select(n => Of(n, "role")).ShouldBeEmpty();

        static string? Of(Dictionary<string, object> node, string what) => node.TryGetValue(what, out var value) ? ((Dictionary<string, object>)value)["value"] as string : null;

        static bool IsFocusable(Dictionary<string, object> node) => node.TryGetValue("properties", out var properties)
            && ((object[])properties).Cast<Dictionary<string, object>>().Any(p => p["name"] is "focusable" && ((Dictionary<string, object>)p["value"])["value"] is true);
    }
}
