using ZooCache.Benchmarks.Data;

namespace ZooCache.Benchmarks.Ratios;

/// <param name="Cases">What to measure.</param>
/// <param name="Rounds">How often each is measured.</param>
/// <param name="Json">Whether the last line is to be JSON.</param>
internal sealed record RatiosOptions(IReadOnlyList<RatioCase> Cases, int Rounds, bool Json)
{
    public static RatiosOptions Parse(Arguments arguments)
    {
        var name = arguments.Text("--case");
        var cases = RatioCases.All.Where(c => name is null || c.Name == name).ToList();
        if (cases.Count == 0)
        {
            throw new FormatException($"--case: must be one of {string.Join(", ", RatioCases.All.Select(c => c.Name))}, not '{name}'.");
        }

        if (PostgresBenchmarkDatabase.Server is null)
        {
            Console.WriteLine("No PostgreSQL: its cases are left out. Name a server in ZOOCACHE_POSTGRES='Host=…;Username=…'.");
            cases.RemoveAll(c => c.OnPostgres);
        }

        var options = new RatiosOptions(cases, arguments.Number("--rounds", 3, 10_000) ?? 61, arguments.Flag("--json"));
        arguments.End();
        return options;
    }
}
