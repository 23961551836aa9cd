namespace Quickstart.Load;

/// <summary>
/// Draws ranks 1…n with P(k) ∝ k^-s, exactly, in constant time and without tables, for any exponent s &gt; 0.
/// </summary>
/// <remarks>
/// Rejection-inversion: W. Hörmann, G. Derflinger, "Rejection-inversion to generate variates from monotone discrete
/// distributions", ACM Transactions on Modeling and Computer Simulation 6(3), 1996, pp. 169–184.
/// H is the integral of the hat h(x) = x^-s. A point is drawn uniformly under the hat between H(1.5) - 1 and H(n + 0.5),
/// inverted to x and rounded to k; it is taken if it lies within k's own share h(k) of the area. Most points are taken by
/// the cheap test x ≥ k - shift, whose shift is chosen so that it never takes a point which the full test would refuse.
/// </remarks>
internal sealed class Zipf
{
    private readonly int count;
    private readonly double exponent;
    private readonly double first;
    private readonly double last;
    private readonly double shift;

    public Zipf(int count, double exponent)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(exponent);
        this.count = count;
        this.exponent = exponent;
        first = Integral(1.5) - 1;
        last = Integral(count + 0.5);
        shift = 2 - Inverse(Integral(2.5) - Hat(2));
    }

    public int Draw(Random random)
    {
        while (true)
        {
            var u = last + (random.NextDouble() * (first - last));
            var x = Inverse(u);
            var rank = Math.Clamp((int)(x + 0.5), 1, count);
            if (rank - x <= shift || u >= Integral(rank + 0.5) - Hat(rank))
            {
                return rank;
            }
        }
    }

    private double Hat(double x) => Math.Exp(-exponent * Math.Log(x));

    /// <summary>(x^(1-s) - 1) / (1 - s), and log x where s = 1.</summary>
    private double Integral(double x)
    {
        var log = Math.Log(x);
        return ExpMinusOneOver((1 - exponent) * log) * log;
    }

    private double Inverse(double y)
    {
        var t = Math.Max(-1, y * (1 - exponent));
        return Math.Exp(LogOnePlusOver(t) * y);
    }

    // With s close to 1 both are taken close to 0, where the plain quotient would lose its digits: Taylor's series there.
    private static double ExpMinusOneOver(double t) =>
        Math.Abs(t) > 1e-5 ? (Math.Exp(t) - 1) / t : 1 + (t / 2 * (1 + (t / 3)));

    private static double LogOnePlusOver(double t) =>
        Math.Abs(t) > 1e-5 ? Math.Log(1 + t) / t : 1 - (t * (0.5 - (t / 3)));
}
