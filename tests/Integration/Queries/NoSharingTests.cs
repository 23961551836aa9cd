using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Queries;

public sealed class Named
{
    public string Name { get; set; } = "";
}

public sealed class Titled
{
    public string Name { get; set; } = "";
}

public sealed class Plain;

public sealed class Converted;

public sealed class ConvertedOtherwise;

public sealed class Filtered;

/// <summary>The shop's customers, mapped one way or another.</summary>
public sealed class VariantContext<TVariant>(DbContextOptions options) : DbContext(options)
{
    public DbSet<Customer> Customers => Set<Customer>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        var customers = modelBuilder.Entity<Customer>().ToTable("Customers");
        modelBuilder.Entity<Order>().ToTable("Orders");
        modelBuilder.Entity<Line>().ToTable("Lines");
        if (typeof(TVariant) == typeof(Converted))
        {
            customers.Property(c => c.Name).HasConversion(v => v, v => v + "!");
        }
        else if (typeof(TVariant) == typeof(ConvertedOtherwise))
        {
            customers.Property(c => c.Name).HasConversion(v => v, v => v + "?");
        }
        else if (typeof(TVariant) == typeof(Filtered))
        {
            customers.HasQueryFilter(c => c.City != null);
        }
    }
}

/// <summary>Questions that send the same SQL, or nearly, and have answers of their own.</summary>
public abstract class NoSharingTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : NoSharingTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : NoSharingTests(Provider.Postgres)
    {
        // Guards ConnectionIdentity: the session's settings are part of the connection string.
        [Fact]
        public void WhenTheConnectionStringSetsTheSession_EachSessionHasItsOwnAnswers()
        {
            Shop.Execute("CREATE SCHEMA other; CREATE TABLE other.\"Customers\" AS SELECT * FROM \"Customers\" WHERE \"City\" IS NULL");
            var cs = Shop.ConnectionString;
            Apart(
                () => Count(cs + ";Search Path=public"), () => Count(cs + ";Search Path=other"), () => Count(cs + ";Search Path=public;Timezone=Asia/Tokyo"));

            (object?, QueryOutcome?) Count(string connectionString)
            {
                using var db = Shop.Make(b => b.UseNpgsql(connectionString).Quiet().UseZooCache(Shop.Cache).KeepCompiled(Provider.Postgres, withZooCache: true));
                return (db.Customers.Cacheable().Count(), db.Last());
            }
        }

        // Guards CommandObserver.MarkSessionChanged and QueryKey.WriteVarying.
        [Fact]
        public void WhenSqlSetsTheSession_ItIsCachedOnlyUnderADeclaredValue()
        {
            Shop.Execute("CREATE SCHEMA other; CREATE TABLE other.\"Customers\" AS SELECT * FROM \"Customers\" WHERE \"City\" IS NULL");
            Ask("public", vary: false, seen: true).ShouldBe((3, Outcomes.Bypass("session-changed")));
            Ask("other", vary: false, seen: true).ShouldBe((1, Outcomes.Bypass("session-changed")));
            Apart(() => Ask("public", vary: true, seen: false), () => Ask("other", vary: true, seen: false));
            Ask("public", vary: true, seen: true).Item1.ShouldBe(3);
            Ask("other", vary: true, seen: true).Item1.ShouldBe(1);

            (object?, QueryOutcome?) Ask(string path, bool vary, bool seen)
            {
                using var connection = Shop.Database.Connect();
                using var db = Shop.OpenOn(connection, z => _ = vary ? z.VaryBy((DbContext _) => path) : z);
                using var command = connection.CreateCommand();
                command.CommandText = path == "other" ? "SET search_path TO other" : "SET search_path TO public";
                _ = seen ? db.Database.ExecuteSqlRaw(path == "other" ? "SET search_path TO other" : "SET search_path TO public") : command.ExecuteNonQuery();
                return (db.Customers.Cacheable().Count(), db.Last());
            }
        }
    }

    private protected Scratch<ShopContext> Shop { get; } = ShopData.Scratch(provider: provider);

    public void Dispose() => Shop.Dispose();

    // Guards PlanIdentity.Key: its query, its tracking, its splitting, its columns.
    [Fact]
    public void WhenTwoQueriesAreNearlyOne_EachHasItsOwnAnswer()
        => Apart(
            Asked(db => db.Customers.OrderBy(c => c.Id).Cacheable().ToList()),
            Asked(db => db.Customers.OrderBy(c => c.Id).AsNoTracking().Cacheable().ToList()),
            Asked(db => db.Customers.OrderBy(c => c.Id).AsNoTrackingWithIdentityResolution().Cacheable().ToList()),
            Asked(db => db.Customers.OrderByDescending(c => c.Id).Cacheable().ToList()),
            Asked(db => db.Customers.OrderBy(c => c.Id).Include(c => c.Orders).Cacheable().ToList()),
            Asked(db => db.Customers.OrderBy(c => c.Id).Include(c => c.Orders).AsSplitQuery().Cacheable().ToList()),
            Asked(db => db.Customers.OrderBy(c => c.Id).Include(c => c.Orders).ThenInclude(o => o.Lines).Cacheable().ToList()),
            Asked(db => db.Customers.OrderBy(c => c.Id).Select(c => c.Name).Cacheable().ToList()),
            Asked(db => db.Customers.OrderBy(c => c.Id).Select(c => c.City).Cacheable().ToList()),
            Asked(db => db.Customers.OrderBy(c => c.Id).Select(c => new Named { Name = c.Name }).Cacheable().ToList()),
            Asked(db => db.Customers.OrderBy(c => c.Id).Select(c => new Titled { Name = c.Name }).Cacheable().ToList()),
            Asked(db => db.Customers.OrderBy(c => c.Id).Select(c => c.Id).Cacheable().ToList()),
            Asked(db => db.Customers.OrderBy(c => c.Id).Select(c => (long)c.Id).Cacheable().ToList()),
            Asked(db => db.Customers.OrderBy(c => c.Id).Select(c => (int?)c.Id).Cacheable().ToList()),
            Asked(db => db.Customers.OrderBy(c => c.Id).Cacheable().First()),
            Asked(db => db.Customers.OrderBy(c => c.Id).Where(c => c.Id == 1).Cacheable().Single()));

    // Guards PlanIdentity.Identities, kept for each model, and Key's context type.
    [Fact]
    public void WhenTwoModelsMapOneTableDifferently_EachHasItsOwnAnswers()
        => Apart(As<Plain>, As<Converted>, As<ConvertedOtherwise>, As<Filtered>);

    // Guards ConnectionIdentity, and the provider in it.
    [Fact]
    public void WhenTwoDatabasesShareACache_EachHasItsOwnAnswers()
    {
        using var other = ShopData.Scratch(provider: provider);
        using var elsewhere = ShopData.Scratch(provider: Provider.Sqlite);
        other.Execute("DELETE FROM \"Lines\" WHERE \"Id\" > 1");
        elsewhere.Execute("DELETE FROM \"Lines\" WHERE \"Id\" > 2");
        Apart([.. new[] { Shop, other, elsewhere }.Select<Scratch<ShopContext>, Func<(object?, QueryOutcome?)>>(s => () =>
        {
            using var db = Shop.Make(b =>
            {
                s.Database.Use(b);
                b.UseZooCache(Shop.Cache).KeepCompiled(s.Database.Provider, withZooCache: true);
            });
            return (db.Lines.Cacheable().Count(), db.Last());
        })]);
    }

    // Guards ConnectionActivity.PrivateId: a database in memory is its connection's, and gone when that closes.
    [Fact]
    public void WhenDatabasesLiveInMemory_EachConnectionHasItsOwnAnswers()
    {
        using var one = new SqliteConnection("Data Source=:memory:");
        using var other = new SqliteConnection("Data Source=:memory:");
        Fill(one, 1);
        Fill(other, 2);
        Apart(() => Count(one), () => Count(other));
        one.Close();
        Fill(one, 3);
        Count(one).ShouldBe((3, Outcomes.NotFound));
        Count(other).ShouldBe((2, Outcomes.Hit));

        void Fill(SqliteConnection connection, int customers)
        {
            connection.Open();
            using var db = Shop.Make(b => b.UseSqlite(connection).Quiet().KeepCompiled(Provider.Sqlite, withZooCache: false));
            db.Database.EnsureCreated();
            db.AddRange(Enumerable.Range(1, customers).Select(i => new Customer { Name = $"{i}" }));
            db.SaveChanges();
        }

        (object?, QueryOutcome?) Count(SqliteConnection connection)
        {
            using var db = Shop.Make(b => b.UseSqlite(connection).Quiet().UseZooCache(Shop.Cache).KeepCompiled(Provider.Sqlite, withZooCache: true));
            return (db.Customers.Cacheable().Count(), db.Last());
        }
    }

    // Guards ConnectionIdentity, SharesUncommitted: connections with a shared cache may read what others haven't committed.
    [Theory]
    [InlineData(";Cache=Shared")]
    [InlineData(";cache = shared")]
    public void WhenConnectionsShareTheirPages_NothingIsCached(string option)
    {
        using var file = ShopData.Scratch(provider: Provider.Sqlite);
        for (var i = 0; i < 2; i++)
        {
            using var db = Shop.Make(b => b.UseSqlite(file.ConnectionString + option).Quiet().UseZooCache(Shop.Cache).KeepCompiled(Provider.Sqlite, withZooCache: true));
            db.Ask(x => x.Customers.Cacheable().Count()).ShouldBe(Outcomes.Bypass("dirty-reads"));
        }
    }

    private (object?, QueryOutcome?) As<TVariant>()
    {
        var builder = new DbContextOptionsBuilder();
        Shop.Database.Use(builder);
        builder.KeepCompiled(provider, withZooCache: true);
        using var db = new VariantContext<TVariant>(builder.UseZooCache(Shop.Cache).Options);
        return (Dump.Of(db.Customers.AsNoTracking().OrderBy(c => c.Id).Cacheable().ToList()), db.Last());
    }

    private Func<(object?, QueryOutcome?)> Asked(Func<ShopContext, object?> query) => () =>
    {
        using var db = Shop.Open();
        return (Dump.Of(query(db)) + db.ChangeTracker.DebugView.ShortView, db.Last());
    };

    /// <summary>Asks each question once, and misses; then all of them again, and hits, with the same answers.</summary>
    private static void Apart(params Func<(object? Answer, QueryOutcome? Outcome)>[] questions)
    {
        var answers = questions.Select(ask =>
        {
            var (answer, outcome) = ask();
            outcome.ShouldBe(Outcomes.NotFound);
            return answer;
        }).ToList();
        questions.Select(ask => ask()).ShouldBe(answers.Select(a => (a, (QueryOutcome?)Outcomes.Hit)));
    }
}
