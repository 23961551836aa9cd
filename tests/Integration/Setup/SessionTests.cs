using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Setup;

/// <summary>Settings of a PostgreSQL session that raw SQL changes.</summary>
[NeedsPostgres]
public sealed class SessionTests : IDisposable
{
    private readonly ShopDatabase _shop = new(provider: Provider.Postgres);

    public void Dispose() => _shop.Dispose();

    // Guards ConnectionActivity.MarkSession and SqlReader.ConcernsTransactions.
    [Theory]
    [InlineData("SET TIME ZONE 'UTC'", true)]
    [InlineData("SET search_path TO public", true)]
    [InlineData("RESET search_path", true)]
    [InlineData("RESET ALL", true)]
    [InlineData("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE", false)]
    [InlineData("SET default_transaction_isolation = 'serializable'", false)]
    [InlineData("CREATE TEMP TABLE \"Customers\" (\"Id\" int)", false)]
    public void WhenSettingsWereChanged_NothingIsKeptUnlessTheUserSaysWhatTheyMean(string sql, bool mayBeDeclared)
    {
        var session = Outcomes.Bypass("session-changed");
        AskAfter(null).ShouldBe(session);
        AskAfter(z => z.VaryBy((DbContext _) => "a")).ShouldBe(mayBeDeclared ? Outcomes.NotFound : session);
        AskAfter(z => z.SessionIndependent()).ShouldBe(mayBeDeclared ? Outcomes.NotFound : session);

        QueryOutcome? AskAfter(Action<ZooCacheContextOptionsBuilder>? configure)
        {
            using var db = _shop.Open(configure);
            db.Database.OpenConnection();
            db.Database.ExecuteSqlRaw(sql);
            return db.Ask(x => x.Lines.Cacheable().Count());
        }
    }
}
