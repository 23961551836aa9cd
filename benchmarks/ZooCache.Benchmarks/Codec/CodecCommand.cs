using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Quickstart.Checking;
using Quickstart.Shop;
using ZooCache.Benchmarks.Data;
using ZooCache.Benchmarks.Ratios;
using ZooCache.Codec;
using ZooCache.EFCore;
using ZooCache.RowSets;

namespace ZooCache.Benchmarks.Codec;

/// <summary>
/// What it costs to write a result in the form that stores keep, and to read it back, and how long it is then: beside the same without compression,
/// beside System.Text.Json of the same objects, and beside asking local SQLite again. All in turn, in blocks of some milliseconds.
/// </summary>
internal static class CodecCommand
{
    private const long Limit = 1 << 26;
    private const int Items = 10_000;

    private static readonly PayloadCodec Plain = new(compressor: null);
    private static readonly JsonSerializerOptions Json = new() { ReferenceHandler = ReferenceHandler.IgnoreCycles };

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var rounds = arguments.Number("--rounds", 3, 10_000) ?? 41;
        var json = arguments.Flag("--json");
        arguments.End();

        var results = new Dictionary<string, object>(StringComparer.Ordinal);
        Console.WriteLine($"{ThreadTime.Source}; medians of {rounds} rounds, relative to the uncached query on local SQLite unless in bytes");
        Console.WriteLine($"{"",22}{"rows",6}{"memory",9}{"JSON",9}{"plain",9}{"LZ4",9}{"encode",9}{"decode",9}{"plain",9}{"from JSON",11}{"query µs",10}{"MB/s",8}");
        using var database = new BenchmarkDatabase(Items);
        using var shop = ShopDatabase.OpenCopy(seed => seed(_ => { }));
        foreach (var subject in Subjects(database, shop))
        {
            results.Add(subject.Name, await MeasureAsync(subject, rounds));
        }

        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(results));
        }

        return 0;
    }

    private static IEnumerable<Subject> Subjects(BenchmarkDatabase database, ShopDatabase shop)
    {
        yield return Shop("product by key", s => s.FindProductAsync(7));
        yield return Shop("lines of a product", s => s.LinesOfProductAsync(1));
        yield return Shop("customer with orders", s => s.FindCustomerWithOrdersAsync(1));
        yield return Shop("products of a category", s => s.ProductsOfCategoryAsync(1));
        yield return new Subject(
            "100 items", cache => Open<BenchmarkContext>(cache, $"Data Source={database.File}"),
            static async db => await ((BenchmarkContext)db).Items.AsNoTracking().Where(i => i.ShelfId == 5).Cacheable().ToListAsync(),
            static text => JsonSerializer.Deserialize<List<Item>>(text, Json));

        Subject Shop<T>(string name, Func<ShopContext, Task<T>> ask) => new(
            name,
            cache => Open<ShopContext>(cache, shop.ConnectionString),
            async db => await ask((ShopContext)db),
            static text => JsonSerializer.Deserialize<T>(text, Json));
    }

    private static TContext Open<TContext>(ZooCache? cache, string connectionString)
        where TContext : DbContext
    {
        var options = new DbContextOptionsBuilder<TContext>().UseSqlite(connectionString);
        _ = cache is null ? options.AddInterceptors(new WithoutCache()) : options.UseZooCache(cache);
        return new PooledDbContextFactory<TContext>(options.Options).CreateDbContext();
    }

    private static async Task<object> MeasureAsync(Subject subject, int rounds)
    {
        using var cache = new ZooCache(new ZooCacheOptions());
        object? answer;
        await using (var db = subject.Open(cache))
        {
            answer = await subject.Ask(db);
        }

        var rows = (RowSet)cache.Entries.Single().Value;
        var (payload, plain) = (PayloadCodec.Default.Encode(rows)!, Plain.Encode(rows)!);
        var text = JsonSerializer.SerializeToUtf8Bytes(answer, answer!.GetType(), Json);
        await using var uncached = subject.Open(null);
        var sides = new Func<object?>[]
        {
            () => Done(subject.Ask(uncached)),
            () => PayloadCodec.Default.Encode(rows),
            () => Decode(PayloadCodec.Default, payload, rows.Layout),
            () => Decode(Plain, plain, rows.Layout),
            () => subject.FromJson(text),
        }.Select(static operation => new Side(operation)).ToList();
        sides.ForEach(static s => s.WarmUp());
        var samples = Enumerable.Range(0, rounds).Select(_ => sides.ConvertAll(static s => s.Run())).ToList();
        var query = Quantiles.Of(samples.Select(s => s[0])).Median;
        var (encode, decode, decodePlain, fromJson) = (Ratio(1), Ratio(2), Ratio(3), Ratio(4));
        var throughput = plain.Length / Quantiles.Of(samples.Select(s => s[2])).Median / 1e6;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{subject.Name,-22}{rows.RowCount,6}{rows.Size,9}{text.Length,9}{plain.Length,9}{payload.Length,9}{encode,9:N3}{decode,9:N3}{decodePlain,9:N3}{fromJson,11:N3}{query * 1e6,10:N0}{throughput,8:N0}"));
        return new
        {
            rows = rows.RowCount, memory = rows.Size, json = text.Length, plain = plain.Length, lz4 = payload.Length,
            encode = Math.Round(encode, 3), decode = Math.Round(decode, 3), decodePlain = Math.Round(decodePlain, 3), decodeJson = Math.Round(fromJson, 3),
        };

        double Ratio(int side) => Quantiles.Of(samples.Select(s => s[side] / s[0])).Median;
    }

    private static RowSet Decode(PayloadCodec codec, byte[] payload, RowLayout layout)
        => codec.TryDecode(payload, layout, Limit, out var rows) == PayloadFault.None ? rows! : throw new InvalidOperationException("It can't be read.");

    /// <summary>SQLite has no asynchronous I/O.</summary>
    private static object? Done(Task<object?> task)
        => task.IsCompleted ? task.GetAwaiter().GetResult() : throw new InvalidOperationException("A query left its thread, whose time is measured.");

    private sealed record Subject(
        string Name, Func<ZooCache?, DbContext> Open, Func<DbContext, Task<object?>> Ask, Func<byte[], object?> FromJson);

    private sealed class Side(Func<object?> operation)
    {
        private int operations = 1;

        public void WarmUp()
        {
            for (var seconds = 0.0; seconds < 1; seconds += Run() * operations)
            {
                if (Run() * operations < 0.005)
                {
                    operations *= 2;
                }
            }
        }

        /// <summary>Seconds for one.</summary>
        public double Run()
        {
            var started = ThreadTime.Seconds;
            for (var i = 0; i < operations; i++)
            {
                GC.KeepAlive(operation());
            }

            return (ThreadTime.Seconds - started) / operations;
        }
    }
}
