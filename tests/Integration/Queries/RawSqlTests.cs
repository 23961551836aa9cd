using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Queries;

public sealed class CityCount
{
    public string? City { get; set; }
    public int Customers { get; set; }
}

/// <summary>The shop with a view and an SQL query in its model.</summary>
public class ViewContext(DbContextOptions options) : DbContext(options)
{
    public DbSet<Customer> Customers => Set<Customer>();

    public DbSet<CityCount> Cities => Set<CityCount>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<CityCount>(city => city.HasNoKey().ToView("CityCounts"));
    }
}

public sealed class TellingContext(DbContextOptions options) : ViewContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        base.OnModelCreating(modelBuilder);
        modelBuilder.Entity<CityCount>().CacheDependsOn(typeof(Customer));
    }
}

/// <summary>The same view, said to read a type that isn't mapped to a table.</summary>
public sealed class LyingContext(DbContextOptions options) : ViewContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        base.OnModelCreating(modelBuilder);
        modelBuilder.Entity<CityCount>().CacheDependsOn(typeof(string));
    }
}

/// <summary>Raw SQL and views: cached where what they read is declared, and only there.</summary>
public abstract class RawSqlTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : RawSqlTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : RawSqlTests(Provider.Postgres);

    private const string Customers = """SELECT * FROM "Customers" """;

    private readonly ShopDatabase _shop = new(provider: provider);

    public void Dispose() => _shop.Dispose();

    [Fact]
    public void WhenNothingIsDeclared_RawSqlIsNotCached()
    {
        using var db = _shop.Open();
        db.Customers.FromSqlRaw(Customers).Cacheable().ToList().Count.ShouldBe(3);
        db.Last().ShouldBe(Outcomes.Bypass("raw-sql"));
        db.Customers.FromSqlRaw(Customers).Where(c => c.Id > 1).Cacheable().ToList().Count.ShouldBe(2);
        db.Last().ShouldBe(Outcomes.Bypass("raw-sql"));
        db.Database.SqlQueryRaw<int>("""SELECT "Id" AS "Value" FROM "Customers" """).Cacheable().ToList().Count.ShouldBe(3);
        db.Last().ShouldBe(Outcomes.Bypass("raw-sql"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhenDeclared_RawSqlIsServedAndInvalidated(bool composed)
    {
        Names().ShouldBe(("Customer 1,Customer 2,Customer 3", Outcomes.NotFound));
        Names().ShouldBe(("Customer 1,Customer 2,Customer 3", Outcomes.Hit));
        _shop.Change(db => db.Lines.First().Quantity++);
        Names().Outcome.ShouldBe(Outcomes.Hit);
        _shop.Change(db => db.Customers.OrderBy(c => c.Id).First().Name = "changed");
        Names().ShouldBe(("Customer 2,Customer 3,changed", Outcomes.Invalidated));

        (string Names, QueryOutcome? Outcome) Names()
        {
            using var db = _shop.Open();
            var query = db.Customers.FromSqlRaw(Customers).Cacheable(o => o.DependsOn<Customer>());
            var names = (composed ? query.OrderBy(c => c.Id) : query).Select(c => c.Name).ToList();
            return (string.Join(',', names.Order(StringComparer.Ordinal)), db.Last());
        }
    }

    [Fact]
    public void WhenWholeEntitiesComeFromRawSql_ColumnsAreFoundByName()
    {
        foreach (var expected in new[] { Outcomes.NotFound, Outcomes.Hit })
        {
            using var db = _shop.Open();
            var customers = db.Customers.FromSqlRaw("""SELECT "City", 1 AS "other", "Name" AS "NAME", "Id" FROM "Customers" ORDER BY "Id" """)
                .Cacheable(o => o.DependsOn<Customer>()).AsNoTracking().ToList();
            db.Last().ShouldBe(expected);
            customers.Select(c => $"{c.Id} {c.Name} {c.City}").ShouldBe(["1 Customer 1 Oslo", "2 Customer 2 Oslo", "3 Customer 3 "]);
        }
    }

    [Fact]
    public void WhenAColumnIsMissing_TheErrorIsEFsOwn()
    {
        using var db = _shop.Open();
        using var uncached = _shop.Uncached();
        const string sql = """SELECT "Id" FROM "Customers" """;
        var expected = Should.Throw<InvalidOperationException>(() => uncached.Customers.FromSqlRaw(sql).ToList()).Message;
        Should.Throw<InvalidOperationException>(() => db.Customers.FromSqlRaw(sql).Cacheable(o => o.DependsOn<Customer>()).ToList()).Message.ShouldBe(expected);
        _shop.Cache.Flights.Count.ShouldBe(0);
    }

    [Fact]
    public void WhenArgumentsDiffer_AnswersDo()
    {
        using var db = _shop.Open();
        foreach (var expected in new[] { QueryResultSource.Miss, QueryResultSource.Hit })
        {
            for (var id = 1; id <= 3; id++)
            {
                db.Customers.FromSql($"""SELECT * FROM "Customers" WHERE "Id" = {id}""").Cacheable(o => o.DependsOn<Customer>())
                    .Single().Id.ShouldBe(id);
                db.Last()!.Source.ShouldBe(expected);
                db.Customers.FromSqlRaw("""SELECT * FROM "Customers" WHERE "Id" = @id""", Parameter("@id", id)).Cacheable(o => o.DependsOn<Customer>())
                    .Single().Id.ShouldBe(id);
                db.Last()!.Source.ShouldBe(expected);
                db.Database.SqlQuery<string>($"""SELECT "Name" AS "Value" FROM "Customers" WHERE "Id" = {id}""").Cacheable(o => o.DependsOn<Customer>())
                    .Single().ShouldBe($"Customer {id}");
                db.Last()!.Source.ShouldBe(expected);
            }
        }
    }

    [Theory]
    [InlineData("""INSERT INTO "Lines" ("OrderId", "Product", "Quantity") VALUES (1, 'raw', 1) RETURNING *""")]
    [InlineData("""UPDATE "Lines" SET "Quantity" = "Quantity" + 1 WHERE "Id" = 1 RETURNING *""")]
    public void WhenRawSqlMayWrite_ItIsRunEachTimeWhateverIsDeclared(string sql)
    {
        for (var i = 0; i < 3; i++)
        {
            using var db = _shop.Open();
            db.Lines.FromSqlRaw(sql).Cacheable(o => o.DependsOn<Line>()).ToList().Count.ShouldBe(1);
            db.Last()!.Reason.ShouldStartWith("raw-sql");
        }

        using var check = _shop.Uncached();
        var done = check.Lines.Count(l => l.Product == "raw") + check.Lines.Single(l => l.Id == 1).Quantity - 1;
        done.ShouldBe(3);
    }

    [Fact]
    public void WhenAViewIsDeclaredInTheModel_ItIsServedAndInvalidated()
    {
        CreateView();
        Oslo<TellingContext>().ShouldBe((2, Outcomes.NotFound));
        Oslo<TellingContext>().ShouldBe((2, Outcomes.Hit));
        _shop.Change(db => db.Customers.First(c => c.City == null).City = "Oslo");
        Oslo<TellingContext>().ShouldBe((3, Outcomes.Invalidated));
    }

    [Fact]
    public void WhenAViewIsNotDeclared_ItIsCachedOnlyIfTheQueryDeclaresIt()
    {
        CreateView();
        Oslo<ViewContext>().ShouldBe((2, Outcomes.Bypass("view: CityCounts")));
        Oslo<ViewContext>(o => o.DependsOnTable("customers")).ShouldBe((2, Outcomes.NotFound));
        Oslo<ViewContext>(o => o.DependsOnTable("customers")).ShouldBe((2, Outcomes.Hit));
        _shop.Change(db => db.Customers.First(c => c.City == null).City = "Oslo");
        Oslo<ViewContext>(o => o.DependsOnTable("customers")).ShouldBe((3, Outcomes.Invalidated));
    }

    [Fact]
    public void WhenADeclaredTypeHasNoTable_TheErrorNamesIt()
    {
        CreateView();
        Should.Throw<InvalidOperationException>(() => Oslo<LyingContext>()).Message.ShouldContain("System.String");
        Should.Throw<InvalidOperationException>(() => Oslo<ViewContext>(o => o.DependsOn<string>())).Message.ShouldContain("String");
        _shop.Cache.Flights.Count.ShouldBe(0);
    }

    [Fact]
    public void WhenMoreIsDeclaredThanFound_BothCount()
    {
        Count().ShouldBe((3, Outcomes.NotFound));
        _shop.Change(db => db.Lines.First().Quantity++);
        Count().ShouldBe((3, Outcomes.Invalidated));
        Count().ShouldBe((3, Outcomes.Hit));
        _shop.Change(db => db.Add(new Customer { Name = "new" }));
        Count().ShouldBe((4, Outcomes.Invalidated));

        (int Count, QueryOutcome? Outcome) Count()
        {
            using var db = _shop.Open();
            return (db.Customers.Cacheable(o => o.DependsOn<Line>()).Count(), db.Last());
        }
    }

    private DbParameter Parameter(string name, object value)
        => provider == Provider.Sqlite ? new SqliteParameter(name, value) : new NpgsqlParameter(name, value);

    private void CreateView()
    {
        using var db = _shop.Uncached();
        db.Database.ExecuteSqlRaw("""CREATE VIEW "CityCounts" AS SELECT "City", count(*) AS "Customers" FROM "Customers" GROUP BY "City" """);
    }

    private (int Count, QueryOutcome? Outcome) Oslo<TContext>(Action<CacheableOptions>? configure = null)
        where TContext : ViewContext
    {
        var builder = new DbContextOptionsBuilder<TContext>();
        _shop.Database.Use(builder);
        var options = builder.UseZooCache(_shop.Cache).Options;
        using var db = (TContext)Activator.CreateInstance(typeof(TContext), options)!;
        var cities = db.Cities.Where(c => c.City == "Oslo").Cacheable(configure ?? (_ => { })).ToList();
        return (cities.Single().Customers, db.Last());
    }
}
