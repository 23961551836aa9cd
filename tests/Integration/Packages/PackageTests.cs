using System.IO.Compression;
using System.Xml.Linq;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Packages;

/// <summary>What `dotnet pack` makes of the libraries, and whether an application can live on it.</summary>
[Collection(nameof(PackedLibraries))]
public sealed class PackageTests(PackedLibraries packed)
{
    public static TheoryData<string> Libraries => [.. PackedLibraries.Names];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_package_says_what_it_is_and_brings_documentation_and_symbols(string name)
    {
        using var package = ZipFile.OpenRead(Path.Combine(packed.Feed, $"{name}.{packed.Version}.nupkg"));
        var said = Nuspec(package);

        Value(said, "readme").ShouldBe("README.md");
        Text(package, "README.md").ShouldStartWith($"# {name}\n");
        Value(said, "icon").ShouldBe("icon.png");
        package.GetEntry("icon.png")!.Length.ShouldBeGreaterThan(0);
        var license = said.Elements().Single(e => e.Name.LocalName == "license");
        (license.Attribute("type")!.Value, license.Value).ShouldBe(("expression", "MIT"));
        Text(package, "LICENSE").ShouldStartWith("MIT License");
        Value(said, "description").ShouldStartWith("ZooCache");
        Value(said, "tags").Split(' ').ShouldContain("cache");
        Value(said, "copyright").ShouldNotBeEmpty();
        package.GetEntry($"lib/net10.0/{name}.dll").ShouldNotBeNull();
        XDocument.Parse(Text(package, $"lib/net10.0/{name}.xml")).Descendants("member").ShouldNotBeEmpty();

        using var symbols = ZipFile.OpenRead(Path.Combine(packed.Feed, $"{name}.{packed.Version}.snupkg"));
        symbols.GetEntry($"lib/net10.0/{name}.pdb").ShouldNotBeNull();
    }

    /// <summary>They use one another's internals. (It takes a target of the SDK's that isn't public: src/Directory.Build.targets.)</summary>
    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_package_wants_the_others_in_exactly_its_own_version(string name)
    {
        using var package = ZipFile.OpenRead(Path.Combine(packed.Feed, $"{name}.{packed.Version}.nupkg"));

        var others = Nuspec(package).Descendants().Where(e => e.Name.LocalName == "dependency")
            .Where(d => d.Attribute("id")!.Value.StartsWith("ZooCache.", StringComparison.Ordinal)).ToList();

        others.Count.ShouldBe(name == "ZooCache.Core" ? 0 : 1);
        others.ShouldAllBe(d => d.Attribute("version")!.Value == $"[{packed.Version}]");
    }

    [Fact]
    public void Nothing_else_is_packed()
        => Directory.EnumerateFiles(packed.Feed).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)
            .ShouldBe(PackedLibraries.Names.Append(PackedLibraries.Tool).SelectMany(n => (string[])[$"{n}.{packed.Version}.nupkg", $"{n}.{packed.Version}.snupkg"]).Order(StringComparer.Ordinal));

    [Fact]
    public async Task The_tool_is_installed_from_its_package()
        => (await packed.RunToolAsync("--help")).ShouldContain("Asks nodes of ZooCache how they are");

    [Fact]
    public async Task An_application_runs_on_the_packages_alone()
        => (await packed.ConsumeAsync("memory")).Trim().ShouldBe("memory: missed, hit, invalidated, hit");

    [LmdbFact]
    public async Task An_application_runs_on_the_packages_alone_with_a_shared_file()
        => (await packed.ConsumeAsync("lmdb")).Trim().ShouldBe("lmdb: missed, hit, invalidated, hit");

    [RedisFact]
    public async Task An_application_runs_on_the_packages_alone_with_Redis()
    {
        using var redis = new RedisProcess();

        (await packed.ConsumeAsync("redis", redis.Configuration)).Trim().ShouldBe("redis: missed, hit, invalidated, hit");
    }

    private static XElement Nuspec(ZipArchive package)
        => XDocument.Parse(Text(package, package.Entries.Single(e => e.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).FullName)).Root!.Elements().Single();

    private static string Value(XElement said, string name) => said.Elements().Single(e => e.Name.LocalName == name).Value;

    private static string Text(ZipArchive package, string name)
    {
        using var reader = new StreamReader(package.GetEntry(name)!.Open());
        return reader.ReadToEnd();
    }
}
