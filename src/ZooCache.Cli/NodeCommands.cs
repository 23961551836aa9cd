using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace ZooCache.Cli;

/// <summary>The commands that ask, and the ones that invalidate.</summary>
internal static class NodeCommands
{
    private const int DeepestTree = 8;

    internal static async Task<int> NodesAsync(NodeSet nodes, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(nodes.All.Select(node => node.TryGetAsync("node", cancellationToken)));
        if (nodes.IsJson)
        {
            NodeSet.PrintJson(answers.Select(a => new { address = a.Node.Address, node = a.Answer, failure = a.Failure }));
        }
        else
        {
            var table = new Table().AddColumns("node", "on", "log", "lag", "to tell", "members", "version", "process", "since");
            foreach (var (node, answer, failure) in answers)
            {
                if (answer is not { } said)
                {
                    table.AddRow(Printable.Text(node.Address.ToString()), Printable.Text(failure!));
                    continue;
                }

                var log = NodeAnswer.Part(said, "log");
                table.AddRow(new[]
                {
                    node.Address.ToString(), said.GetProperty("enabled").GetBoolean() ? "yes" : "no",
                    log is null ? "none" : log.Value.GetProperty("confirmed").GetBoolean() ? $"{log.Value.GetProperty("consistency")}, confirmed" : $"{log.Value.GetProperty("consistency")}, not confirmed",
                    log is null ? "" : $"{log.Value.GetProperty("lagSeconds")} s", log is null ? "" : $"{log.Value.GetProperty("outbox")}", log is null ? "" : $"{log.Value.GetProperty("members").GetArrayLength()}",
                    $"{said.GetProperty("version")}", $"{said.GetProperty("machine")} {said.GetProperty("processId")}",
                    said.GetProperty("startedAt").GetDateTimeOffset().ToString("u", CultureInfo.InvariantCulture),
                }.Select(static text => Printable.Text(text)));
            }

            AnsiConsole.Write(table);
        }

        return answers.Any(a => a.Answer is null) ? ExitCode.Unasked : answers.All(a => NodeAnswer.IsWell(a.Answer!.Value)) ? ExitCode.Well : ExitCode.Wrong;
    }

    internal static async Task<int> TreeAsync(NodeSet nodes, string? path, int depth, CancellationToken cancellationToken)
    {
        if (depth is < 1 or > DeepestTree)
        {
            throw new NodeException($"--depth is {depth}, and must be 1 to {DeepestTree}.");
        }

        var root = await InspectAsync(nodes.First, path, depth, cancellationToken);
        if (nodes.IsJson)
        {
            NodeSet.PrintJson(root);
            return ExitCode.Well;
        }

        var tree = new Tree(Printable.Text(root.Line));
        AddBelow(tree, root);
        AnsiConsole.Write(tree);
        return ExitCode.Well;
    }

    internal static async Task<int> QueriesAsync(NodeSet nodes, string by, int top, CancellationToken cancellationToken)
    {
        var answer = await nodes.First.GetAsync($"queries?by={Uri.EscapeDataString(by)}&top={top.ToString(CultureInfo.InvariantCulture)}", cancellationToken);
        if (nodes.IsJson)
        {
            NodeSet.PrintJson(answer);
            return ExitCode.Well;
        }

        var table = new Table().AddColumns("id", "hits", "misses", "load", "saved", "entries", "bytes", "query");
        foreach (var query in answer.EnumerateArray())
        {
            var load = query.GetProperty("loadMilliseconds");
            table.AddRow(new[]
            {
                $"{query.GetProperty("id")}", $"{query.GetProperty("hits")}", $"{query.GetProperty("misses")}", load.ValueKind == JsonValueKind.Null ? "" : $"{load} ms", $"{query.GetProperty("savedSeconds")} s",
                $"{query.GetProperty("entries")}", $"{query.GetProperty("bytes")}", $"{query.GetProperty("query")}",
            }.Select(static text => Printable.Text(text)));
        }

        AnsiConsole.Write(table);
        return ExitCode.Well;
    }

    internal static async Task<int> ExplainAsync(NodeSet nodes, string id, CancellationToken cancellationToken)
    {
        var query = await nodes.First.QueryAsync(id, cancellationToken);
        if (nodes.IsJson)
        {
            NodeSet.PrintJson(query);
        }
        else
        {
            Console.WriteLine(Printable.Lines(NodeAnswer.Explain(query)));
        }

        return ExitCode.Well;
    }

