using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using ZooCache.AspNetCore;
using ZooCache.EFCore;
using ZooCache.Lmdb;
using ZooCache.Redis;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Docs;

/// <summary>Writes docs/api.md: each public type and member, with what its XML documentation says first.</summary>
internal static class ApiPage
{
    private static readonly Assembly[] Assemblies =
        [typeof(ZooCache).Assembly, typeof(CacheableOptions).Assembly, typeof(JsonFragment).Assembly, typeof(RedisOptions).Assembly, typeof(LmdbOptions).Assembly];

    internal static string Write()
    {
        var summaries = new XmlSummaries(Assemblies);
        var text = new StringBuilder();
        text.Append("# API reference\n\n");
        text.Append("Every public type and member, with the summary of its XML documentation, from which this page is made: `ZOOCACHE_APPROVE=1 dotnet test tests/Integration -c Release --filter FullyQualifiedName~ApiPageTests`\n");
        text.Append("writes it anew, and the same without the variable holds it to the code. What records and `Equals` have by themselves is left out. [configuration.md](configuration.md) has the options with their defaults.\n");
        foreach (var assembly in Assemblies)
        {
            text.Append("\n## ").Append(assembly.GetName().Name).Append('\n');
            foreach (var type in assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal))
            {
                WriteType(text, type, summaries);
            }
        }

        return text.ToString();
    }

    private static void WriteType(StringBuilder text, Type type, XmlSummaries summaries)
    {
        text.Append("\n### ").Append(PublicApiPrinter.NameOf(type).Replace("<", "\\<", StringComparison.Ordinal)).Append("\n\n`").Append(PublicApiPrinter.Header(type)).Append("`\n\n").Append(summaries.Of(type)).Append('\n');
        var members = PublicApiPrinter.MembersOf(type).Where(m => IsWritten(m.Member)).OrderBy(m => m.Member.Name, StringComparer.Ordinal).ThenBy(m => m.Text, StringComparer.Ordinal).ToList();
        if (members.Count == 0)
        {
            return;
        }

        text.Append("\n| member | |\n| --- | --- |\n");
        foreach (var (member, line) in members)
        {
            text.Append("| `").Append(line.Replace("|", "\\|", StringComparison.Ordinal)).Append("` | ").Append(summaries.Of(member)).Append(" |\n");
        }
    }

    /// <summary>What the compiler makes has no documentation, nor has what says nothing of its own.</summary>
    private static bool IsWritten(MemberInfo member)
        => !member.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
            && member is not MethodInfo { Name: "Equals" or "GetHashCode" or "Deconstruct" or "op_Equality" or "op_Inequality" }
            && !(member is ConstructorInfo constructor && (constructor.GetParameters().Length == 0 && !constructor.DeclaringType!.IsValueType || constructor.DeclaringType!.GetMethod("<Clone>$") is not null));
}
