namespace ZooCache.Benchmarks.Soak;

/// <summary>Looks at the process's private memory ten times a second and keeps the most that it saw.</summary>
internal sealed class PeakSampler : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly ManualResetEventSlim stop = new();
    private readonly Thread thread;
    private long peak;

    public PeakSampler()
    {
        thread = new Thread(Sample) { IsBackground = true, Name = "memory sampler" };
        thread.Start();
    }

    public long Peak => Volatile.Read(ref peak);

    public void Dispose()
    {
        stop.Set();
        thread.Join();
        stop.Dispose();
    }

    private void Sample()
    {
        do
        {
            Volatile.Write(ref peak, Math.Max(peak, ProcessMemory.Measure()));
        }
        while (!stop.Wait(Interval));
    }
}
