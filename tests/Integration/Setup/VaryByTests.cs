using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using static ZooCache.Integration.Tests.Support.Outcomes;

namespace ZooCache.Integration.Tests.Setup;

/// <summary>Values beyond the SQL that an answer is an answer to: <c>UseZooCache(z => z.VaryBy(…))</c>.</summary>
public sealed class VaryByTests : IDisposable
{
    private readonly ShopDatabase _shop = new();

    public void Dispose() => _shop.Dispose();

    public static TheoryData<string> Values => new(Pairs.Keys);

    /// <summary>Values that are different and look alike, each beside a copy of itself.</summary>
    private static readonly Dictionary<string, (object? One, object? Same, object? Other)> Pairs = new()
    {
        ["text"] = ("a", new string('a', 1), "A"),
        ["null and empty"] = (null, null, ""),
        ["number and text"] = (1, 1, "1"),
        ["numbers of two types"] = (1, 1, 1L),
        ["scale of a decimal"] = (1.0m, 1.0m, 1.00m),
        ["Guid"] = (Guid.Empty, default(Guid), new Guid(1, 0, 0, new byte[8])),
        ["date and its kind"] = (new DateTime(1, DateTimeKind.Utc), new DateTime(1, DateTimeKind.Utc), new DateTime(1, DateTimeKind.Local)),
        ["enum"] = (DayOfWeek.Friday, DayOfWeek.Friday, DayOfWeek.Monday),
        ["list"] = (new[] { "a", "b" }, new List<string> { "a", "b" }, new[] { "ab" }),
    };

    // Guards QueryKey.WriteVarying: without it all three contexts share one answer.
    [Theory]
    [MemberData(nameof(Values))]
    public void WhenTheValueDiffers_NoAnswerIsShared(string name)
    {
        var (one, same, other) = Pairs[name];
        object? current = null;
        AskWith(one).ShouldBe(NotFound);
        AskWith(other).ShouldBe(NotFound);
        AskWith(same).ShouldBe(Hit);
        AskWith(other).ShouldBe(Hit);

        QueryOutcome? AskWith(object? value)
        {
            current = value;
            return Ask(z => z.VaryBy((DbContext _) => current));
        }
    }

    [Fact]
    public void WhenThereAreSeveralValues_EachCounts_AndTheirOrderDoes()
    {
        Ask(Two("a", "b")).ShouldBe(NotFound);
        Ask(Two("b", "a")).ShouldBe(NotFound);
        Ask(Two("ab", "")).ShouldBe(NotFound);
        Ask(Two("a", "b")).ShouldBe(Hit);
        Ask(z => z.VaryBy((DbContext _) => "a")).ShouldBe(NotFound);
        Ask().ShouldBe(NotFound);
        Ask().ShouldBe(Hit);

        static Action<ZooCacheContextOptionsBuilder> Two(string one, string two)
            => z => z.VaryBy((DbContext _) => one).VaryBy((DbContext _) => two);
    }

    // Guards VaryingValue.FunctionId: the tenant "1" of one context is not the role "1" of another.
    [Fact]
    public void WhenTwoContextsVaryByDifferentThings_EqualValuesShareNoAnswer()
    {
        Ask(z => z.VaryBy((DbContext db) => db.Model.GetEntityTypes().Count() > 0 ? "1" : null)).ShouldBe(NotFound);
        Ask(z => z.VaryBy((DbContext db) => db.GetType() == typeof(ShopContext) ? "1" : null)).ShouldBe(NotFound);
    }

    // Guards VaryingValue.Read: a pooled context lives longer than the request whose value was asked for first.
    [Fact]
    public void WhenAPooledContextComesBack_TheValueIsAskedForAgain()
    {
        var services = new ServiceCollection();
        services.AddSingleton<Tenant>();
        services.AddDbContextPool<ShopContext>(
            o => o.UseSqlite(_shop.ConnectionString).Quiet().UseZooCache(_shop.Cache, z => z.VaryBy(sp => sp.GetRequiredService<Tenant>().Name)), poolSize: 1);
        using var provider = services.BuildServiceProvider(validateScopes: true);
        var contexts = new HashSet<DbContext>(ReferenceEqualityComparer.Instance);
        AskAs("a").ShouldBe(NotFound);
        AskAs("b").ShouldBe(NotFound);
        AskAs("a").ShouldBe(Hit);
        contexts.Count.ShouldBe(1);

        QueryOutcome? AskAs(string tenant)
        {
            provider.GetRequiredService<Tenant>().Name = tenant;
            using var scope = provider.CreateScope();
            var db = scope.ServiceProvider.GetRequiredService<ShopContext>();
            contexts.Add(db);
            return db.Ask(x => x.Customers.Cacheable().Count());
        }
    }

    [Fact]
    public void WhenTheContextIsScoped_TheValueComesFromItsScope()
    {
        var services = new ServiceCollection();
        services.AddScoped<Tenant>();
        services.AddDbContext<ShopContext>(
            o => o.UseSqlite(_shop.ConnectionString).Quiet().UseZooCache(_shop.Cache, z => z.VaryBy(sp => sp.GetRequiredService<Tenant>().Name)));
        using var provider = services.BuildServiceProvider(validateScopes: true);
        AskAs("a").ShouldBe(NotFound);
        AskAs("b").ShouldBe(NotFound);
        AskAs("a").ShouldBe(Hit);

        QueryOutcome? AskAs(string tenant)
        {
            using var scope = provider.CreateScope();
            scope.ServiceProvider.GetRequiredService<Tenant>().Name = tenant;
            return scope.ServiceProvider.GetRequiredService<ShopContext>().Ask(x => x.Customers.Cacheable().Count());
        }
    }

