using OpenQA.Selenium;

namespace ZooCache.Integration.Tests.Dashboard;

/// <summary>The explorer of tags, by mouse and by keyboard; and that what the page is told stays text.</summary>
[Collection(BrowserTests.Name)]
public sealed class DashboardTagTests(Browser browser) : IAsyncLifetime
{
    private const string Hostile = "<img src=x onerror=alert(1)>";
    private const string Focused = "document.activeElement.getAttribute('aria-label')";

    private DashboardHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await DashboardHost.StartAsync();
        foreach (var tag in new[] { "user:42", "user:43", "user:43:orders", "zoo" })
        {
            _host.Cache.Set(tag, 1, new CacheEntryOptions { Tags = [tag] });
        }
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [BrowserFact]
    public void TheTreeIsWalkedByMouse()
    {
        OpenTree();
        ClickItem("user");
        browser.Until($"{Item("user:43")} && {Item("user")}.getAttribute('aria-expanded') === 'true'");
        browser.UntilText("#tag .path", "user");
        browser.UntilText("#tag dl", "Entries3");
        ClickItem("user:42");
        browser.Until($"!{Item("user:42")}.hasAttribute('aria-expanded')");
        browser.UntilText("#tag dl", "Entries1");
        browser.Value<string>($"{Item("user:42")}.getAttribute('aria-selected')").ShouldBe("true");
        browser.Value<string>("document.querySelectorAll('#tree [aria-selected=true]').length + ' ' + document.querySelectorAll('#tree [tabindex=\"0\"]').length").ShouldBe("1 1");
        ClickItem("user");
        browser.Until($"{Item("user")}.getAttribute('aria-expanded') === 'false'");
        browser.Value<bool>($"{Item("user:42")}.checkVisibility()").ShouldBeFalse();
        browser.Complaints().ShouldBeEmpty();
    }

    [BrowserFact]
    public void TheTreeIsWalkedByKeys()
    {
        OpenTree();
        browser.Driver.ExecuteScript("document.getElementById('refresh').focus()");
        browser.Press(Keys.Tab);
        browser.Value<string>(Focused).ShouldStartWith("Everything, 4 entries");
        browser.Press("u");
        browser.Value<string>(Focused).ShouldStartWith("user, 3 entries");
        browser.Press(Keys.ArrowRight);
        browser.Until(Item("user:43"));
        browser.Press(Keys.ArrowRight);
        browser.Value<string>(Focused).ShouldStartWith("43, 2 entries");
        browser.Press(Keys.ArrowDown);
        browser.Value<string>(Focused).ShouldStartWith("42, 1 entry");
        browser.Press(Keys.Enter);
        browser.UntilText("#tag .path", "user:42");
        browser.Press(Keys.ArrowLeft);
        browser.Value<string>(Focused).ShouldStartWith("user,");
        browser.Press(Keys.ArrowLeft);
        browser.Value<string>($"{Item("user")}.getAttribute('aria-expanded')").ShouldBe("false");
        browser.Press(Keys.Home);
        browser.Value<string>(Focused).ShouldStartWith("Everything");
        browser.Press(Keys.End);
        browser.Value<string>(Focused).ShouldStartWith("zoo,");

        // From there to the button, and through the question.
        browser.Press(Keys.Space);
        browser.UntilText("#tag .path", "zoo");
        browser.Press(Keys.Tab, Keys.Enter);
        browser.Until("document.getElementById('ask').open && document.activeElement.id === 'ask-no'");
        browser.Press(Keys.Escape);
        browser.Until("!document.getElementById('ask').open && document.activeElement.classList.contains('danger')");
        _host.Cache.Get<int>("zoo").IsHit.ShouldBeTrue();
        browser.Press(Keys.Enter);
        browser.Until("document.getElementById('ask').open");
        browser.Press(Keys.Tab, Keys.Enter);
        browser.UntilText("#tag-said", "Invalidated.");
        browser.UntilText("#said", "zoo: Invalidated.");
        _host.Cache.Get<int>("zoo").IsHit.ShouldBeFalse();
        browser.Complaints().ShouldBeEmpty();
    }

