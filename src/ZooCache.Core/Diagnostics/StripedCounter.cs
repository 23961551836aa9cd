namespace ZooCache;

/// <summary>
/// A counter that many cores can raise at once: each has a cell of its own, two cache lines apart (the adjacent-line
/// prefetcher pairs lines), and reading adds the cells up. A reading is exact once the writers are quiet.
/// </summary>
internal sealed class StripedCounter
{
    private const int Stride = 128 / sizeof(long);
    private static readonly int Mask = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount) - 1;

    private readonly long[] cells = new long[(Mask + 2) * Stride];

    internal long Value
    {
        get
        {
            var sum = 0L;
            for (var i = Stride; i < cells.Length; i += Stride)
            {
                sum += Volatile.Read(ref cells[i]);
            }

            return sum;
        }
    }

    internal void Increment() => Interlocked.Increment(ref Cell());

    internal void Add(long amount) => Interlocked.Add(ref Cell(), amount);

    // The first stride is left empty: the array's header and length, which every access reads, share it.
    private ref long Cell() => ref cells[((Thread.GetCurrentProcessorId() & Mask) + 1) * Stride];
}
