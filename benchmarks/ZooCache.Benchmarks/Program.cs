using ZooCache.Benchmarks;
using ZooCache.Benchmarks.Backends;
using ZooCache.Benchmarks.Bumps;
using ZooCache.Benchmarks.Bus;
using ZooCache.Benchmarks.Calls;
using ZooCache.Benchmarks.Codec;
using ZooCache.Benchmarks.Memory;
using ZooCache.Benchmarks.Micro;
using ZooCache.Benchmarks.Precision;
using ZooCache.Benchmarks.Ratios;
using ZooCache.Benchmarks.Scale;
using ZooCache.Benchmarks.Sizes;
using ZooCache.Benchmarks.Soak;
using ZooCache.Benchmarks.Telemetry;

const string Usage = """
    usage: ZooCache.Benchmarks COMMAND [OPTION…]

    soak      distinct point queries against a byte budget, without the cache and with it: memory held, and given back
        --queries N     how many, 1 000 to 5 000 000 (default 1 000 000)
        --budget MIB    the cache's byte budget, 1 to 4 096 (default 64)
        --quick         50 000 queries and 16 MiB, unless said otherwise

    ratios    time and allocations with the cache relative to those without it, in interleaved blocks
        --rounds N      blocks of each side per case, 3 to 10 000 (default 61)
        --case NAME     one case only
        --json          a last line of JSON: {"case": {"ratio": …, "bytes": …}, …}

    precision the quickstart's shop: how many of the answers that a write leaves as they are stay in the cache, and whether
              any stays that it changed; beside the same with table-level invalidation; tracked and detached updates apart
        --writes N      writes of each run, 1 to 100 000 (default 80)
        --seed N        of what is asked and written (default 1)
        --by-write      the shares also by kind of write
        --json          a last line of JSON: {"shape": {"precise": …, "table": …, "spared": …, "stale": …}, …,
                        "detached": {"shape": …}}
        --sabotage      a test of the check: every fourth write goes past the cache; must exit with 1

    bumps     nodes visited and time of a bump with 1 000, 100 000 and 1 000 000 live entries: the same, and within 6 times
        --rounds N      blocks of each size per kind of bump, 3 to 10 000 (default 201)
        --json          a last line of JSON: {"kind": {"1000": {"nodes": …, "ratio": …}, …}, …}

    scale     what a hit costs with 1 000 to 1 000 000 entries, with models of 5 to 500 tables, and on 1 to 8 threads beside as
              many independent processes (takes some minutes and 2 GiB)
        --rounds N      of each comparison, 3 to 1 000 (default 15)
        --entries N     at most so many, 1 000 to 1 000 000
        --json          a last line of JSON: {"entries": {"1000": 1, …}, "tables": {"5": 1, …}, "threads": {"2": {…}, …}}

    memory    what a cached row takes of the heap, beside the same kept as boxed object[]
        --rows N        10 000 to 2 000 000 (default 1 000 000)
        --json          a last line of JSON: {"rows per entry": {"cached": …, "ratio": …, "alone": …}, …}

    bus       until other nodes know of a save, beside a bare message over Redis; what a large save, reading what was missed, and a
              strict answer cost (starts a redis-server; the last wants ZOOCACHE_POSTGRES)
        --rounds N      saves, 100 to 100 000 (default 2 000)
        --json          a last line of JSON: {"sent": {"p50": …, "p99": …}, "bare": …, "ratio": …, "catchUpSeconds": …, …}

    codec     results in the form that stores keep: how long it is, and what writing and reading it costs, beside System.Text.Json,
              without compression, and beside asking local SQLite again
        --rounds N      blocks of each, 3 to 10 000 (default 41)
        --json          a last line of JSON: {"query": {"rows": …, "lz4": …, "decode": …, …}, …}

    backends  a hit on what another process has kept in a file or on Redis, beside the uncached query; and what the stores' operations cost, beside
              MemoryCache, bare LMDB and bare StackExchange.Redis (starts a redis-server; PostgreSQL by ZOOCACHE_POSTGRES)
        --operations N  of each kind, 100 to 1 000 000 (default 5 000)
        --rounds N      hits, 100 to 100 000 (default 2 000)
        --json          a last line of JSON: {"lmdb": {"ratio": …, …}, "redis": …, "operations": …, "invalidate": …}

    functions a hit on the result of a cached call, beside MemoryCache.GetOrCreate and a look-up in a ConcurrentDictionary
        --rounds N      blocks of each, 3 to 10 000 (default 101)
        --json          a last line of JSON: {"side": {"ratio": …, "bytes": …}, …}

    web       a response of 100 rows over the network: from the cache, and unchanged (304), beside the uncached one
        --rounds N      blocks of each, 3 to 10 000 (default 61)
        --json          a last line of JSON: {"side": {"ratio": …}, …}

    telemetry a hit that somebody listens to, and one of which the database is asked, too, for one in a hundred, beside one that nobody watches
        --rounds N      blocks of each, 3 to 10 000 (default 101)
        --json          a last line of JSON: {"listened": …, "listenedBytes": …, "watched": …, "share": …}

    sizes     what entries cost, as the cache accounts for them and as measured

    micro     BenchmarkDotNet on the engine's parts: trie, key, row set, store
        --filter GLOB   as in '*Trie*' (default '*')
        --quick         each once, only to see that it runs

    Exit code: 0 if all is well, 1 if a limit is exceeded or an answer was stale, 2 for a bad command or option.
    """;

try
{
    var arguments = new Arguments(args.Skip(1));
    switch (args.FirstOrDefault())
    {
        case "soak": return await SoakCommand.RunAsync(SoakOptions.Parse(arguments));
        case SoakRun.Command: return SoakRun.Run(arguments);
        case "ratios": return RatiosCommand.Run(RatiosOptions.Parse(arguments));
        case "precision": return await PrecisionCommand.RunAsync(PrecisionOptions.Parse(arguments));
        case "bumps": return BumpsCommand.Run(arguments);
        case "scale": return ScaleCommand.Run(arguments);
        case ScaleCommand.Worker: return ScaleCommand.RunWorker(arguments);
        case "bus": return await BusCommand.RunAsync(arguments);
        case "backends": return await BackendsCommand.RunAsync(arguments);
        case "codec": return await CodecCommand.RunAsync(arguments);
        case "memory": return MemoryCommand.Run(arguments);
        case "functions": return FunctionsCommand.Run(arguments);
        case "web": return await WebCommand.RunAsync(arguments);
        case "telemetry": return TelemetryCommand.Run(arguments);
        case "micro": return MicroCommand.Run(arguments);
        case "sizes":
            arguments.End();
            return SizesCommand.Run();
        case "--help" or "-h" or "help":
            Console.WriteLine(Usage);
            return 0;
        case null: throw new FormatException($"No command was given.{Environment.NewLine}{Usage}");
        case var command: throw new FormatException($"{command}: no such command; --help lists them.");
    }
}
catch (FormatException error)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 2;
}
