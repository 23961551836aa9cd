namespace ZooCache.Cli;

/// <summary>An invalidation on all nodes, and who has confirmed it.</summary>
internal static class ToldInvalidation
{
    /// <summary>Ends once each node that is given has said whether it has heard of it: the first that can be reached is told, and the others are asked.</summary>
    /// <exception cref="NodeException">None can be reached, or it isn't a tag.</exception>
    internal static async Task<IReadOnlyList<Confirmation>> TellAsync(NodeSet nodes, string tag, CancellationToken cancellationToken)
    {
        var confirmations = new List<Confirmation>();
        NodeClient? told = null;
        string? token = null;
        foreach (var node in nodes.All)
        {
            if (told is not null)
            {
                break;
            }

            try
            {
                token = (await node.InvalidateAsync(tag, cancellationToken)).GetProperty("token").GetString();
                told = node;
            }
            catch (NodeException exception)
            {
                confirmations.Add(new Confirmation(node.Address, false, exception.Message));
            }
        }

        if (told is null)
        {
            throw new NodeException(string.Join(Environment.NewLine, confirmations.Select(static c => c.Failure)));
        }

        confirmations.Add(new Confirmation(told.Address, true, null));
        confirmations.AddRange(await Task.WhenAll(nodes.All.Skip(confirmations.Count).Select(node => ConfirmAsync(node, token, cancellationToken))));
        return confirmations;
    }

    private static async Task<Confirmation> ConfirmAsync(NodeClient node, string? token, CancellationToken cancellationToken)
    {
        if (token is null)
        {
            return new Confirmation(node.Address, false, "The node that was told has no log that it shares with others: each has to be told by itself.");
        }

        var (_, answer, failure) = await node.TryGetAsync($"confirm?token={Uri.EscapeDataString(token)}", cancellationToken);
        return answer is { } said && said.GetProperty("confirmed").GetBoolean()
            ? new Confirmation(node.Address, true, null)
            : new Confirmation(node.Address, false, failure ?? "It hasn't heard of it in time. Until it has, it answers from the cache for MaxStaleness at most.");
    }
}

/// <summary>Whether a node has heard of an invalidation.</summary>
internal sealed record Confirmation(Uri Node, bool Confirmed, string? Failure)
{
    internal string Line => Confirmed ? $"{Node}: confirmed" : $"{Node}: NOT confirmed. {Failure}";
}
