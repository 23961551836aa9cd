namespace Quickstart.Measuring;

/// <summary>
/// Log-linear buckets, as in HdrHistogram: each power of two of nanoseconds is cut into 32 equal parts, so that a latency
/// is off by 3 % at most from 1 ns to a minute. One worker writes it, without locks or interlocked operations; others may
/// read it meanwhile and then see a moment ago.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int PartBits = 5;
    private const int Parts = 1 << PartBits;
    private const int MaxBits = 36;

    public const int Buckets = (MaxBits - PartBits + 1) * Parts;

    private readonly long[] counts = new long[Buckets];

    public void Record(TimeSpan latency)
    {
        ref var count = ref counts[BucketOf(latency.Ticks * TimeSpan.NanosecondsPerTick)];
        Volatile.Write(ref count, count + 1);
    }

    public void AddTo(LatencyDistribution sum, double weight = 1)
    {
        for (var i = 0; i < Buckets; i++)
        {
            var count = Volatile.Read(ref counts[i]);
            if (count > 0)
            {
                sum.Add(i, count * weight);
            }
        }
    }

    /// <summary>The middle of a bucket.</summary>
    public static double NanosecondsOf(int bucket)
    {
        var shift = Math.Max(0, (bucket >> PartBits) - 1);
        return ((long)(bucket - (shift << PartBits)) << shift) + ((1L << shift) / 2.0);
    }

    private static int BucketOf(long nanoseconds)
    {
        nanoseconds = Math.Clamp(nanoseconds, 0, (1L << MaxBits) - 1);
        var shift = Math.Max(0, 63 - (int)long.LeadingZeroCount(nanoseconds | 1) - PartBits);
        return (shift << PartBits) + (int)(nanoseconds >> shift);
    }
}

/// <summary>A sum of histograms, each with a weight.</summary>
internal sealed class LatencyDistribution
{
    private readonly double[] weights = new double[LatencyHistogram.Buckets];

    public double Count { get; private set; }

    public TimeSpan? Median => Quantile(0.5);

    public void Add(int bucket, double weight)
    {
        weights[bucket] += weight;
        Count += weight;
    }

    public void AddTo(LatencyDistribution sum, double weight = 1)
    {
        for (var i = 0; i < weights.Length; i++)
        {
            if (weights[i] > 0)
            {
                sum.Add(i, weights[i] * weight);
            }
        }
    }

    public TimeSpan? Quantile(double quantile)
    {
        var rest = Count * quantile;
        for (var i = 0; i < weights.Length; i++)
        {
            rest -= weights[i];
            if (weights[i] > 0 && rest <= 0)
            {
                return TimeSpan.FromMicroseconds(LatencyHistogram.NanosecondsOf(i) / 1000);
            }
        }

        return null;
    }
}
