using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.EFCore.Connections;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;
using static ZooCache.Integration.Tests.Support.Outcomes;

namespace ZooCache.Integration.Tests.Setup;

/// <summary>Servers that are behind the one that is written to.</summary>
public sealed class ReplicaTests
{
    private static readonly TimeSpan Lag = TimeSpan.FromSeconds(10);

    // Guards ReplicaRouting.MayReach.
    [Theory]
    [InlineData("Host=a;Database=x", false)]
    [InlineData("Host=a,b;Database=x", true)]
    [InlineData("Host=a:5432,b:5433;Load Balance Hosts=true", true)]
    [InlineData("Host=a,b;Target Session Attributes=any", true)]
    [InlineData("Host=a,b;Target Session Attributes=primary", false)]
    [InlineData("Host=a,b;TargetSessionAttributes=Read-Write", false)]
    [InlineData("Host=a,b;Target Session Attributes=ReadWrite", false)]
    [InlineData("Host=a,b;Target Session Attributes=standby", true)]
    [InlineData("Host=a;Target Session Attributes=prefer-standby", true)]
    [InlineData("Host=a,b;Target Session Attributes=prefer-primary", true)]
    [InlineData("Server=a,b;Database=x", true)]
    [InlineData("Server=tcp:a,1433;Database=x", false)]
    [InlineData("Server=a;Application Intent=ReadOnly", true)]
    [InlineData("Server=a;ApplicationIntent=ReadWrite", false)]
    [InlineData("Data Source=a.db", false)]
    public void WhetherAConnectionStringMayLeadToAReplica_IsReadOffIt(string connectionString, bool replica)
        => ConnectionIdentity.Parse(connectionString).MayBeReplica.ShouldBe(replica);

    // Guards QueryLookup.BeginFill (the lag) and FenceHistory. Two files: the second is a copy that the test brings up to
    // date when it likes. Without the lag the old name would be kept, and served for good.
    [Fact]
    public void WhenAReplicaIsBehind_WhatItMayNotHaveShownYetIsNotKept()
    {
        var time = new ManualTimeProvider();
        using var primary = ShopData.Scratch(new ZooCacheOptions { TimeProvider = time, SweepInterval = TimeSpan.FromDays(20) });
        using var replica = ShopData.Scratch();
        Name().ShouldBe(("Customer 1", NotFound));
        Name().ShouldBe(("Customer 1", Hit));

        using (var db = primary.Open())
        {
            db.Customers.Where(c => c.Id == 1).ExecuteUpdate(s => s.SetProperty(c => c.Name, "Changed"));
        }

        Name().ShouldBe(("Customer 1", Invalidated), "as without a cache");
        time.Advance(Lag - TimeSpan.FromTicks(1));
        Name().ShouldBe(("Customer 1", NotFound), "nor kept");
        replica.Execute("UPDATE \"Customers\" SET \"Name\" = 'Changed' WHERE \"Id\" = 1");
        Name().ShouldBe(("Changed", NotFound));
        time.Advance(Lag + TimeSpan.FromTicks(1));
        Name().ShouldBe(("Changed", NotFound));
        Name().ShouldBe(("Changed", Hit));
        primary.Cache.Flights.Count.ShouldBe(0);

        (string, QueryOutcome?) Name()
        {
            using var db = primary.Make(b => b.UseSqlite(replica.ConnectionString).Quiet().UseZooCache(primary.Cache, z => z.ReplicaLag(Lag)));
            return (db.Customers.AsNoTracking().Cacheable().Single(c => c.Id == 1).Name, db.Last());
        }
    }

    [Fact]
    public void WhenTheLagIsNegative_TheErrorNamesTheSetting()
        => Should.Throw<ArgumentOutOfRangeException>(() => new DbContextOptionsBuilder().UseZooCache(z => z.ReplicaLag(TimeSpan.FromTicks(-1))))
            .Message.ShouldStartWith("ReplicaLag(…) takes");

    [NeedsPostgres]
    public sealed class OnPostgres
    {
        [Fact]
        public void WhenSeveralHostsMayAnswer_NothingIsCachedUnlessTheLagIsDeclared()
        {
            using var shop = ShopData.Scratch(provider: Provider.Postgres);
            AskAt("", null).ShouldBe(NotFound);
            AskAt(";Target Session Attributes=any", null).ShouldBe(Bypass("replica"));
            AskAt(";Target Session Attributes=prefer-standby;Load Balance Hosts=true", null).ShouldBe(Bypass("replica"));
            AskAt(";Target Session Attributes=prefer-standby;Load Balance Hosts=true", z => z.ReplicaLag(TimeSpan.Zero)).ShouldBe(NotFound);
            AskAt(";Target Session Attributes=prefer-standby;Load Balance Hosts=true", z => z.ReplicaLag(TimeSpan.Zero)).ShouldBe(Hit);
            AskAt(";Target Session Attributes=primary", null).ShouldBe(NotFound);

            QueryOutcome? AskAt(string routing, Action<ZooCacheContextOptionsBuilder>? configure)
            {
                var connectionString = routing.Length == 0
                    ? shop.ConnectionString
                    : System.Text.RegularExpressions.Regex.Replace(shop.ConnectionString, "(?i)Host=([^;]*)", "Host=$1,$1") + routing;
                using var db = shop.Make(b => b.UseNpgsql(connectionString).Quiet().UseZooCache(shop.Cache, configure).KeepCompiled(Provider.Postgres, withZooCache: true));
                return db.Ask(x => x.Customers.Cacheable().Count());
            }
        }
    }
}
