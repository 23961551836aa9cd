using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace ZooCache.Tests;

/// <summary>A page of the documentation, as it is in the repository.</summary>
public sealed partial class DocPage
{
    private DocPage(string path)
    {
        Path = path;
        Lines = File.ReadAllLines(System.IO.Path.Combine(Root, path));
    }

    /// <summary>All pages that are written for users.</summary>
    public static IEnumerable<DocPage> All =>
        Under("docs", SearchOption.TopDirectoryOnly).Concat(Under("src", SearchOption.AllDirectories)).Prepend("README.md").Select(Of);

    /// <summary>All pages with links.</summary>
    public static IEnumerable<DocPage> Linked =>
        All.Concat(Under("docs/adr", SearchOption.TopDirectoryOnly).Concat(Under("samples", SearchOption.AllDirectories)).Prepend("CONTRIBUTING.md").Select(Of));

    /// <summary>From the repository's root, by slashes.</summary>
    public string Path { get; }

    public IReadOnlyList<string> Lines { get; }

    /// <summary>What stands between fences, in its order.</summary>
    public IEnumerable<Fence> Fences
    {
        get
        {
            for (var i = 0; i < Lines.Count; i++)
            {
                if (Opening().Match(Lines[i]) is { Success: true } opening)
                {
                    var first = i + 1;
                    for (i = first; Lines[i].Trim() != "```"; i++)
                    {
                    }

                    yield return new Fence(
                        opening.Groups["language"].Value, opening.Groups["title"] is { Success: true } title ? title.Value : null, [.. Lines.Take(i).Skip(first)], first);
                }
            }
        }
    }

    /// <summary>The lines that stand outside of fences.</summary>
    public IEnumerable<string> Prose
    {
        get
        {
            var isInside = false;
            foreach (var line in Lines)
            {
                var isFence = line.TrimStart().StartsWith("```", StringComparison.Ordinal);
                if (!isFence && !isInside)
                {
                    yield return line;
                }

                isInside ^= isFence;
            }
        }
    }

    /// <summary>The names by which links lead to the page's headings, as GitHub makes them.</summary>
    public IEnumerable<string> Anchors
    {
        get
        {
            var known = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (var heading in Prose.Select(l => Heading().Match(l)).Where(m => m.Success))
            {
                var name = NotInAnchors().Replace(heading.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-');
                var count = known[name] = known.GetValueOrDefault(name) + 1;
                yield return count == 1 ? name : $"{name}-{count - 1}";
            }
        }
    }

    public static DocPage Of(string path) => new(path);

    /// <summary>The repository.</summary>
    public static string Root { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(OwnFile())!, "..", ".."));

    public override string ToString() => Path;

    /// <summary>The lines below a heading, up to the next one of its level or above.</summary>
    public IReadOnlyList<string> Section(string heading)
    {
        var level = heading.TakeWhile(c => c == '#').Count();
        var lines = Prose.SkipWhile(l => l != heading).Skip(1).TakeWhile(l => Heading().Match(l) is not { Success: true } next || next.Groups["level"].Length > level).ToList();
        return lines.Count > 0 ? lines : throw new ArgumentException($"{Path} has no section '{heading}'.", nameof(heading));
    }

    private static string OwnFile([CallerFilePath] string file = "") => file;

    private static IEnumerable<string> Under(string directory, SearchOption depth)
        => Directory.EnumerateFiles(System.IO.Path.Combine(Root, directory), "*.md", depth)
            .Select(f => System.IO.Path.GetRelativePath(Root, f).Replace('\\', '/')).Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    [GeneratedRegex("""^\s*```(?<language>[^\s`]*)(\s+title="(?<title>[^"]+)")?\s*$""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Opening();

    [GeneratedRegex("^(?<level>#+) (?<text>.+)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NotInAnchors();
}

/// <summary>What stands between two fences.</summary>
/// <param name="Language">What it is said to be; empty if nothing.</param>
/// <param name="Title">The file that it is, if it says so.</param>
/// <param name="Lines">The lines between.</param>
/// <param name="Line">The number of the opening fence's line.</param>
public sealed record Fence(string Language, string? Title, IReadOnlyList<string> Lines, int Line)
{
    public string Text => string.Concat(Lines.Select(l => l + "\n"));
}