    [Fact]
    public void WhenThereAreNoApplicationServices_TheErrorNamesTheSettingAndTheWayOut()
        => Should.Throw<InvalidOperationException>(() => Ask(z => z.VaryBy((IServiceProvider sp) => sp.GetRequiredService<Tenant>().Name))).Message
            .ShouldBe("UseZooCache(z => z.VaryBy(services => …)) asks for the application's service provider, and the options of ShopContext have none. Register the context with AddDbContext(…) or the like, call UseApplicationServiceProvider(…) on its options, or use VaryBy((DbContext context) => …).");

    [Fact]
    public void WhenTheValueIsOfAnotherType_TheErrorNamesTheSetting_AndNoSecret()
        => Should.Throw<InvalidOperationException>(() => Ask(z => z.VaryBy((DbContext _) => new Uri("https://secret/")))).Message
            .ShouldStartWith("UseZooCache(z => z.VaryBy(…)) gave a value of type Uri");

    [Fact]
    public void WhenTheFunctionThrows_TheCallerGetsIt_AndNobodyWaits()
    {
        Should.Throw<TimeoutException>(() => Ask(z => z.VaryBy((DbContext _) => throw new TimeoutException("mine")))).Message.ShouldBe("mine");
        _shop.Cache.Flights.Count.ShouldBe(0);
    }

    [Fact]
    public void WhenNobodyAskedForCaching_TheFunctionIsNotCalled()
    {
        using var db = _shop.Open(z => z.VaryBy((DbContext _) => throw new TimeoutException("mine")));
        db.Ask(x => x.Customers.Count()).ShouldBe(Bypass("not-requested"));
    }

    // Row-level security by a connection interceptor: the SQL is the same, the answers are not.
    // Guards QueryLookup.ReasonAgainst (HasForeignConnectionInterceptor) and, with VaryBy, QueryKey.WriteVarying.
    [Fact]
    public void WhenAConnectionInterceptorSetsTheSession_ItIsCachedOnlyOnceVaryByTellsTheSessionsApart()
    {
        Ask("Oslo", vary: false).ShouldBe((2, Bypass("connection-interceptor")));
        Ask("Bergen", vary: false).ShouldBe((0, Bypass("connection-interceptor")));
        foreach (var outcome in new[] { NotFound, Hit })
        {
            Ask("Oslo", vary: true).ShouldBe((2, outcome));
            Ask("Bergen", vary: true).ShouldBe((0, outcome));
        }

        using (var db = _shop.Uncached())
        {
            db.Customers.Count().ShouldBe(3);
        }

        (int, QueryOutcome?) Ask(string city, bool vary)
        {
            var builder = new DbContextOptionsBuilder<ShopContext>()
                .UseSqlite(_shop.ConnectionString + ";Pooling=False").Quiet()
                .UseZooCache(_shop.Cache, z => _ = vary ? z.VaryBy((DbContext _) => city) : z)
                .AddInterceptors(new OnlyCity(city));
            using var db = new ShopContext(builder.Options);
            return (db.Customers.Cacheable().Count(), db.Last());
        }
    }

    // Guards QueryLookup.ReasonOf: declared settings are no obstacle, a transaction and what names mean are.
    [Theory]
    [InlineData("SELECT unknown_function()", "session-changed", null)]
    [InlineData("BEGIN", "in-transaction", "in-transaction")]
    [InlineData("BEGIN; UPDATE Lines SET Quantity = 1 WHERE 0", "in-transaction", "in-transaction")]
    [InlineData("SAVEPOINT x", "in-transaction", "in-transaction")]
    [InlineData("PRAGMA read_uncommitted = 1", "session-changed", "session-changed")]
    [InlineData("CREATE TEMP TABLE x (y)", "session-changed", "session-changed")]
    public void WhenTheSessionWasChangedInSql_DeclaringItAllowsForSettingsAndNotForTransactions(string sql, string undeclared, string? declared)
    {
        AskAfter(null).ShouldBe(Bypass(undeclared));
        AskAfter(z => z.VaryBy((DbContext _) => "a")).ShouldBe(declared is null ? NotFound : Bypass(declared));
        AskAfter(z => z.SessionIndependent()).ShouldBe(declared is null ? NotFound : Bypass(declared));

        QueryOutcome? AskAfter(Action<ZooCacheContextOptionsBuilder>? configure)
        {
            using var connection = new SqliteConnection(_shop.ConnectionString + ";Pooling=False");
            connection.Open();
            connection.CreateFunction("unknown_function", () => 1);
            using var db = new ShopContext(new DbContextOptionsBuilder<ShopContext>()
                .UseSqlite(connection).Quiet().UseZooCache(_shop.Cache, configure).Options);
            db.Database.ExecuteSqlRaw(sql);
            var outcome = db.Ask(x => x.Customers.Cacheable().Count());
            connection.Close();
            return outcome;
        }
    }

    private QueryOutcome? Ask(Action<ZooCacheContextOptionsBuilder>? configure = null)
    {
        using var db = _shop.Open(configure);
        return db.Ask(x => x.Customers.Cacheable().Count());
    }

    private sealed class Tenant
    {
        public string Name { get; set; } = "";
    }

    /// <summary>A session that sees the customers of one city: a temporary table hides the real one.</summary>
    private sealed class OnlyCity(string city) : DbConnectionInterceptor
    {
        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            using var command = connection.CreateCommand();
            command.CommandText = "CREATE TEMP VIEW Customers AS SELECT * FROM main.Customers WHERE City = '" + city + "'";
            command.ExecuteNonQuery();
        }
    }
}
