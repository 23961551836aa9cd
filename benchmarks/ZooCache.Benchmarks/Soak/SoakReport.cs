using System.Globalization;

namespace ZooCache.Benchmarks.Soak;

/// <summary>Prints both halves side by side and says which limits were exceeded.</summary>
internal static class SoakReport
{
    private const double MiB = 1024 * 1024;

    /// <summary>What a cache may cost a process beyond the same process without it, at the default budget of 64 MiB.</summary>
    private const int MostExtraMiB = 192;

    /// <summary>Nodes that may be left when no entry is: the path to a table, and what a load under way pins.</summary>
    private const int SpareNodes = 8;

    /// <summary>What is held may exceed what is accounted for by the empty part of dictionaries that have just doubled.</summary>
    private const double MostExcess = 1.15;

    /// <returns>Whether every limit was kept.</returns>
    public static bool Write(TextWriter output, SoakOptions options, SoakFigures uncached, SoakFigures cached)
    {
        output.WriteLine();
        output.WriteLine($"memory is {ProcessMemory.Source}, after a full collection");
        output.WriteLine();
        Row("", "without", "with");
        Row("seconds (indicative only)", $"{uncached.Seconds:N1}", $"{cached.Seconds:N1}");
        Row("private MiB at the end", InMiB(uncached.PrivateBytes), InMiB(cached.PrivateBytes));
        Row("private MiB at the peak", InMiB(uncached.PeakPrivateBytes), InMiB(cached.PeakPrivateBytes));
        Row("private MiB, cache emptied", InMiB(uncached.PrivateBytesWhenEmpty), InMiB(cached.PrivateBytesWhenEmpty));
        Row("live heap grew by MiB", InMiB(uncached.HeapGrowth), InMiB(cached.HeapGrowth));
        Row("the same, cache emptied", InMiB(uncached.HeapGrowthWhenEmpty), InMiB(cached.HeapGrowthWhenEmpty));

        output.WriteLine();
        Line("cache", "entries", "MiB", "trie nodes", "evictions");
        Content("before", cached.Before!);
        Content("full", cached.Full!);
        Content("table invalidated, purged", cached.AfterInvalidation!);
        Content("each row invalidated", cached.AfterRowInvalidations!);
        Content("filled again", cached.Refilled!);
        Content("expired, purged", cached.AfterExpiry!);

        var full = cached.Full!;
        var held = cached.HeapGrowth - uncached.HeapGrowth;
        output.WriteLine();
        output.WriteLine(Invariant($"bytes per entry: {full.Bytes / Math.Max(1, full.Entries)} accounted, {held / Math.Max(1, full.Entries)} measured"));

        var findings = Findings(options, uncached, cached, held).ToList();
        findings.ForEach(finding => output.WriteLine($"FAILED: {finding}"));
        output.WriteLine(findings.Count == 0 ? "All limits kept." : Invariant($"{findings.Count} limits exceeded."));
        return findings.Count == 0;

        void Row(string what, string left, string right) => output.WriteLine($"{what,-28}{left,12}{right,12}");
        void Line(string what, params string[] cells) => output.WriteLine($"{what,-28}{string.Concat(cells.Select(c => c.PadLeft(12)))}");
        void Content(string when, CacheContent c) => Line(when, Invariant($"{c.Entries:N0}"), InMiB(c.Bytes), Invariant($"{c.TrieNodes:N0}"), Invariant($"{c.Evictions:N0}"));
    }

    private static IEnumerable<string> Findings(SoakOptions options, SoakFigures uncached, SoakFigures cached, long held)
    {
        var extra = (cached.PrivateBytes - uncached.PrivateBytes) / MiB;
        if (extra > MostExtraMiB)
        {
            yield return Invariant($"the cache costs {extra:N1} MiB at the end, more than {MostExtraMiB} MiB.");
        }

        extra = (cached.PeakPrivateBytes - uncached.PeakPrivateBytes) / MiB;
        if (extra > MostExtraMiB)
        {
            yield return Invariant($"the cache costs {extra:N1} MiB at the peak, more than {MostExtraMiB} MiB.");
        }

        if (cached.Full!.Bytes > options.BudgetMiB * MiB)
        {
            yield return Invariant($"the cache says that it holds {InMiB(cached.Full.Bytes)} MiB, more than its budget of {options.BudgetMiB} MiB.");
        }

        if (held > cached.Full.Bytes * MostExcess)
        {
            yield return Invariant($"the cache holds {InMiB(held)} MiB of objects and accounts for {InMiB(cached.Full.Bytes)} MiB.");
        }

        foreach (var (when, content) in new[] { ("an invalidation", cached.AfterInvalidation!), ("invalidations of rows", cached.AfterRowInvalidations!), ("expiry", cached.AfterExpiry!) })
        {
            if (content.Entries > 0 || content.TrieNodes > cached.Before!.TrieNodes + SpareNodes)
            {
                yield return Invariant($"{content.Entries} entries and {content.TrieNodes} trie nodes are left after {when}; there were {cached.Before!.TrieNodes} nodes before.");
            }
        }
    }

    private static string InMiB(long bytes) => Invariant($"{bytes / MiB:N1}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
