using System.Text.Json;

namespace ZooCache.Cli.Live;

/// <summary>The queries of one node, in some order, and its last invalidations.</summary>
internal sealed class NodeLists(Questions questions)
{
    private const int MostRows = 100;

    private (NodeClient Node, string Order)? awaited;

    internal IReadOnlyList<JsonElement> Queries { get; private set; } = [];

    internal IReadOnlyList<JsonElement> Invalidations { get; private set; } = [];

    /// <summary>Asks, unless the same is being asked already. An answer to what was asked before that is left aside.</summary>
    internal void Ask(NodeClient node, string order, CancellationToken cancellationToken)
    {
        if (awaited != (node, order))
        {
            awaited = (node, order);
            questions.Ask(() => AskAsync(node, order, cancellationToken));
        }
    }

    internal void Clear() => (Queries, Invalidations) = ([], []);

    private async Task<Action> AskAsync(NodeClient node, string order, CancellationToken cancellationToken)
    {
        var (queries, invalidations) = (node.TryGetAsync($"queries?by={order}&top={MostRows}", cancellationToken), node.TryGetAsync($"invalidations?top={MostRows}", cancellationToken));
        var (hottest, last) = (await queries, await invalidations);
        return () =>
        {
            if (awaited == (node, order))
            {
                awaited = null;
                (Queries, Invalidations) = (ListOf(hottest.Answer, "loadMilliseconds"), ListOf(last.Answer, "secondsAgo"));
            }
        };

        static List<JsonElement> ListOf(JsonElement? answer, string needed)
        {
            var all = answer is { } said ? said.EnumerateArray().ToList() : [];

            // What isn't as it is to be fails here, and not where it is drawn.
            all.ForEach(one => one.GetProperty(needed));
            return all;
        }
    }
}
