namespace ZooCache.Benchmarks.Ratios;

/// <param name="Case">What was measured.</param>
/// <param name="Ratio">Cached over plain, of the rounds.</param>
/// <param name="PlainMicroseconds">An operation without the cache; tells of this machine at this moment only.</param>
/// <param name="CachedMicroseconds">The same with the cache.</param>
/// <param name="PlainBytes">Allocated per operation without the cache.</param>
/// <param name="CachedBytes">Allocated per operation with it.</param>
internal sealed record RatioResult(RatioCase Case, Quantiles Ratio, double PlainMicroseconds, double CachedMicroseconds, double PlainBytes, double CachedBytes);

/// <summary>The median of some values and the middle half around it.</summary>
internal sealed record Quantiles(double Lower, double Median, double Upper)
{
    public static Quantiles Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return new Quantiles(At(0.25), At(0.5), At(0.75));

        double At(double share)
        {
            var position = share * (sorted.Length - 1);
            var below = (int)position;
            var above = Math.Min(below + 1, sorted.Length - 1);
            return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
        }
    }
}
