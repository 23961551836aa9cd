namespace ZooCache.Benchmarks.Soak;

/// <param name="Queries">How many distinct keys are asked for, each once.</param>
/// <param name="BudgetMiB">The cache's byte budget.</param>
internal sealed record SoakOptions(int Queries, int BudgetMiB)
{
    private const int MostQueries = 5_000_000;
    private const int MostMiB = 4_096;

    public static SoakOptions Parse(Arguments arguments)
    {
        var quick = arguments.Flag("--quick");
        var options = Read(arguments, quick ? 50_000 : 1_000_000, quick ? 16 : 64);
        arguments.End();
        return options;
    }

    internal static SoakOptions Read(Arguments arguments, int queries, int budget) => new(
        arguments.Number("--queries", 1_000, MostQueries) ?? queries,
        arguments.Number("--budget", 1, MostMiB) ?? budget);
}
