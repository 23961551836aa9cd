namespace ZooCache;

/// <summary>
/// The key hashes of entries that left lately, oldest forgotten first. A hash that two keys share lets one of them into the
/// main queue too early, which is harmless.
/// </summary>
internal sealed class GhostQueue
{
    private readonly Dictionary<ulong, long> ticketOf = [];
    private readonly Queue<(ulong Hash, long Ticket)> queue = new();
    private long tickets;

    internal int Count => queue.Count;

    internal void Add(ulong hash, int capacity)
    {
        ticketOf[hash] = ++tickets;
        queue.Enqueue((hash, tickets));
        while (queue.Count > capacity)
        {
            // A hash that came back since has a newer ticket, and stays.
            var (oldest, ticket) = queue.Dequeue();
            if (ticketOf.TryGetValue(oldest, out var current) && current == ticket)
            {
                ticketOf.Remove(oldest);
            }
        }
    }

    internal bool Remove(ulong hash) => ticketOf.Remove(hash);

    internal void Clear()
    {
        ticketOf.Clear();
        queue.Clear();
    }
}
