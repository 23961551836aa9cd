using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace ZooCache.Integration.Tests.Setup;

/// <summary>What docs/correctness.md says of the tests.</summary>
public sealed partial class CorrectnessTableTests
{
    /// <summary>The rows that concern one node.</summary>
    private static readonly int[] Rows =
        [.. Enumerable.Range(1, 81)];

    [Fact]
    public void Every_hazard_has_its_row_and_every_test_that_it_names_exists()
    {
        var root = Root();
        var methods = Directory.EnumerateFiles(Path.Combine(root, "tests"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Classes().Matches(File.ReadAllText(file)).Select(m => m.Groups["name"].Value).Distinct()
                .SelectMany(c => Methods().Matches(File.ReadAllText(file)).Select(m => $"{c}.{m.Groups["name"].Value}")))
            .ToHashSet(StringComparer.Ordinal);
        var lines = File.ReadAllLines(Path.Combine(root, "docs", "correctness.md"));
        var rows = lines.Select(l => RowNumbers().Match(l)).Where(m => m.Success)
            .SelectMany(m => m.Groups["name"].Value.Split(", ").Select(int.Parse)).ToList();

        rows.Order().ShouldBe(Rows);
        var named = lines.SelectMany(l => TestNames().Matches(l)).Select(m => m.Groups["name"].Value).Distinct().ToList();
        named.Count.ShouldBeGreaterThan(60);
        named.Where(n => !methods.Contains(n)).ShouldBeEmpty();
    }

    private static string Root([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));

    [GeneratedRegex(@"\bclass (?<name>\w+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Classes();

    [GeneratedRegex(@"public (async )?(void|Task) (?<name>\w+)\(", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Methods();

    [GeneratedRegex(@"^\| (?<name>[0-9, ]+?) \|", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RowNumbers();

    /// <summary>A test is named in backticks, by class and method; a line of code has no class that ends in Tests.</summary>
    [GeneratedRegex(@"`(?<name>\w+Tests\.\w+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TestNames();
}
