using System.Globalization;

namespace Quickstart;

/// <summary>The command line.</summary>
internal sealed record QuickstartOptions
{
    public const string Usage = """
        A shop on SQLite: 4 readers and 2 writers at once through EF Core with ZooCache, and a check of what they get.

        dotnet run -c Release --project samples/Quickstart -- [options]

          --seconds N        how long the load runs, 1 to 86400 (default 20)
          --writes PERCENT   share of writes among all operations, 0 to 99 (default 2)
          --table-level      any write to a table drops every answer that read it: what the cache's precision is worth
          --store lmdb       keeps results in a file, too; after the load the process is started again, while another one
                             has written, and says how many of its first 1,000 reads are hits
          --sabotage         writes go past the cache: a test of the checks, which must find stale answers
          --seed N           seed of the load's random numbers (default 1); the shop's data are always the same
          --json             end with one line of JSON: hits, misses, hitRatio, pointHitRatio, checked, stale,
                             speedup, reads, writes; with --store also restartHitRatio, restartStale
          --help             this text

        What the figures mean
          hit ratio   reads answered by the cache / all reads
          uncached    the same queries through contexts without the cache: 1 % of the reads, and the re-asked hits
          speedup     median uncached time / median time of a hit, over the same mix: the uncached times of each query
                      weigh together as much as the query has hits. Both from making the DbContext to its disposal
          checked     hits compared with the database in all columns, such that no write in between can hide or fake
                      a stale answer
          undecided   hits that differ in a way which a write at the same time may explain: not counted as checked

        Exit code: 0; 1 if an answer was stale; 2 if an option is wrong.
        """;

    public TimeSpan Duration { get; private init; } = TimeSpan.FromSeconds(20);

    public double WritePercent { get; private init; } = 2;

    public int Seed { get; private init; } = 1;

    public bool TableLevel { get; private init; }

    public bool Json { get; private init; }

    /// <summary>Whether results are kept in a file.</summary>
    public bool StoresInLmdb { get; private init; }

    /// <summary>What this process is, if it was started by another one: see <see cref="Restart"/>.</summary>
    public (string Name, string Database, string Directory)? Role { get; private init; }

    public bool Help { get; private init; }

    /// <summary>
    /// A self-test of the checks: every fourth write goes past the cache, so that stale answers must be found.
    /// </summary>
    public bool Sabotage { get; private init; }

    /// <exception cref="FormatException">An option is unknown, lacks its value, or has a wrong one.</exception>
    public static QuickstartOptions Parse(IEnumerable<string> arguments)
    {
        var options = new QuickstartOptions();
        var rest = new Queue<string>(arguments);
        while (rest.TryDequeue(out var argument))
        {
            var (name, value) = argument.Split('=', 2) is [var left, var right] ? (left, right) : (argument, null);
            options = name switch
            {
                "--seconds" => options with { Duration = TimeSpan.FromSeconds(Number(name, Value(), 1, 86_400, whole: true)) },
                "--writes" => options with { WritePercent = Number(name, Value(), 0, 99, whole: false) },
                "--seed" => options with { Seed = (int)Number(name, Value(), 0, 1_000_000, whole: true) },
                "--store" => Value() == "lmdb" ? options with { StoresInLmdb = true } : throw new FormatException("--store: there is 'lmdb' alone."),
                "--role" => options with { Role = (Value(), "", "") },
                "--database" => options with { Role = (options.Role!.Value.Name, Value(), "") },
                "--directory" => options with { Role = (options.Role!.Value.Name, options.Role.Value.Database, Value()) },
                "--table-level" => options with { TableLevel = Flag() },
                "--json" => options with { Json = Flag() },
                "--sabotage" => options with { Sabotage = Flag() },
                "--help" or "-h" => options with { Help = Flag() },
                _ => throw new FormatException($"{argument}: no such option; --help lists them."),
            };

            string Value() => value ?? (rest.TryDequeue(out var next)
                ? next
                : throw new FormatException($"{name}: needs a value, as in '{name} {(name switch { "--writes" => "2", "--store" => "lmdb", _ => "20" })}'."));

            bool Flag() => value is null ? true : throw new FormatException($"{name}: takes no value, but was given '{value}'.");
        }

        return options;
    }

    private static double Number(string name, string text, int min, int max, bool whole) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number >= min && number <= max && (!whole || double.IsInteger(number))
            ? number
            : throw new FormatException($"{name}: must be a {(whole ? "whole " : "")}number from {min} to {max}, not '{text}'.");
}
