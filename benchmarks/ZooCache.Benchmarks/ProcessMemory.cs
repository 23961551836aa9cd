using System.Diagnostics;
using System.Globalization;

namespace ZooCache.Benchmarks;

/// <summary>
/// The memory that this process alone holds. On Linux the private resident pages of <c>/proc/self/smaps_rollup</c>
/// (Private_Clean + Private_Dirty + Private_Hugetlb, the "unique set size"): what would be free again if the process ended.
/// <see cref="Process.PrivateMemorySize64"/> counts there what is mapped, resident or not, so it stands in only elsewhere.
/// </summary>
internal static class ProcessMemory
{
    private const string Rollup = "/proc/self/smaps_rollup";

    public static string Source => File.Exists(Rollup) ? $"private resident pages, {Rollup}" : "Process.PrivateMemorySize64";

    public static long Measure()
    {
        if (!File.Exists(Rollup))
        {
            using var process = Process.GetCurrentProcess();
            return process.PrivateMemorySize64;
        }

        return 1024 * File.ReadLines(Rollup)
            .Where(line => line.StartsWith("Private_", StringComparison.Ordinal))
            .Sum(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Bytes of live objects: collects everything unreachable, and gives its pages back.</summary>
    public static long LiveHeap()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: false);
    }
}
