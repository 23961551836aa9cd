using System.Security.Cryptography;
using System.Text;

namespace ZooCache.AspNetCore.Dashboard;

/// <summary>
/// The dashboard: one document that has all that it needs in it. Its policy lets run the script that is part of it, by its hash, and lets it ask the node that has served it; nothing else,
/// and nothing that the page is told can become markup.
/// </summary>
internal static class DashboardPage
{
    /// <summary>The parts of the script, in the order in which they run.</summary>
    private static readonly string[] Scripts = ["dom", "format", "theme", "node", "samples", "chart", "charts", "figures", "queries", "explanation", "invalidations", "tag", "tree", "main"];

    static DashboardPage()
    {
        var style = Read("dashboard.css");
        var script = $"'use strict';\n{{\n{string.Concat(Scripts.Select(static s => Read($"{s}.js")))}}}\n";
        Bytes = Encoding.UTF8.GetBytes(Read("dashboard.html").Replace("{style}", style, StringComparison.Ordinal).Replace("{script}", script, StringComparison.Ordinal));
        Policy = $"default-src 'none'; script-src {HashOf(script)}; style-src {HashOf(style)}; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            + "require-trusted-types-for 'script'; trusted-types 'none'";
    }

    internal static byte[] Bytes { get; }

    internal static string Policy { get; }

    private static string HashOf(string text) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";

    /// <summary>A browser has line feeds alone in what it hashes, whatever the sources were checked out with; and it needs no indentation.</summary>
    private static string Read(string name)
    {
        using var stream = typeof(DashboardPage).Assembly.GetManifestResourceStream($"dashboard/{name}")!;
        using var reader = new StreamReader(stream);
        var page = new StringBuilder();
        while (reader.ReadLine() is { } line)
        {
            page.Append(line.AsSpan().TrimStart()).Append('\n');
        }

        return page.ToString();
    }
}
