namespace ZooCache;

/// <summary>
/// What this node writes, from before its first bump until it has met it in the log. Until then nothing that is kept elsewhere and concerns it can be
/// judged here by its stamp: whether it shows the write nobody can tell. Thread-safe.
/// </summary>
/// <remarks>Invariant: a write is noted before it bumps for the first time, and forgotten once what was told of it counts as a touch of its paths. Whoever looks
/// here first and at the touches afterwards misses no write that has bumped before.</remarks>
internal sealed class UntoldWrites
{
    private readonly MarkTable marks = new();
    private readonly HashSet<UntoldWrite> writes = [];

    internal int Count => marks.Count;

    internal UntoldWrite Begin()
    {
        var write = new UntoldWrite(this);
        lock (writes)
        {
            writes.Add(write);
        }

        return write;
    }

    internal bool Overlaps(ReadOnlySpan<Dependency> dependencies) => marks.Overlaps(dependencies);

    /// <summary>Writes that were mapped without these paths may concern them.</summary>
    internal void Widen(ReadOnlySpan<TagPath> paths)
    {
        UntoldWrite[] all;
        lock (writes)
        {
            all = [.. writes];
        }

        foreach (var write in all)
        {
            write.Add(paths);
        }
    }

    internal void Mark(ReadOnlySpan<TagPath> paths) => marks.Mark(paths);

    internal void Forget(UntoldWrite write, ReadOnlySpan<TagPath> paths)
    {
        marks.Unmark(paths);
        lock (writes)
        {
            writes.Remove(write);
        }
    }
}

/// <summary>One of them. Thread-safe.</summary>
internal sealed class UntoldWrite(UntoldWrites writes)
{
    private readonly Lock gate = new();
    private readonly List<TagPath> paths = [];
    private bool isMet;

    internal void Add(ReadOnlySpan<TagPath> more)
    {
        lock (gate)
        {
            if (!isMet)
            {
                writes.Mark(more);
                paths.AddRange(more);
            }
        }
    }

    /// <summary>The log has it, and that was applied here; or it has come to nothing.</summary>
    internal void Met()
    {
        lock (gate)
        {
            isMet = true;
            writes.Forget(this, [.. paths]);
            paths.Clear();
        }
    }
}
