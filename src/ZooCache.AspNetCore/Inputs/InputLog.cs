namespace ZooCache.AspNetCore.Inputs;

/// <summary>What one run of an endpoint has read of its request. Thread-safe: an endpoint may run in several flows.</summary>
internal sealed class InputLog
{
    private readonly Lock gate = new();
    private readonly HashSet<RequestInput> read = [];
    private bool isClosed;

    /// <summary>Why the response can't be kept: it may differ by something that can't be part of a key. Null if nothing speaks against it.</summary>
    internal string? Problem { get; private set; }

    internal void Read(RequestInput input)
    {
        lock (gate)
        {
            if (!isClosed)
            {
                read.Add(input);
            }
        }
    }

    internal void Refuse(string problem)
    {
        lock (gate)
        {
            Problem ??= isClosed ? null : problem;
        }
    }

    /// <summary>The run is over.</summary>
    internal IReadOnlyCollection<RequestInput> Close()
    {
        lock (gate)
        {
            isClosed = true;
            return read;
        }
    }
}
