namespace ZooCache;

/// <summary>Those who wait until an entry was applied, or what a node has told. Not thread-safe.</summary>
internal sealed class LogWaiters(TaskCreationOptions waits)
{
    private readonly List<Waiter> waiting = [];

    /// <summary>Reached once an entry of at least this stamp was applied.</summary>
    internal Waiter Add(HlcStamp stamp) => Add(new Waiter(stamp, 0, 0, new TaskCompletionSource<bool>(waits)));

    /// <summary>Reached once all was applied that a node had to tell, up to a number of its own.</summary>
    internal Waiter Add(ulong node, ulong number) => Add(new Waiter(HlcStamp.None, node, number, new TaskCompletionSource<bool>(waits)));

    /// <summary>Somebody waits no longer.</summary>
    internal void Remove(Waiter waiter) => waiting.Remove(waiter);

    internal void Reach(HlcStamp applied, ulong node, ulong told) => End(w => w.Node == 0 ? w.Stamp <= applied : w.Node == node && w.Number <= told, true);

    internal void GiveUp() => End(static _ => true, false);

    private Waiter Add(Waiter waiter)
    {
        waiting.Add(waiter);
        return waiter;
    }

    private void End(Predicate<Waiter> which, bool reached)
    {
        foreach (var waiter in waiting.FindAll(which))
        {
            waiting.Remove(waiter);
            waiter.Reached.TrySetResult(reached);
        }
    }

    /// <summary>Somebody who waits.</summary>
    /// <param name="Stamp">For which entry.</param>
    /// <param name="Node">For what of which node; 0 if for an entry.</param>
    /// <param name="Number">Up to which of its numbers.</param>
    /// <param name="Reached">Ends with true once it is reached, with false when that is given up.</param>
    internal sealed record Waiter(HlcStamp Stamp, ulong Node, ulong Number, TaskCompletionSource<bool> Reached);
}
