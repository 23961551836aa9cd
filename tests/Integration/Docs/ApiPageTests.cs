using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Docs;

/// <summary>docs/api.md is what the code says. `ZOOCACHE_APPROVE=1` writes it anew.</summary>
public sealed class ApiPageTests
{
    [Fact]
    public void The_reference_is_what_the_code_says()
    {
        var path = Path.Combine(DocPage.Root, "docs", "api.md");
        var page = ApiPage.Write();
        if (Environment.GetEnvironmentVariable("ZOOCACHE_APPROVE") == "1")
        {
            File.WriteAllText(path, page);
        }

        Assert.Equal(page, File.Exists(path) ? File.ReadAllText(path) : "");
    }
}
