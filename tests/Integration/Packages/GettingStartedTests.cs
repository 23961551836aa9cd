using System.Diagnostics;
using System.Text;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Packages;

/// <summary>
/// Follows docs/getting-started.md word for word, up to the application that it shows: its commands, its files, and what it says that is printed. The packages are there, made for all tests
/// of them; and what the machine has restored stands for the public feed, which may be out of reach.
/// </summary>
[Collection(nameof(PackedLibraries))]
public sealed class GettingStartedTests(PackedLibraries packed) : IDisposable
{
    private const string Packing = "dotnet pack ZooCache.sln -c Release -o ../shop/packages\n";
    private const string Mark = "==== output";

    private readonly string _directory = Directory.CreateTempSubdirectory("zoocache-start-").FullName;

    [Fact]
    public async Task Whoever_does_what_the_page_says_sees_what_it_shows()
    {
        var steps = DocPage.Of("docs/getting-started.md").Fences.Where(f => f.Language is "bash" or "text" || f.Title is not null).ToList();
        steps[0].Text.ShouldBe(Packing);
        Directory.CreateSymbolicLink(Path.Combine(Directory.CreateDirectory(Path.Combine(_directory, "shop")).FullName, "packages"), packed.Feed);

        var printed = (await BashAsync(ScriptOf(steps.Skip(1)))).Split($"{Mark}\n")[1..];

        printed.Select(p => p.TrimEnd()).ShouldBe(steps.Where(s => s.Language == "text").Select(s => s.Text.TrimEnd()));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>What is followed by what is printed is marked.</summary>
    private static string ScriptOf(IEnumerable<Fence> steps)
    {
        var script = new StringBuilder("set -euo pipefail\n");
        var all = steps.ToList();
        for (var i = 0; i < all.Count; i++)
        {
            _ = all[i] switch
            {
                { Title: { } file } => script.Append("cat >'").Append(file).Append("' <<'==== end of file'\n").Append(all[i].Text).Append("==== end of file\n"),
                { Language: "bash" } when i + 1 < all.Count && all[i + 1].Language == "text" => script.Append("echo '").Append(Mark).Append("'\n").Append(all[i].Text),
                { Language: "bash" } => script.Append("{\n").Append(all[i].Text).Append("} >/dev/null\n"),
                _ => script,
            };
        }

        return script.ToString();
    }

    private Task<string> BashAsync(string script)
    {
        var info = new ProcessStartInfo("bash") { WorkingDirectory = Directory.CreateDirectory(Path.Combine(_directory, "zoocache")).FullName };
        info.ArgumentList.Add("-c");
        info.ArgumentList.Add(script);

        // A user of his own, whose feed is the folder of what was restored.
        var home = Path.Combine(_directory, "home");
        var settings = Directory.CreateDirectory(Path.Combine(home, ".nuget", "NuGet")).FullName;
        File.WriteAllText(Path.Combine(settings, "NuGet.Config"), $"""<configuration><packageSources><add key="restored" value="{packed.Restored}" /></packageSources></configuration>""");
        foreach (var (name, value) in new (string, string)[]
        {
            ("HOME", home), ("DOTNET_CLI_HOME", home), ("NUGET_PACKAGES", Path.Combine(home, "packages")), ("NUGET_FALLBACK_PACKAGES", packed.Restored), ("NuGetAudit", "false"),
            ("DOTNET_NOLOGO", "1"), ("DOTNET_CLI_TELEMETRY_OPTOUT", "1"), ("DOTNET_SKIP_FIRST_TIME_EXPERIENCE", "1"), ("DOTNET_GENERATE_ASPNET_CERTIFICATE", "false"),
            ("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1"), ("DOTNET_CLI_USE_MSBUILD_SERVER", "0"), ("MSBUILDDISABLENODEREUSE", "1"), ("UseSharedCompilation", "false"),
        })
        {
            info.Environment[name] = value;
        }

        if (Path.GetDirectoryName(PackedLibraries.Host()) is { Length: > 0 } host)
        {
            info.Environment["PATH"] = $"{host}{Path.PathSeparator}{info.Environment["PATH"]}";
        }

        return Processes.RunAsync(info);
    }
}
