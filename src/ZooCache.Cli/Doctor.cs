using System.Text.Json;

namespace ZooCache.Cli;

/// <summary>Looks for what is wrong with some nodes, and says what to do about it.</summary>
internal static class Doctor
{
    internal static async Task<int> RunAsync(NodeSet nodes, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(nodes.All.Select(async node => (Node: await node.TryGetAsync("node", cancellationToken), Statistics: await node.TryGetAsync("statistics", cancellationToken))));
        var findings = new List<Finding>();
        foreach (var (node, statistics) in answers)
        {
            if (node.Answer is { } said && statistics.Answer is { } figures)
            {
                findings.AddRange(Of(node.Node.Address, said, figures.GetProperty("statistics")));
            }
            else
            {
                findings.Add(new Finding(node.Node.Address, "It couldn't be asked.", node.Failure ?? statistics.Failure!));
            }
        }

        findings.AddRange(OfAll([.. answers.Where(a => a.Node.Answer is not null).Select(a => (a.Node.Node.Address, a.Node.Answer!.Value))], nodes.All.Count));
        if (nodes.IsJson)
        {
            NodeSet.PrintJson(new { asked = nodes.All.Select(n => n.Address), findings });
        }
        else
        {
            foreach (var finding in findings)
            {
                Console.WriteLine(Printable.Lines([$"{finding.Node?.ToString() ?? "all"}: {finding.What}", $"  {finding.Advice}"]));
            }

            Console.WriteLine(findings.Count == 0 ? $"{nodes.All.Count} asked, nothing found" : $"{nodes.All.Count} asked, {findings.Count} found");
        }

        return answers.Any(a => a.Node.Answer is null) ? ExitCode.Unasked : findings.Count == 0 ? ExitCode.Well : ExitCode.Wrong;
    }

    private static IEnumerable<Finding> Of(Uri address, JsonElement node, JsonElement statistics)
    {
        if (!node.GetProperty("enabled").GetBoolean())
        {
            yield return new Finding(address, "The cache is switched off.", "Set ZooCache.Enabled, or ZooCacheOptions.Enabled, to true.");
        }

        if (NodeAnswer.Part(node, "log") is { } log)
        {
            if (!log.GetProperty("confirmed").GetBoolean())
            {
                yield return new Finding(
                    address, $"Its log hasn't confirmed for {log.GetProperty("lagSeconds")} s that nothing was missed; queries go to the database.",
                    $"Can it reach the log (Redis, or the file)? Last failure: {Said(log, "lastFailure")}");
            }

            if (log.GetProperty("suspect").GetBoolean())
            {
                yield return new Finding(address, "A node is suspected of writing unheard.", "It has lost the log, or ended without a word. It passes with NodeOptions.SuspectTime.");
            }

            if (log.GetProperty("outbox").GetInt32() is > 0 and var left)
            {
                yield return new Finding(address, $"{left} messages are yet to be told to the others.", "It can't append to the log: out of memory, or not allowed to? Its log failures say so.");
            }
        }

        if (NodeAnswer.Part(node, "store") is { } store && store.GetProperty("paused").GetBoolean())
        {
            yield return new Finding(address, "Its shared store fails, and is left alone for now.", $"Last failure: {Said(store, "lastFailure")}");
        }

        if (statistics.GetProperty("staleAnswers").GetInt64() is > 0 and var stale)
        {
            var last = statistics.GetProperty("lastStaleAnswer");
            yield return new Finding(
                address, $"{stale} stale answers were found, the last at {last.GetProperty("at")}: {last.GetProperty("query")}.",
                $"Something writes that the cache doesn't see. Missed was one of {string.Join(", ", last.GetProperty("missed").EnumerateArray())}.");
        }

        if (statistics.GetProperty("overdueWrites").GetInt64() is > 0 and var overdue)
        {
            yield return new Finding(address, $"The end of {overdue} writes wasn't seen in time.", "Does the application leave transactions open that it has begun itself?");
        }

        if (statistics.GetProperty("logUnreadable").GetInt64() is > 0 and var unreadable)
        {
            yield return new Finding(address, $"{unreadable} entries of the log couldn't be read, and invalidated everything.", "Do all nodes run versions that know each other? Does something else write to the same keys?");
        }

        if (statistics.GetProperty("failedHooks").GetInt64() is > 0 and var hooks)
        {
            yield return new Finding(address, $"Observers given to OnInvalidated have thrown {hooks} times.", "The application's log has what they have thrown (121).");
        }
    }

    private static IEnumerable<Finding> OfAll(IReadOnlyList<(Uri Address, JsonElement Node)> nodes, int asked)
    {
        foreach (var (what, advice, values) in new (string, string, Func<JsonElement, string?>)[]
        {
            ("They have different prefixes, so they don't hear of one another", "Set ZooCacheOptions.Prefix to the same on all nodes of one cache.", static n => n.GetProperty("prefix").GetString()),
            ("They run different versions", "All is well while a deployment is under way; else deploy the same to all.", static n => n.GetProperty("version").GetString()),
            ("Some have a log and others have none", "Give each node the same log (UseRedis, UseLmdb): those without one hear of nothing.", static n => NodeAnswer.Part(n, "log") is null ? "none" : "one"),
            ("They are in different epochs of the log", "It passes within a second; else they have different logs, or one can't reach it.", static n => Said(NodeAnswer.Part(n, "log"), "epoch")),
            ("They promise different things", "Set NodeOptions.Consistency to the same on all nodes.", static n => Said(NodeAnswer.Part(n, "log"), "consistency")),
        })
        {
            var different = nodes.Select(n => values(n.Node)).Where(static v => v is not null).Distinct(StringComparer.Ordinal).ToList();
            if (different.Count > 1)
            {
                yield return new Finding(null, $"{what}: {string.Join(", ", different)}.", advice);
            }
        }

        var members = nodes.Select(n => NodeAnswer.Part(n.Node, "log")).OfType<JsonElement>().SelectMany(l => l.GetProperty("members").EnumerateArray()).Select(static m => m.GetString()).Distinct(StringComparer.Ordinal).Count();
        if (nodes.Count > 1 && members == 0 && nodes.All(n => NodeAnswer.Part(n.Node, "log") is null))
        {
            yield return new Finding(null, $"{nodes.Count} nodes have no log in common, so none hears of what the others write.", "Give them one: UseRedis, or UseLmdb for the processes of one machine.");
        }
        else if (members > asked)
        {
            yield return new Finding(null, $"The log has {members} members, and {asked} {(asked == 1 ? "node was" : "nodes were")} asked.", $"Name the others too (--node, or {CommandLine.NodesVariable}): what they do isn't looked at.");
        }
    }

    private static string? Said(JsonElement? part, string name) => part?.GetProperty(name) is { ValueKind: not JsonValueKind.Null } said ? said.ToString() : null;

    /// <summary>Something that is wrong.</summary>
    /// <param name="Node">Where; null if it concerns all.</param>
    /// <param name="What">What it is.</param>
    /// <param name="Advice">What to do about it.</param>
    private sealed record Finding(Uri? Node, string What, string Advice);
}
