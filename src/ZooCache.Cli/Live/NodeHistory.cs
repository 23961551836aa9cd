namespace ZooCache.Cli.Live;

/// <summary>The last samples of a node.</summary>
internal sealed class NodeHistory(NodeClient node)
{
    private const int MostSamples = 121;

    private readonly List<NodeSample> samples = [];

    internal NodeClient Node => node;

    /// <summary>Whether its answer is awaited.</summary>
    internal bool IsAsked { get; set; }

    /// <summary>Why it couldn't be asked the last time; null if it could.</summary>
    internal string? Failure { get; private set; }

    /// <summary>The newest, however long ago; null if there is none yet.</summary>
    internal NodeSample? Last => samples.Count > 0 ? samples[^1] : null;

    internal bool IsWell => Failure is null && Last is { IsWell: true };

    /// <summary>A sample with the one before it, the newest last; none while it can't be asked.</summary>
    internal IEnumerable<(NodeSample Before, NodeSample Now)> Steps => Failure is null ? samples.Zip(samples.Skip(1)) : [];

    /// <summary>Takes in what it has said, or why it has said nothing.</summary>
    internal void Add(NodeSample? sample, string? failure)
    {
        (IsAsked, Failure) = (false, failure);
        if (sample is null)
        {
            return;
        }

        if (Last is { } last && (last.Process != sample.Process || last.Hits > sample.Hits || last.Misses > sample.Misses))
        {
            // It has started anew.
            samples.Clear();
        }

        samples.Add(sample);
        samples.RemoveRange(0, Math.Max(0, samples.Count - MostSamples));
    }
}
