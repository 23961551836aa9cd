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
        // One that hangs keeps nobody else's back.
        await Task.WhenAll(nodes.All.Select(node => WatchAsync(nodes, node, tag, cancellationToken)));
        return ExitCode.Well;
    }

    private static async Task WatchAsync(NodeSet nodes, NodeClient node, string? tag, CancellationToken cancellationToken)
    {
        long? seen = null;
        var isSilent = false;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var newest = (await node.GetAsync("statistics", cancellationToken)).GetProperty("statistics").GetProperty("sequence").GetInt64();
                foreach (var one in newest == (seen ??= newest) ? [] : await SinceAsync(node, seen.Value, newest, cancellationToken))
                {
                    if (tag is null || Concerns(one, tag))
                    {
                        Print(nodes, node, one);
                    }
                }

                (seen, isSilent) = (newest, false);
                await Task.Delay(Every, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception exception) when (NodeException.Is(exception))
            {
                if (!isSilent)
                {
                    isSilent = true;
                    await Console.Error.WriteLineAsync($"{node.Address}: {NodeException.MessageOf(exception)}");
                }

                await Task.WhenAny(Task.Delay(Every, cancellationToken));
            }
        }
    }

    /// <summary>What a node has invalidated up to a number, the oldest first. One that has begun anew counts anew.</summary>
    private static async Task<List<JsonElement>> SinceAsync(NodeClient node, long after, long newest, CancellationToken cancellationToken)
    {
        var said = await node.GetAsync(string.Create(CultureInfo.InvariantCulture, $"invalidations?top={MostAtOnce}&after={(newest < after ? 0 : after)}"), cancellationToken);
        if (said.GetArrayLength() == MostAtOnce)
        {
            await Console.Error.WriteLineAsync($"{node.Address}: {MostAtOnce} or more at once; older ones aren't shown.");
        }

        return [.. said.EnumerateArray().Reverse().Where(i => i.GetProperty("sequence").GetInt64() <= newest)];
    }

    private static bool Concerns(JsonElement one, string tag)
        => tag == TagName.Everything || one.GetProperty("tags").EnumerateArray().Select(static t => t.GetString()!).Any(t => t == "*" || IsAtOrBelow(t, tag) || IsAtOrBelow(tag, t)) || one.GetProperty("count").GetInt32() > one.GetProperty("tags").GetArrayLength();

    private static bool IsAtOrBelow(string tag, string above) => tag == above || tag.StartsWith(above + ":", StringComparison.Ordinal);

    private static void Print(NodeSet nodes, NodeClient node, JsonElement one)
    {
        var at = DateTimeOffset.Now - TimeSpan.FromSeconds(one.GetProperty("secondsAgo").GetDouble());
        if (nodes.IsJson)
        {
            NodeSet.PrintJsonLine(new { at, node = node.Address, cause = one.GetProperty("cause"), tags = one.GetProperty("tags"), count = one.GetProperty("count") });
            return;
        }

        var more = one.GetProperty("count").GetInt32() - one.GetProperty("tags").GetArrayLength();
        Console.WriteLine(Printable.Of(string.Create(CultureInfo.InvariantCulture, $"{at:HH:mm:ss.fff} {node.Address} {one.GetProperty("cause")} {string.Join(' ', one.GetProperty("tags").EnumerateArray())}{(more > 0 ? $" and {more} more" : "")}")));
    }
}
