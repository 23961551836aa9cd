namespace ZooCache.AspNetCore.Inputs;

/// <summary>What one run of an endpoint has read of its request. Thread-safe: an endpoint may run in several flows.</summary>
/// <param name="met">Is told of each input, once; whether the key of the run says it.</param>
/// <param name="letOthersGo">Is called once it is known that the response won't be kept: nobody is to wait for it.</param>
internal sealed class InputLog(Func<RequestInput, bool> met, Action letOthersGo)
{
    private readonly Lock gate = new();
    private readonly HashSet<RequestInput> read = [];
    private bool isClosed;

    /// <summary>Why the response can't be kept: it may differ by something that isn't part of its key. Null if nothing speaks against it.</summary>
    internal string? Problem { get; private set; }

    /// <summary>Whether nothing would come of looking on: later responses of the kind won't be kept either.</summary>
    internal bool IsHopeless { get; private set; }

    internal void Read(RequestInput input)
    {
        lock (gate)
        {
            if (isClosed || !read.Add(input))
            {
                return;
            }
        }

        if (!met(input))
        {
            Refuse("inputs-unknown", isHopeless: false);
        }
    }

    internal void Refuse(string problem) => Refuse(problem, isHopeless: true);

    private void Refuse(string problem, bool isHopeless)
    {
        lock (gate)
        {
            if (isClosed)
            {
                return;
            }

            IsHopeless |= isHopeless;
            if (Problem is not null)
            {
                return;
            }

            Problem = problem;
        }

        letOthersGo();
    }

    /// <summary>The run is over; what is read from now on is nobody's business.</summary>
    internal void Close()
    {
        lock (gate)
        {
            isClosed = true;
        }
    }
}
