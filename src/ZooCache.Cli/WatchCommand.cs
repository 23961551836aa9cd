using System.Globalization;
using System.Text.Json;

namespace ZooCache.Cli;

/// <summary>Prints invalidations as they come.</summary>
internal static class WatchCommand
{
    private const int MostAtOnce = 1000;

    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);

    internal static async Task<int> RunAsync(NodeSet nodes, string? tag, CancellationToken cancellationToken)
    {
        var seen = new Dictionary<NodeClient, long>();
        var silent = new HashSet<NodeClient>();
        while (true)
        {
            foreach (var (node, answer, failure) in await Task.WhenAll(nodes.All.Select(node => AskAsync(node, seen, cancellationToken))))
            {
                if (failure is null)
                {
                    silent.Remove(node);
                    foreach (var one in answer.Where(one => tag is null || Concerns(one, tag)))
                    {
                        Print(nodes, node, one);
                    }
                }
                else if (silent.Add(node))
                {
                    await Console.Error.WriteLineAsync(Printable.Of(failure));
                }
            }

            try
            {
                await Task.Delay(Every, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return ExitCode.Well;
            }
        }
    }

    /// <summary>What a node has invalidated since it was asked last, the oldest first; of the time before it was asked first, nothing.</summary>
    private static async Task<(NodeClient Node, IReadOnlyList<JsonElement> Invalidations, string? Failure)> AskAsync(NodeClient node, Dictionary<NodeClient, long> seen, CancellationToken cancellationToken)
    {
        try
        {
            var newest = (await node.GetAsync("statistics", cancellationToken)).GetProperty("statistics").GetProperty("sequence").GetInt64();
            var after = seen.GetValueOrDefault(node, newest);
            seen[node] = newest;

            // One that has begun anew counts anew.
            var said = newest == after ? [] : (await node.GetAsync(string.Create(CultureInfo.InvariantCulture, $"invalidations?top={MostAtOnce}&after={(newest < after ? 0 : after)}"), cancellationToken)).EnumerateArray().Reverse().ToList();
            return (node, [.. said.Where(i => i.GetProperty("sequence").GetInt64() <= newest)], null);
        }
        catch (NodeException exception)
        {
            return (node, [], exception.Message);
        }
        catch (OperationCanceledException)
        {
            return (node, [], null);
        }
    }

    private static bool Concerns(JsonElement one, string tag)
        => one.GetProperty("tags").EnumerateArray().Select(static t => t.GetString()!).Any(t => t == "*" || IsAtOrBelow(t, tag) || IsAtOrBelow(tag, t)) || one.GetProperty("count").GetInt32() > one.GetProperty("tags").GetArrayLength();

    private static bool IsAtOrBelow(string tag, string above) => tag == above || tag.StartsWith(above + ":", StringComparison.Ordinal);

    private static void Print(NodeSet nodes, NodeClient node, JsonElement one)
    {
        var at = DateTimeOffset.Now - TimeSpan.FromSeconds(one.GetProperty("secondsAgo").GetDouble());
        if (nodes.IsJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { at, node = node.Address, cause = one.GetProperty("cause"), tags = one.GetProperty("tags"), count = one.GetProperty("count") }));
            return;
        }

        var more = one.GetProperty("count").GetInt32() - one.GetProperty("tags").GetArrayLength();
        Console.WriteLine(Printable.Of(string.Create(CultureInfo.InvariantCulture, $"{at:HH:mm:ss.fff} {node.Address} {one.GetProperty("cause")} {string.Join(' ', one.GetProperty("tags").EnumerateArray())}{(more > 0 ? $" and {more} more" : "")}")));
    }
}
