using System.Text.Json;

namespace ZooCache.Cli;

/// <summary>What nodes say of themselves.</summary>
internal static class NodeAnswer
{
    /// <summary>A part of an answer; null if there is none.</summary>
    internal static JsonElement? Part(JsonElement answer, string name) => answer.GetProperty(name) is { ValueKind: not JsonValueKind.Null } part ? part : null;

    /// <summary>Whether what <c>GET node</c> says is as it should be.</summary>
    internal static bool IsWell(JsonElement node)
        => node.GetProperty("enabled").GetBoolean() && Part(node, "log")?.GetProperty("confirmed").GetBoolean() != false && Part(node, "store")?.GetProperty("paused").GetBoolean() != true;

    /// <summary>What <c>GET queries/…</c> says, in lines.</summary>
    internal static IEnumerable<string> Explain(JsonElement query)
    {
        yield return $"{query.GetProperty("query")}";
        yield return $"{query.GetProperty("hits")} hits, {TagName.Count(query.GetProperty("misses").GetInt64(), "miss", "misses")}; the last: {query.GetProperty("lastMiss").GetString() ?? "none"}";
        yield return "depends on";
        foreach (var one in query.GetProperty("dependsOn").EnumerateArray())
        {
            yield return $"  {one.GetString()}";
        }

        if (query.GetProperty("sql").GetString() is { } sql)
        {
            yield return "SQL";
            foreach (var line in sql.ReplaceLineEndings("\n").Split('\n'))
            {
                yield return $"  {line}";
            }
        }
    }
}
