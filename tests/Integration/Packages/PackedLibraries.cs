using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace ZooCache.Integration.Tests.Packages;

/// <summary>For all tests of the packages, which are made once.</summary>
[CollectionDefinition(nameof(PackedLibraries))]
public sealed class PackedLibrariesCollection : ICollectionFixture<PackedLibraries>;

/// <summary>Packages of the libraries as they are built, and tests/Consumer, built with them and nothing else of the repository's.</summary>
public sealed class PackedLibraries : IAsyncLifetime
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"zoocache-packages-{Guid.NewGuid():N}");

    /// <summary>The package of the tool, which is no library.</summary>
    internal const string Tool = "ZooCache.Cli";

    public static IEnumerable<string> Names
        => Directory.EnumerateFiles(Path.Combine(Root(), "src"), "*.csproj", SearchOption.AllDirectories).Select(f => Path.GetFileNameWithoutExtension(f)).Where(n => n != Tool);

    /// <summary>One that no cache of packages can know, and newer than what it may know.</summary>
    public string Version { get; } = $"9.9.9-test.{Guid.NewGuid():N}";

    /// <summary>Where the packages are.</summary>
    public string Feed => Path.Combine(_directory, "feed");

    /// <summary>Where what others have packed is, because it was restored for these tests.</summary>
    public string Restored { get; private set; } = "";

    public async Task InitializeAsync()
    {
        var configuration = typeof(PackedLibraries).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        await DotnetAsync(
            "pack", Path.Combine(Root(), "ZooCache.sln"), "--no-build", "-c", configuration, "-o", Feed, "-m:2", "-nodeReuse:false", "-warnaserror",
            $"-p:Version={Version}", $"-p:NuspecOutputPath={Path.Combine(_directory, "nuspec")}/");

        // What others have packed was restored for these tests, too, so it is where restored packages are; ours goes where it leaves with us.
        const string Start = "global-packages: ";
        Restored = (await DotnetAsync("nuget", "locals", "global-packages", "--list")).Split('\n').Single(l => l.StartsWith(Start, StringComparison.Ordinal))[Start.Length..].Trim();
        await DotnetAsync(
            "build", Path.Combine(Root(), "tests", "Consumer", "Consumer.csproj"), "--artifacts-path", Path.Combine(_directory, "artifacts"), "-nodeReuse:false",
            $"-p:ZooCacheVersion={Version}", $"-p:RestoreSources={Feed}", $"-p:RestoreFallbackFolders={Restored}",
            $"-p:RestorePackagesPath={Path.Combine(_directory, "packages")}", "-p:UseSharedCompilation=false");
    }

    /// <summary>Runs the consumer to its end.</summary>
    /// <returns>What it has printed.</returns>
    public Task<string> ConsumeAsync(string backend, params string[] arguments)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_directory, backend)).FullName;
        var program = Path.Combine(_directory, "artifacts", "bin", "Consumer", "debug", "Consumer.dll");
        return DotnetAsync([program, backend, directory, .. arguments]);
    }

    /// <summary>Installs the tool, and runs it.</summary>
    /// <returns>What it has printed.</returns>
    public async Task<string> RunToolAsync(params string[] arguments)
    {
        var directory = Path.Combine(_directory, "tool");
        await DotnetAsync("tool", "install", Tool, "--tool-path", directory, "--version", Version, "--source", Feed);
        return await RunAsync(Path.Combine(directory, "zoocache"), arguments);
    }

    public Task DisposeAsync()
    {
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }

        return Task.CompletedTask;
    }

    private static Task<string> DotnetAsync(params string[] arguments) => RunAsync(Host(), arguments);

    private static async Task<string> RunAsync(string program, string[] arguments)
    {
        var info = new ProcessStartInfo(program) { WorkingDirectory = Root(), UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment["DOTNET_NOLOGO"] = "1";
        info.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";

        // Nothing is to go on running that would hold the files, or outlive the tests.
        info.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        info.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        foreach (var argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        return await Processes.RunAsync(info);
    }

    /// <summary>The dotnet that runs the tests, which may have been started by its full path.</summary>
    public static string Host()
        => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host
            : Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path
            : "dotnet";

    private static string Root([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));
}
