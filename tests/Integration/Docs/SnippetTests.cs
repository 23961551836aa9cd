using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Docs;

/// <summary>
/// What the pages show in C# is code of tests/Snippets, which is built against the libraries: a file for each page. A block's lines follow one another there as they do in the page, but for
/// their indentation; directives `using` with which a block begins stand at the head of the file.
/// </summary>
public sealed class SnippetTests
{
    /// <summary>Pages that show other libraries' code, as `cs-before`, which isn't compiled.</summary>
    private static readonly string[] ShowingOthers = ["docs/migration.md"];

    /// <summary>Whose blocks with a file's name are built and run as they are (GettingStartedTests).</summary>
    private const string Followed = "docs/getting-started.md";

    private static readonly string[] Languages = ["", "csharp", "cs-before", "bash", "xml", "json", "text"];

    public static TheoryData<string> Pages => [.. DocPage.All.Select(p => p.Path)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void What_a_page_shows_is_compiled(string path)
    {
        var page = DocPage.Of(path);
        var blocks = page.Fences.Where(f => f.Language == "csharp" && !(path == Followed && f.Title is not null)).ToList();
        if (blocks.Count == 0)
        {
            return;
        }

        var file = FileOf(path);
        File.Exists(file).ShouldBeTrue($"{path} shows code: it belongs into {file}.");
        string[] code = [.. File.ReadLines(file).Select(l => l.Trim())];
        foreach (var block in blocks)
        {
            string[] lines = [.. block.Lines.Select(l => l.Trim())];
            var directives = lines.TakeWhile(l => l.Length == 0 || l.StartsWith("using ", StringComparison.Ordinal) && !l.StartsWith("using var ", StringComparison.Ordinal)).ToList();
            directives.Where(d => d.Length > 0).ShouldBeSubsetOf(code, $"{path}:{block.Line}");
            var shown = lines[directives.Count..];
            Enumerable.Range(0, Math.Max(code.Length - shown.Length + 1, 0)).Any(at => code.AsSpan(at, shown.Length).SequenceEqual(shown))
                .ShouldBeTrue($"{path}:{block.Line} isn't in {file} as it is:\n{block.Text}");
        }
    }

    [Fact]
    public void Each_block_says_what_it_is()
    {
        foreach (var page in DocPage.All)
        {
            page.Fences.Select(f => f.Language).Distinct().ShouldBeSubsetOf(Languages, page.Path);
        }

        DocPage.All.Where(p => p.Fences.Any(f => f.Language == "cs-before")).Select(p => p.Path).ShouldBe(ShowingOthers);
    }

    /// <summary>docs/getting-started.md is GettingStarted.cs, src/ZooCache.Core/README.md is ZooCacheCore.cs, and README.md is Readme.cs.</summary>
    private static string FileOf(string path)
    {
        var name = path == "README.md" ? "readme" : path.EndsWith("/README.md", StringComparison.Ordinal) && path.StartsWith("src/", StringComparison.Ordinal) ? path.Split('/')[^2] : Path.GetFileNameWithoutExtension(path);
        var words = name.Split('-', '.').Select(w => char.ToUpperInvariant(w[0]) + w[1..]);
        return Path.Combine(DocPage.Root, "tests", "Snippets", string.Concat(words) + ".cs");
    }
}
