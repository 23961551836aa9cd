using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Setup;

/// <summary>Whoever listens to the commands of a context hears with ZooCache exactly what they hear without.</summary>
public abstract class CommandEventsTests(Provider provider) : IDisposable
{
    // A listener to EF's diagnostics hears, and changes, what EF does in the whole process: one after the other.
    [Collection(nameof(CommandEventsTests))]
    public sealed class OnSqlite() : CommandEventsTests(Provider.Sqlite);

    [NeedsPostgres]
    [Collection(nameof(CommandEventsTests))]
    public sealed class OnPostgres() : CommandEventsTests(Provider.Postgres);

    private readonly Scratch<ShopContext> _shop = ShopData.Scratch(provider: provider);
    private readonly Scratch<ShopContext> _plain = ShopData.Scratch(provider: provider);

    public void Dispose()
    {
        _shop.Dispose();
        _plain.Dispose();
    }

    // Guards ObservingCommandLogger: each method calls EF's with what it was given.
    [Theory]
    [InlineData(Listeners.Interceptor)]
    [InlineData(Listeners.LogTo)]
    [InlineData(Listeners.LoggerFactory)]
    [InlineData(Listeners.DiagnosticListener)]
    [InlineData(Listeners.Interceptor | Listeners.LogTo | Listeners.LoggerFactory | Listeners.DiagnosticListener)]
    public async Task WhenSomebodyListens_TheyHearWhatTheyHearWithoutTheCache(Listeners who)
    {
        var heard = await Hear(_shop, withCache: true, who);
        var plain = await Hear(_plain, withCache: false, who);
        plain.ShouldNotBeEmpty();
        ShouldBeTheSame(heard, plain);
    }

    // Guards ObservingCommandLogger.Declines: having found that nobody listens, EF doesn't look again for a while.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenSomebodyBeginsToListenLate_TheyHearWhatTheyHearWithoutTheCache(bool looksAgain)
    {
        var cacheTime = looksAgain ? TimeSpan.Zero : TimeSpan.FromHours(1);
        var heard = await HearLate(_shop, withCache: true, cacheTime);
        var plain = await HearLate(_plain, withCache: false, cacheTime);
        plain.Any(line => line.Contains("Executed DbCommand")).ShouldBe(looksAgain);
        plain.ShouldContain(line => line.Contains("Failed executing"));
        ShouldBeTheSame(heard, plain);
    }

    // With one, EF makes its event objects for each command.
    [Fact]
    public void WhenTheApplicationHasNoCommandInterceptor_EFHasNone()
    {
        using var db = _shop.Open();
        db.GetService<IInterceptors>().Aggregate<IDbCommandInterceptor>().ShouldBeNull();
    }

    // Guards ServiceDecoration: EF forwards its two names for the logger to one registration.
    [Fact]
    public void WhenEFAsksForItsLoggerByEitherName_ItIsTheSame()
    {
        using var db = _shop.Open();
        var logger = db.GetService<IRelationalCommandDiagnosticsLogger>();
        db.GetService<IDiagnosticsLogger<DbLoggerCategory.Database.Command>>().ShouldBeSameAs(logger);
        logger.GetType().Assembly.ShouldBe(typeof(DbContextCache).Assembly);
    }

    private static void ShouldBeTheSame(List<string> heard, List<string> plain)
    {
        foreach (var (one, other) in heard.Zip(plain))
        {
            one.ShouldBe(other);
        }

        heard.Count.ShouldBe(plain.Count);
    }

    private static async Task<List<string>> Hear(Scratch<ShopContext> shop, bool withCache, Listeners who)
    {
        using var ear = new CommandEar();
        await using (var db = Open(shop, withCache, b => ear.Listen(b, who)))
        {
            ear.Context = db;
            await Work(db, shop.Database.Provider);
        }

        return ear.Heard;
    }

    private static async Task<List<string>> HearLate(Scratch<ShopContext> shop, bool withCache, TimeSpan cacheTime)
    {
        using var ear = new CommandEar { IsDeaf = true };
        await using (var db = Open(shop, withCache, b => ear.Listen(b, Listeners.LoggerFactory).ConfigureLoggingCacheTime(cacheTime)))
        {
            ear.Context = db;
            await Work(db, shop.Database.Provider);
            ear.IsDeaf = false;
            await Work(db, shop.Database.Provider);
        }

        return ear.Heard;
    }

    private static ShopContext Open(Scratch<ShopContext> shop, bool withCache, Action<DbContextOptionsBuilder> listen)
        => withCache ? shop.Open(more: listen) : shop.Uncached(listen);

    /// <summary>Reads, saves, raw SQL, failures; each way to execute, synchronously or not.</summary>
    private static async Task Work(ShopContext db, Provider provider)
    {
        var city = "Oslo";
        _ = db.Customers.Where(c => c.City == city).OrderBy(c => c.Id).ToList();
        _ = await db.Customers.Include(c => c.Orders).AsSplitQuery().OrderBy(c => c.Id).ToListAsync();
        _ = db.Orders.AsNoTracking().OrderBy(o => o.Id).AsEnumerable().First();
        _ = await db.Lines.CountAsync();
        _ = db.Customers.FromSql($"SELECT * FROM \"Customers\" WHERE \"Id\" > {1}").OrderBy(c => c.Id).ToList();

        var customer = db.Customers.OrderBy(c => c.Id).First();
        customer.Name += "!";
        db.SaveChanges();
        var added = new Customer { Name = "New" };
        db.Add(added);
        await db.SaveChangesAsync();
        db.Remove(added);
        await db.SaveChangesAsync();
        _ = db.Lines.Where(l => l.Id == 1).ExecuteUpdate(s => s.SetProperty(l => l.Quantity, 3));
        _ = await db.Lines.Where(l => l.Id < 0).ExecuteDeleteAsync();

        const string Update = "UPDATE \"Lines\" SET \"Quantity\" = 4 WHERE \"Id\" = 2";
        _ = db.Database.ExecuteSql($"UPDATE \"Lines\" SET \"Quantity\" = {5} WHERE \"Id\" = 2");
        _ = await db.Database.ExecuteSqlRawAsync(Update);
        var raw = new RelationalCommandParameterObject(
            db.GetService<IRelationalConnection>(), null, null, db, db.GetService<IRelationalCommandDiagnosticsLogger>(), CommandSource.ExecuteSqlRaw);
        var command = db.GetService<IRawSqlCommandBuilder>().Build(Update + " RETURNING \"Quantity\"");
        _ = command.ExecuteScalar(raw);
        _ = await command.ExecuteScalarAsync(raw);
        using (var reader = command.ExecuteReader(raw))
        {
            reader.Read().ShouldBeTrue();
        }

        var wrong = db.GetService<IRawSqlCommandBuilder>().Build("SELECT nobody");
        Should.Throw<Exception>(() => wrong.ExecuteNonQuery(raw));
        await Should.ThrowAsync<Exception>(() => wrong.ExecuteNonQueryAsync(raw));
        Should.Throw<Exception>(() => wrong.ExecuteScalar(raw));
        await Should.ThrowAsync<Exception>(() => wrong.ExecuteScalarAsync(raw));
        Should.Throw<Exception>(() => wrong.ExecuteReader(raw));
        await Should.ThrowAsync<Exception>(() => wrong.ExecuteReaderAsync(raw));
        if (provider == Provider.Postgres)
        {
            using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
            await Should.ThrowAsync<OperationCanceledException>(() => db.Database.ExecuteSqlRawAsync("SELECT pg_sleep(60)", source.Token));
        }
    }
}
