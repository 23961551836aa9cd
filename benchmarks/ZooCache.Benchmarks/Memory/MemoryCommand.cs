using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ZooCache.Benchmarks.Data;
using ZooCache.RowSets;

namespace ZooCache.Benchmarks.Memory;

/// <summary>
/// What a cached row takes of the live heap, with its share of the entry, the key and the dependencies, beside the same entries
/// with their rows kept as boxed <c>object[]</c>, and beside such rows alone.
/// </summary>
internal static class MemoryCommand
{
    private static readonly int[] RowsPerEntry = [1, 10, 100, 1_000];

    public static int Run(Arguments arguments)
    {
        var rows = arguments.Number("--rows", 10_000, 2_000_000) ?? 1_000_000;
        rows -= rows % RowsPerEntry[^1];
        var json = arguments.Flag("--json");
        arguments.End();

        using var database = new BenchmarkDatabase(rows);
        Console.WriteLine($"{rows:N0} rows of six columns: bytes per row of the live heap");
        Console.WriteLine($"{"rows per entry",15}{"entries",12}{"cached",10}{"boxed",10}{"ratio",8}{"boxed rows alone",18}{"ratio",8}");
        var figures = RowsPerEntry.Select(each => Measure(database.File, rows, each)).ToList();
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(figures.ToDictionary(
                f => f.RowsPerEntry.ToString(CultureInfo.InvariantCulture),
                f => new { cached = Math.Round(f.Cached, 1), ratio = Math.Round(f.Cached / f.Boxed, 3), alone = Math.Round(f.Cached / f.Alone, 3) })));
        }

        return 0;
    }

    private static Figures Measure(string file, int rows, int rowsPerEntry)
    {
        var cached = Grown(rows, () =>
        {
            var cache = NewCache();
            Fill(file, cache, rows, rowsPerEntry);
            return cache;
        });

        // The same entries, their rows taken out of the row sets and boxed.
        var boxed = Grown(rows, () =>
        {
            var cache = NewCache();
            Fill(file, cache, rows, rowsPerEntry);
            var copy = NewCache();
            foreach (var entry in cache.Entries)
            {
                using var fill = copy.BeginFill(new CacheKey(entry.Key.Bytes), [.. entry.Dependencies.Select(d => new DependencyPath(PathOf(d.Node), d.Subtree))]);
                copy.Store(fill, Boxed((RowSet)entry.Value), size: 100, default, out _);
            }

            cache.Dispose();
            return copy.GetStatistics().Entries == rows / rowsPerEntry ? copy : throw new InvalidOperationException("Not all entries were copied.");
        });

        var alone = Grown(rows, () =>
        {
            using var cache = NewCache();
            Fill(file, cache, rows, rowsPerEntry);
            return cache.Entries.Select(e => Boxed((RowSet)e.Value)).ToList();
        });
        var figures = new Figures(rowsPerEntry, cached, boxed, alone);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{rowsPerEntry,15:N0}{rows / rowsPerEntry,12:N0}{cached,10:N0}{boxed,10:N0}{cached / boxed,8:N2}{alone,18:N0}{cached / alone,8:N2}"));
        return figures;
    }

    private static double Grown(int rows, Func<object> make)
    {
        var before = ProcessMemory.LiveHeap();
        var made = make();
        var grown = ProcessMemory.LiveHeap() - before;
        GC.KeepAlive(made);
        (made as IDisposable)?.Dispose();
        return grown / (double)rows;
    }

    private static ZooCache NewCache() => new(new ZooCacheOptions { ByteBudget = 8L << 30, SweepInterval = TimeSpan.FromDays(1), MaximumAge = null });

    private static void Fill(string file, ZooCache cache, int rows, int rowsPerEntry)
    {
        using var db = BenchmarkDatabase.Factory(file, cache).CreateDbContext();
        var items = db.Items.AsNoTracking().Cacheable();
        for (var first = 1; first <= rows; first += rowsPerEntry)
        {
            var last = first + rowsPerEntry - 1;
            var shelf = 1 + ((first - 1) / BenchmarkDatabase.ItemsPerShelf);
            if (rowsPerEntry == 1)
            {
                _ = items.Single(i => i.Id == first);
            }
            else
            {
                items.Where(i => i.Id >= first && i.Id <= last && (rowsPerEntry > BenchmarkDatabase.ItemsPerShelf || i.ShelfId == shelf)).Load();
            }
        }

        if (cache.GetStatistics().Entries != rows / rowsPerEntry)
        {
            throw new InvalidOperationException($"{rows / rowsPerEntry} entries were to be kept.");
        }
    }

    private static List<object?[]> Boxed(RowSet rows)
    {
        var boxed = new List<object?[]>(rows.RowCount);
        for (var row = 0; row < rows.RowCount; row++)
        {
            var values = new object?[rows.Layout.ColumnCount];
            for (var ordinal = 0; ordinal < values.Length; ordinal++)
            {
                values[ordinal] = rows.IsNull(row, ordinal) ? null : rows.Layout.KindOf(ordinal) switch
                {
                    ValueKind.Int32 => (int)rows.Word(row, ordinal),
                    ValueKind.Double => WordCodec.ToDouble(rows.Word(row, ordinal)),
                    ValueKind.DateTime => WordCodec.ToDateTime(rows.Word(row, ordinal)),
                    ValueKind.String => new string(((string)rows.Reference(row, ordinal)!).AsSpan()),
                    var kind => throw new InvalidOperationException($"No column of the items is a {kind}."),
                };
            }

            boxed.Add(values);
        }

        return boxed;
    }

    private static TagPath PathOf(TrieNode node)
        => node.Parent is { } parent
            ? node.Name is { } name ? PathOf(parent).Append(name) : PathOf(parent).Append(node.Segment)
            : TagPath.Root;

    private sealed record Figures(int RowsPerEntry, double Cached, double Boxed, double Alone);
}
