using System.Reflection;
using System.Text.RegularExpressions;
using ZooCache.EFCore;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Docs;

/// <summary>What ZooCache says of a query, the pages explain; and they name no metric that there isn't.</summary>
public sealed partial class ReasonPageTests
{
    [Fact]
    public void Each_reason_of_a_query_that_is_not_cached_is_explained()
    {
        var queries = ReasonsIn("docs/queries.md");
        var calls = ReasonsIn("docs/calls.md");
        foreach (var reason in Constants(typeof(BypassReasons)).Concat(Constants(typeof(ReadReasons))))
        {
            queries.Concat(calls).ShouldContain(reason);
        }
    }

    [Fact]
    public void Each_reason_of_a_result_that_is_not_kept_is_explained()
        => Enum.GetValues<StoreOutcome>().Where(o => o != StoreOutcome.Stored).Select(ZooCacheMetrics.Reason).ShouldBeSubsetOf(ReasonsIn("docs/troubleshooting.md"));

    [Fact]
    public void Each_metric_and_span_that_a_page_names_is_on_the_page_of_telemetry()
    {
        var known = DocPage.Of("docs/telemetry.md").Lines.SelectMany(l => Names().Matches(l)).Select(m => m.Value).ToHashSet(StringComparer.Ordinal);
        foreach (var page in DocPage.All)
        {
            page.Prose.SelectMany(l => Names().Matches(l)).Select(m => m.Value).ShouldBeSubsetOf(known, page.Path);
        }
    }

    private static HashSet<string> ReasonsIn(string path) => [.. DocPage.Of(path).Prose.Where(l => l.StartsWith('|')).SelectMany(l => Reasons().Matches(l.Split('|')[1])).Select(m => m.Value)];

    private static IEnumerable<string> Constants(Type type)
        => type.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public).Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!);

    [GeneratedRegex("(?<=`)[a-z_-]+(?=`)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reasons();

    [GeneratedRegex(@"(?<=`)zoocache\.[a-z._]*[a-z](?=[`{])", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Names();
}