    [BrowserFact]
    public void WhatIsInvalidatedOnThePage_IsGone()
    {
        OpenTree();
        browser.Driver.FindElement(By.Id("find-tag")).SendKeys("user:43" + Keys.Enter);
        browser.UntilText("#tag .path", "user:43");
        browser.Click("#tag .danger");
        browser.UntilText("#ask-text", "user:43 and what is below it, on all nodes. 2 entries");
        browser.Click("#ask-no");
        _host.Cache.Get<int>("user:43").IsHit.ShouldBeTrue();
        browser.Click("#tag .danger");
        browser.Click("#ask-yes");
        browser.UntilText("#tag-said", "Invalidated.");
        _host.Cache.Get<int>("user:43").IsHit.ShouldBeFalse();
        _host.Cache.Get<int>("user:43:orders").IsHit.ShouldBeFalse();
        _host.Cache.Get<int>("user:42").IsHit.ShouldBeTrue();
        browser.UntilText("#stream", "Invalidate");

        ClickItem("*");
        browser.UntilText("#tag .path", "Everything");
        browser.Click("#tag .danger");
        browser.UntilText("#ask-title", "Invalidate everything?");
        browser.Click("#ask-yes");
        browser.UntilText("#tag-said", "Invalidated.");
        _host.Cache.Get<int>("user:42").IsHit.ShouldBeFalse();
        browser.Complaints().ShouldBeEmpty();
    }

    [BrowserFact]
    public void WhatNobodyElseHasHeard_IsntSaidToBeTold()
    {
        _host.Answer("invalidate", new { token = "n.0000000000000001.1", told = false });
        OpenTree();
        ClickItem("user");
        browser.UntilText("#tag .path", "user");
        browser.Click("#tag .danger");
        browser.Click("#ask-yes");
        browser.UntilText("#tag-said", "The other nodes haven’t been told yet");
    }

    [BrowserFact]
    public void WhatIsToldStaysText()
    {
        _host.Cache.Set("hostile", 1, new CacheEntryOptions { Tags = [Hostile] });
        _host.Answer("queries", new[] { new { id = "1", query = Hostile, hits = 1, misses = 0, loadMilliseconds = 1.0, savedSeconds = 0.0, entries = 1, bytes = 1 } });
        _host.Answer(DashboardHost.Explanation, new { dependsOn = new[] { Hostile }, lastMiss = Hostile, sql = Hostile });
        OpenTree();
        _host.Cache.Invalidate(Hostile);
        browser.UntilText("#stream .tag", Hostile);
        browser.Click("#stream .tag");
        browser.UntilText("#tag .path", Hostile);
        browser.UntilText("#said", Hostile);
        browser.UntilText("#tree", Hostile);
        browser.Click("#tag .danger");
        browser.UntilText("#ask-text", Hostile);
        browser.Click("#ask-yes");
        browser.UntilText("#tag-said", "Invalidated.");
        browser.UntilText("#queries-rows", Hostile);
        browser.Click("#queries-rows .disclose");
        browser.UntilText(".explanation pre", Hostile);
        browser.Value<long>("document.querySelectorAll('img, [onerror]').length").ShouldBe(0);
        Should.Throw<NoAlertPresentException>(() => browser.Driver.SwitchTo().Alert());
        browser.Complaints().ShouldBeEmpty();
    }

    private static string Item(string tag)
    {
        var path = tag == "*" ? [] : tag.Split(':');
        var names = string.Join(" ", path.Select(p => $"[role=treeitem][aria-label^=\"{p},\"]"));
        return $"document.querySelector('#tree > [role=treeitem] {names}')";
    }

    private void OpenTree()
    {
        browser.Open(_host.Address);
        browser.UntilText("#link", "Live");
        browser.Driver.ExecuteScript("document.getElementById('explorer').scrollIntoView()");
        browser.Until(Item("zoo"));
    }

    private void ClickItem(string tag) => ((IWebElement)browser.Driver.ExecuteScript($"return {Item(tag)}.firstChild")!).Click();
}
