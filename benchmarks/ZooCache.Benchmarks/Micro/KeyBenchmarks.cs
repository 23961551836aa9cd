using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using BenchmarkDotNet.Attributes;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using ZooCache.Benchmarks.Data;
using ZooCache.EFCore.Queries.Known;

namespace ZooCache.Benchmarks.Micro;

/// <summary>From a query to its answer's key: the expression tree read and found among others; a key of bytes found in the store is
/// in <see cref="StoreBenchmarks"/>.</summary>
[MemoryDiagnoser]
[SuppressMessage("Design", "CA1001", Justification = "BenchmarkDotNet calls Close when it is done.")]
public class KeyBenchmarks
{
    private readonly KnownQueries queries = new();
    private readonly BenchmarkContext db = new(new DbContextOptionsBuilder<BenchmarkContext>().UseSqlite(new SqliteConnection()).Options);
    private Expression point = null!;
    private Expression projection = null!;

    [GlobalSetup]
    public void Fill()
    {
        var id = 1;
        point = db.Items.AsNoTracking().Cacheable().Where(i => i.Id == id).Expression;
        projection = db.Items.Cacheable().Where(i => i.ShelfId == id && i.Price > 0).OrderBy(i => i.Id)
            .Select(i => new ItemLine(i.Id, i.Name, i.Price)).Expression;
        foreach (var query in (Expression[])[point, projection])
        {
            var fingerprint = Fingerprint.Of(query)!;
            queries.Add(fingerprint, ["id"]);
            fingerprint.Return();
        }
    }

    [Benchmark]
    public bool Point() => Find(point);

    [Benchmark]
    public bool Projection() => Find(projection);

    [GlobalCleanup]
    public void Close() => db.Dispose();

    private bool Find(Expression query)
    {
        var fingerprint = Fingerprint.Of(query)!;
        var isKnown = queries.TryGet(fingerprint, out _);
        fingerprint.Return();
        return isKnown;
    }
}
