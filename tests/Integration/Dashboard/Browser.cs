using System.Globalization;
using System.Text.Json;
using OpenQA.Selenium;
using OpenQA.Selenium.Chrome;
using OpenQA.Selenium.Interactions;

namespace ZooCache.Integration.Tests.Dashboard;

/// <summary>One headless browser for all tests of the dashboard; each has an origin of its own.</summary>
public sealed class Browser : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>The page's seconds are short.</summary>
    internal const string Hurry = "const own = window.setTimeout; window.setTimeout = (f, ms) => own(f, ms / 5);\n";

    private readonly string _profile = Directory.CreateTempSubdirectory("zoocache-browser-").FullName;
    private readonly Lazy<ChromeDriver> _driver;
    private readonly List<string> _scripts = [];

    public Browser() => _driver = new Lazy<ChromeDriver>(Start);

    internal ChromeDriver Driver => _driver.Value;

    public void Dispose()
    {
        if (_driver.IsValueCreated)
        {
            Driver.Quit();
        }

        // Its processes may still write a file while they end.
        SpinWait.SpinUntil(RemoveProfile, Deadline).ShouldBeTrue();
    }

    /// <summary>Shows an address, as a system with light or dark colours does.</summary>
    internal void Open(Uri address, string colours = "light", string script = Hurry)
    {
        // The page of the test before goes on asking until another takes its place.
        Driver.Navigate().GoToUrl(new Uri("about:blank"));
        foreach (var old in _scripts)
        {
            Call("Page.removeScriptToEvaluateOnNewDocument", new() { ["identifier"] = old });
        }

        _scripts.Clear();
        var added = (Dictionary<string, object>)Call("Page.addScriptToEvaluateOnNewDocument", new() { ["source"] = $"{{ {script} }}" })!;
        _scripts.Add((string)added["identifier"]);

        Prefer(colours);
        Size(1280, 900);
        Logs("browser");
        Logs("performance");
        Driver.Navigate().GoToUrl(address);
    }

    internal void Prefer(string colours)
        => Call("Emulation.setEmulatedMedia", new() { ["features"] = new[] { new Dictionary<string, object> { ["name"] = "prefers-color-scheme", ["value"] = colours } } });

    internal void Size(int width, int height)
        => Call("Emulation.setDeviceMetricsOverride", new() { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = false });

    internal object? Call(string command, Dictionary<string, object?> arguments) => Driver.ExecuteCdpCommand(command, arguments);

    /// <summary>The value of an expression of the page's language.</summary>
    internal T Value<T>(string expression, params object[] arguments)
    {
        var value = Driver.ExecuteScript($"return {expression}", arguments);
        return value is T known ? known : (T)Convert.ChangeType(value, typeof(T), CultureInfo.InvariantCulture)!;
    }

    /// <summary>Ends once the page says that an expression is true.</summary>
    internal void Until(string expression, params object[] arguments) => Until(Deadline, expression, arguments);

    internal void Until(TimeSpan deadline, string expression, params object[] arguments)
        => SpinWait.SpinUntil(() => Driver.ExecuteScript($"return Boolean({expression})", arguments) is true, deadline)
            .ShouldBeTrue($"{expression}, in {Value<string>("document.body.innerText")}");

    internal void UntilText(string selector, string text) => Until("document.querySelector(arguments[0])?.textContent.includes(arguments[1])", selector, text);

    internal string Text(string selector) => Value<string>("document.querySelector(arguments[0]).textContent", selector);

    internal void Click(string selector)
    {
        Until("document.querySelector(arguments[0])", selector);
        Driver.FindElement(By.CssSelector(selector)).Click();
    }

    internal void Press(params string[] keys)
    {
        var actions = new Actions(Driver);
        foreach (var key in keys)
        {
            actions.SendKeys(key);
        }

        actions.Perform();
    }

    /// <summary>What the console has had to complain of since it was asked last.</summary>
    internal IReadOnlyList<string> Complaints() => [.. Driver.Manage().Logs.GetLog("browser").Where(l => l.Level >= LogLevel.Warning).Select(l => l.Message)];

    /// <summary>The addresses that were asked since it was asked last.</summary>
    internal IReadOnlyList<string> Requests()
        => [.. Logs("performance").Select(l => JsonDocument.Parse(l.Message).RootElement.GetProperty("message"))
            .Where(m => m.GetProperty("method").GetString() == "Network.requestWillBeSent")
            .Select(m => m.GetProperty("params").GetProperty("request").GetProperty("url").GetString()!)];

    private System.Collections.ObjectModel.ReadOnlyCollection<OpenQA.Selenium.LogEntry> Logs(string kind) => Driver.Manage().Logs.GetLog(kind);

    private bool RemoveProfile()
    {
        try
        {
            Directory.Delete(_profile, recursive: true);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private ChromeDriver Start()
    {
        var options = new ChromeOptions { BinaryLocation = BrowserPrograms.Browser ?? throw new InvalidOperationException("There is no chromium, and CI is set: these tests need one.") };
        options.AddArguments(
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", "--hide-scrollbars", $"--user-data-dir={_profile}");
        options.SetLoggingPreference("browser", LogLevel.All);
        options.SetLoggingPreference("performance", LogLevel.All);
        var service = ChromeDriverService.CreateDefaultService(BrowserPrograms.Driver ?? throw new InvalidOperationException("There is no chromedriver, and CI is set: these tests need one."));
        service.SuppressInitialDiagnosticInformation = true;
        return new ChromeDriver(service, options, TimeSpan.FromMinutes(1));
    }
}

/// <summary>Tests that share the browser, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class BrowserTests : ICollectionFixture<Browser>
{
    internal const string Name = "browser";
}
