using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Queries;

/// <summary>A shop of many cities of which a context sees one.</summary>
public sealed class CityContext(DbContextOptions options) : DbContext(options)
{
    public string? City { get; set; }

    // The tests of two providers run at once.
    [field: ThreadStatic]
    public static int StaticId { get; set; }

    public DbSet<Customer> Customers => Set<Customer>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<Customer>().ToTable("Customers").HasQueryFilter(c => City == null || c.City == City);
        modelBuilder.Entity<Order>().ToTable("Orders");
        modelBuilder.Entity<Line>().ToTable("Lines");
    }
}

/// <summary>Whatever the answer depends on is in the key, wherever in the query it hides.</summary>
public abstract class HiddenParameterTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : HiddenParameterTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : HiddenParameterTests(Provider.Postgres);

    private readonly Scratch<ShopContext> _shop = ShopData.Scratch(provider: provider);

    public static TheoryData<string> Names => new(Cases.Keys);

    private static readonly Dictionary<string, (Func<CityContext, object?, object?> Query, object?[] Values)> Cases = new()
    {
        ["query filter"] = ((db, v) =>
        {
            db.City = (string?)v;
            return All(db).ToList();
        }, [null, "Oslo", "Bergen", ""]),
        ["local"] = ((db, v) =>
        {
            var id = (int)v!;
            return All(db).Where(c => c.Id == id).ToList();
        }, [1, 2]),
        ["field of a captured object"] = ((db, v) =>
        {
            var holder = new Holder { Inner = new Holder { Id = (int)v! } };
            return All(db).Where(c => c.Id == holder.Inner.Id).ToList();
        }, [1, 2]),
        ["static property"] = ((db, v) =>
        {
            CityContext.StaticId = (int)v!;
            return All(db).Where(c => c.Id == CityContext.StaticId).ToList();
        }, [1, 2]),
        ["constant"] = ((db, v) => All(db).Where(c => c.Id == EF.Constant((int)v!)).ToList(), [1, 2]),
        ["constant in a list"] = ((db, v) => All(db).Where(c => EF.Constant((int[])v!).Contains(c.Id)).ToList(), [new[] { 1 }, new[] { 1, 2 }, Array.Empty<int>()]),
        ["parameter"] = ((db, v) => All(db).Where(c => c.Id == EF.Parameter((int)v!)).ToList(), [1, 2]),
        ["parameter of a list"] = ((db, v) => All(db).Where(c => EF.Parameter((int[])v!).Contains(c.Id)).ToList(), [new[] { 1 }, new[] { 1, 2 }, Array.Empty<int>()]),
        ["several parameters of a list"] = ((db, v) => All(db).Where(c => EF.MultipleParameters((int[])v!).Contains(c.Id)).ToList(), [new[] { 1 }, new[] { 1, 2 }, new[] { 3 }, Array.Empty<int>()]),
        ["array"] = ((db, v) => In(db, (int[])v!), [new[] { 1 }, new[] { 2 }, new[] { 1, 2 }, Array.Empty<int>(), Enumerable.Range(2, 50).ToArray()]),
        ["list of texts with null"] = ((db, v) =>
        {
            var cities = (List<string?>)v!;
            return All(db).Where(c => cities.Contains(c.City)).ToList();
        }, [new List<string?> { null }, new List<string?> { "Oslo" }, new List<string?> { "Oslo", null }, new List<string?>()]),
        ["set"] = ((db, v) =>
        {
            var ids = (HashSet<int>)v!;
            return All(db).Where(c => ids.Contains(c.Id)).ToList();
        }, [new HashSet<int> { 1 }, new HashSet<int> { 3 }]),
        ["lazily made list"] = ((db, v) =>
        {
            var ids = Enumerable.Range(1, (int)v!).Where(i => i != 2);
            return All(db).Where(c => ids.Contains(c.Id)).ToList();
        }, [1, 3]),
        ["element of a list"] = ((db, v) =>
        {
            var ids = (int[])v!;
            return All(db).Where(c => c.Id == ids[1]).ToList();
        }, [new[] { 1, 2 }, new[] { 1, 3 }]),
        ["count in a list"] = ((db, v) =>
        {
            var ids = (int[])v!;
            return All(db).Where(c => ids.Count(i => i > c.Id) == 1).ToList();
        }, [new[] { 1, 2 }, new[] { 3, 4 }]),
        ["prefix"] = ((db, v) =>
        {
            var text = (string)v!;
            return All(db).Where(c => c.Name.StartsWith(text)).ToList();
        }, ["Customer 1", "Customer", "%", ""]),
        ["part"] = ((db, v) =>
        {
            var text = (string)v!;
            return All(db).Where(c => c.Name.Contains(text)).ToList();
        }, ["1", "2", "_"]),
        ["null or not"] = ((db, v) =>
        {
            var city = (string?)v;
            return All(db).Where(c => c.City == city).ToList();
        }, ["Oslo", null, ""]),
        ["page"] = ((db, v) =>
        {
            var (skip, take) = ((int, int))v!;
            return All(db).Skip(skip).Take(take).ToList();
        }, [(0, 1), (1, 1), (0, 2)]),
        ["entity"] = ((db, v) =>
        {
            var customer = new Customer { Id = (int)v! };
            return db.Set<Order>().AsNoTracking().Where(o => o.Customer == customer).OrderBy(o => o.Id).ToList();
        }, [1, 2]),
        ["in a subquery"] = ((db, v) =>
        {
            var total = (decimal)v!;
            return All(db).Where(c => c.Orders.Any(o => o.Total >= total)).ToList();
        }, [11m, 31m, 32.5m]),
        ["in a projection"] = ((db, v) =>
        {
            var text = (string)v!;
            return All(db).Select(c => c.Name + text).ToList();
        }, ["a", "b"]),
        ["in an include"] = ((db, v) =>
        {
            var total = (decimal)v!;
            return All(db).Include(c => c.Orders.Where(o => o.Total > total)).ToList();
        }, [11m, 31m]),
        ["only in a client's projection"] = ((db, v) =>
        {
            var number = (int)v!;
            return All(db).Select(c => Client(c.Name, number)).ToList();
        }, [1, 2]),
        ["of a compiled query"] = ((db, v) =>
            EF.CompileQuery((CityContext x, int id) => x.Customers.AsNoTracking().Where(c => c.Id == id))(db, (int)v!).ToList(), [1, 2]),
        ["of Find"] = ((db, v) => db.Find<Customer>(v), [1, 2, 77]),
    };

    public void Dispose() => _shop.Dispose();

    // Guards DependencyAnalyzer.Add(SqlParameterExpression) and QueryKey.TryWrite: leave out parameters, and the second value
    // gets the first one's answer.
    [Theory]
    [MemberData(nameof(Names))]
    public void WhenAHiddenValueDiffers_TheAnswersDiffer(string name)
    {
        var (query, values) = Cases[name];
        var expected = values.Select(v => Ask(null, query, v).Answer).ToList();
        expected.Distinct().Count().ShouldBeGreaterThan(1, "the values must make a difference");
        foreach (var first in new[] { true, false })
        {
            for (var i = 0; i < values.Length; i++)
            {
                var (answer, outcome) = Ask(z => z.CacheAll(), query, values[i]);
                answer.ShouldBe(expected[i]);
                if (!first)
                {
                    outcome.ShouldBe(Outcomes.Hit);
                }
            }
        }
    }

    private (string Answer, QueryOutcome? Outcome) Ask(Action<ZooCacheContextOptionsBuilder>? cached, Func<CityContext, object?, object?> query, object? value)
    {
        var builder = new DbContextOptionsBuilder<CityContext>();
        _shop.Database.Use(builder);
        if (cached is not null)
        {
            builder.UseZooCache(_shop.Cache, cached);
        }

        builder.KeepCompiled(provider, cached is not null);
        using var db = new CityContext(builder.Options);
        return (Dump.Of(query(db, value)), cached is null ? null : db.Last());
    }

    private static IQueryable<Customer> All(CityContext db) => db.Customers.AsNoTracking().OrderBy(c => c.Id);

    private static List<Customer> In(CityContext db, int[] ids) => All(db).Where(c => ids.Contains(c.Id)).ToList();

    private static string Client(string name, int number) => $"{name}/{number}";

    private sealed class Holder
    {
        public int Id { get; set; }

        public Holder? Inner { get; set; }
    }
}
