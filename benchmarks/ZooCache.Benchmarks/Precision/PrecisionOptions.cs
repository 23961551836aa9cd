namespace ZooCache.Benchmarks.Precision;

/// <param name="Writes">How many writes each run makes.</param>
/// <param name="Seed">Of what is asked and what is written.</param>
/// <param name="ByWrite">Whether to tell the writes apart.</param>
/// <param name="Json">Whether the last line is to be JSON.</param>
/// <param name="Sabotage">A test of the benchmark itself: every fourth write goes past the cache, and must be found out.</param>
internal sealed record PrecisionOptions(int Writes, int Seed, bool ByWrite, bool Json, bool Sabotage)
{
    public static PrecisionOptions Parse(Arguments arguments)
    {
        var options = new PrecisionOptions(
            arguments.Number("--writes", 1, 100_000) ?? 80,
            arguments.Number("--seed", 0, 1_000_000) ?? 1,
            arguments.Flag("--by-write"),
            arguments.Flag("--json"),
            arguments.Flag("--sabotage"));
        arguments.End();
        return options;
    }
}
