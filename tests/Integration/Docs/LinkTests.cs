using System.Text.RegularExpressions;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Docs;

/// <summary>Where the pages' links lead.</summary>
public sealed partial class LinkTests
{
    public static TheoryData<string> Pages => [.. DocPage.Linked.Select(p => p.Path)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Each_link_leads_somewhere(string path)
    {
        var page = DocPage.Of(path);
        var broken = new List<string>();
        foreach (var target in page.Prose.SelectMany(l => Links().Matches(Code().Replace(l, ""))).Select(m => m.Groups["target"].Value).Where(t => !Outside().IsMatch(t)))
        {
            var parts = target.Split('#', 2);
            var file = parts[0].Length == 0 ? path : Relative(path, parts[0]);
            var full = Path.Combine(DocPage.Root, file);
            if (!File.Exists(full) && !Directory.Exists(full))
            {
                broken.Add($"{target}: there is no {file}");
            }
            else if (parts.Length == 2 && File.Exists(full) && !DocPage.Of(file).Anchors.Contains(parts[1], StringComparer.Ordinal))
            {
                broken.Add($"{target}: {file} has no such heading");
            }
        }

        broken.ShouldBeEmpty();
    }

    [Fact]
    public void The_index_lists_each_page()
    {
        var listed = DocPage.Of("docs/README.md").Prose.SelectMany(l => Links().Matches(l)).Select(m => m.Groups["target"].Value).ToHashSet(StringComparer.Ordinal);

        Directory.EnumerateFiles(Path.Combine(DocPage.Root, "docs"), "*.md").Select(f => Path.GetFileName(f)).Where(n => n != "README.md" && !listed.Contains(n)).ShouldBeEmpty();
        Directory.EnumerateFiles(Path.Combine(DocPage.Root, "docs", "adr"), "*.md").Select(f => "adr/" + Path.GetFileName(f)).Where(n => !listed.Contains(n)).ShouldBeEmpty();
    }

    private static string Relative(string page, string target)
        => Path.GetRelativePath(DocPage.Root, Path.Combine(DocPage.Root, Path.GetDirectoryName(page)!, Uri.UnescapeDataString(target))).Replace('\\', '/');

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Links();

    /// <summary>What is in backticks shows text, but for the text of a link.</summary>
    [GeneratedRegex(@"(?<!\[)`[^`]*`(?!\])", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Code();

    [GeneratedRegex("^[a-z]+:", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Outside();
}