    internal static async Task<int> InspectAsync(NodeSet nodes, string tag, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(nodes.All.Select(node => node.TryGetAsync($"inspect?tag={Uri.EscapeDataString(tag)}", cancellationToken)));
        if (nodes.IsJson)
        {
            NodeSet.PrintJson(answers.Select(a => new { address = a.Node.Address, tag = a.Answer, failure = a.Failure }));
        }
        else
        {
            foreach (var (node, answer, failure) in answers)
            {
                Console.WriteLine(Printable.Of(answer is { } said
                    ? $"{node.Address}: version {said.GetProperty("version")}, {TagName.Count(said.GetProperty("entries").GetInt32(), "entry", "entries")}, {said.GetProperty("bytes")} bytes, {TagName.Count(said.GetProperty("below").GetArrayLength() + said.GetProperty("more").GetInt32(), "tag", "tags")} below"
                    : failure));
            }
        }

        return Array.TrueForAll(answers, static a => a.Answer is not null) ? ExitCode.Well : ExitCode.Unasked;
    }

    internal static async Task<int> InvalidationsAsync(NodeSet nodes, int top, CancellationToken cancellationToken)
    {
        var answer = await nodes.First.GetAsync($"invalidations?top={top.ToString(CultureInfo.InvariantCulture)}", cancellationToken);
        if (nodes.IsJson)
        {
            NodeSet.PrintJson(answer);
            return ExitCode.Well;
        }

        var table = new Table().AddColumns("ago", "what", "tags");
        foreach (var one in answer.EnumerateArray())
        {
            var tags = one.GetProperty("tags").EnumerateArray().Select(static t => t.GetString()!).ToList();
            var more = one.GetProperty("count").GetInt32() - tags.Count;
            table.AddRow(Printable.Text($"{one.GetProperty("secondsAgo")} s"), Printable.Text($"{one.GetProperty("cause")}"), new Text(Printable.Lines(more > 0 ? tags.Append($"and {more} more") : tags)));
        }

        AnsiConsole.Write(table);
        return ExitCode.Well;
    }

    internal static async Task<int> InvalidateAsync(NodeSet nodes, string tag, CancellationToken cancellationToken)
    {
        var confirmations = await ToldInvalidation.TellAsync(nodes, tag, cancellationToken);
        if (nodes.IsJson)
        {
            NodeSet.PrintJson(new { tag, nodes = confirmations });
        }
        else
        {
            foreach (var one in confirmations)
            {
                Console.WriteLine(Printable.Of(one.Line));
            }
        }

        return confirmations.All(static c => c.Confirmed) ? ExitCode.Well : ExitCode.Wrong;
    }

    private static async Task<TagNode> InspectAsync(NodeClient node, string? path, int depth, CancellationToken cancellationToken)
    {
        var said = await node.InspectAsync(path ?? "", cancellationToken);
        var below = new List<TagNode>();
        foreach (var child in said.GetProperty("below").EnumerateArray())
        {
            var tag = child.GetProperty("tag").GetString()!;
            below.Add(depth > 1
                ? await InspectAsync(node, tag, depth - 1, cancellationToken)
                : new TagNode(tag, child.GetProperty("entries").GetInt32(), child.GetProperty("bytes").GetInt64(), null, [], 0));
        }

        return new TagNode(
            said.GetProperty("tag").GetString()!, said.GetProperty("entries").GetInt32(), said.GetProperty("bytes").GetInt64(), said.GetProperty("version").GetInt64(), below,
            said.GetProperty("more").GetInt32());
    }

    private static void AddBelow(IHasTreeNodes parent, TagNode node)
    {
        foreach (var child in node.Below)
        {
            AddBelow(parent.AddNode(Printable.Text(child.Line)), child);
        }

        if (node.More > 0)
        {
            parent.AddNode(Printable.Text($"and {node.More} more"));
        }
    }

    /// <summary>A tag, with those below it.</summary>
    private sealed record TagNode(string Tag, int Entries, long Bytes, long? Version, IReadOnlyList<TagNode> Below, int More)
    {
        internal string Line => $"{TagName.Of(Tag)}  {TagName.Count(Entries, "entry", "entries")}, {Bytes} bytes";
    }
}
