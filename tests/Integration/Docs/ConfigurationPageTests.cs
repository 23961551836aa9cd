using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using ZooCache.AspNetCore;
using ZooCache.EFCore;
using ZooCache.Lmdb;
using ZooCache.Redis;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Docs;

/// <summary>docs/configuration.md names every option there is, with its type and its default, and no other.</summary>
public sealed partial class ConfigurationPageTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly;
    private static readonly DocPage Page = DocPage.Of("docs/configuration.md");

    public static TheoryData<string> Sections => [.. Page.Prose.Where(l => l.StartsWith("## ", StringComparison.Ordinal) && l.EndsWith('`'))];

    [Fact]
    public void Each_type_of_options_has_its_section()
    {
        var types = Assemblies().SelectMany(a => a.GetExportedTypes()).Where(t => t.Name.EndsWith("Options", StringComparison.Ordinal))
            .Append(typeof(ZooCacheContextOptionsBuilder)).Append(typeof(CacheableResponseAttribute)).Select(t => t.Name);

        Page.Prose.Where(l => l.StartsWith("## ", StringComparison.Ordinal) && l.EndsWith('`')).Select(l => l.Split('`')[^2]).ShouldBe(types, ignoreOrder: true);
    }

    [Theory]
    [MemberData(nameof(Sections))]
    public void A_section_has_the_options_of_its_type_with_their_types_and_defaults(string heading)
    {
        var type = Assemblies().SelectMany(a => a.GetExportedTypes()).Single(t => t.Name == heading.Split('`')[^2]);
        var fresh = type.GetConstructor(Type.EmptyTypes)?.Invoke(null);
        var options = type.GetProperties(Declared).Where(p => p.SetMethod is { IsPublic: true } && p.Name != "TypeId")
            .Select(p => $"`{p.Name}` | `{TypeOf(p)}` | `{Written(p, p.GetValue(fresh))}`");
        var calls = type.GetMethods(Declared).Where(m => !m.IsSpecialName && !m.IsVirtual && !m.IsDefined(typeof(CompilerGeneratedAttribute))).Select(m => m.Name).Distinct();

        Rows(heading, "| option |").Select(r => string.Join(" | ", r[..3])).ShouldBe(options, ignoreOrder: true);
        Rows(heading, "| call |").SelectMany(r => Names().Matches(r[0]).Select(m => m.Value)).Distinct().ShouldBe(calls, ignoreOrder: true);
    }

    /// <summary>Those of sets and queries, of caches and contexts, are for their users and not for who configures.</summary>
    [Fact]
    public void What_registers_and_declares_is_named()
    {
        var calls = Assemblies().SelectMany(a => a.GetExportedTypes()).Where(t => t.Namespace!.StartsWith("Microsoft.", StringComparison.Ordinal))
            .SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Static)).Select(m => m.Name).Distinct();

        foreach (var call in calls.Except(["Cache", "Cacheable", "NotCacheable", "ExplainCache"]))
        {
            Page.Lines.ShouldContain(l => l.Contains($"{call}(", StringComparison.Ordinal), call);
        }
    }

    private static IEnumerable<Assembly> Assemblies()
        => [typeof(ZooCache).Assembly, typeof(CacheableOptions).Assembly, typeof(JsonFragment).Assembly, typeof(RedisOptions).Assembly, typeof(LmdbOptions).Assembly];

    private static List<string[]> Rows(string heading, string head)
        => [.. Page.Section(heading).SkipWhile(l => !l.StartsWith(head, StringComparison.Ordinal)).Skip(2).TakeWhile(l => l.StartsWith('|')).Select(l => l.Trim('|').Split('|').Select(c => c.Trim()).ToArray())];

    private static string TypeOf(PropertyInfo property)
    {
        var line = PublicApiPrinter.MembersOf(property.DeclaringType!).Single(m => m.Member == property).Text;
        return line[..line.IndexOf($" {property.Name} ", StringComparison.Ordinal)];
    }

    private static string Written(PropertyInfo property, object? value) => value switch
    {
        null => "null",
        bool given => given ? "true" : "false",
        string given => $"\"{given}\"",
        TimeSpan given => Written(given),
        long or int when property.Name.Contains("Byte", StringComparison.Ordinal) => Bytes(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        TimeProvider => "TimeProvider.System",
        IPayloadCompressor => "LZ4",
        ICollection { Count: 0 } => "[]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Bytes(long count) => count >= 1L << 30 ? $"{count >> 30} GiB" : $"{count >> 20} MiB";

    private static string Written(TimeSpan time)
        => time.TotalHours >= 1 ? $"{time.TotalHours} h" : time.TotalMinutes >= 1 ? $"{time.TotalMinutes} min" : time.TotalSeconds >= 1 ? $"{time.TotalSeconds} s" : $"{time.TotalMilliseconds} ms";

    [GeneratedRegex(@"(?<=`)\w+(?=(<TEntity>)?\()", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Names();
}
