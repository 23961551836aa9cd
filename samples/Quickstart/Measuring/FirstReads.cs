namespace Quickstart.Measuring;

/// <summary>The first reads of a process, and how many of them were hits. Thread-safe.</summary>
internal sealed class FirstReads
{
    private const int Most = 1_000;

    private int reads;
    private int hits;

    public int Reads => Math.Min(Volatile.Read(ref reads), Most);

    public int Hits => Volatile.Read(ref hits);

    public void Count(bool isHit)
    {
        if (Volatile.Read(ref reads) < Most && Interlocked.Increment(ref reads) <= Most && isHit)
        {
            Interlocked.Increment(ref hits);
        }
    }
}
