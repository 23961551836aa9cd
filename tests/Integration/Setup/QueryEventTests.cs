using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Logging;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Setup;

/// <summary>EF's own diagnostics tell what became of a query.</summary>
public sealed class QueryEventTests : IDisposable
{
    private readonly Scratch<ShopContext> _shop = ShopData.Scratch();

    public void Dispose() => _shop.Dispose();

    [Fact]
    public void WhatBecameOfAQuery_IsLogged()
    {
        var lines = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            using var db = Open(o => o.LogTo(lines.Add, [ZooCacheEventId.QueryServed, ZooCacheEventId.QueryMissed, ZooCacheEventId.QueryBypassed], options: DbContextLoggerOptions.Id));
            db.Customers.Where(c => c.Id == 1).Cacheable().Single();
            db.Customers.Where(c => c.Id == 2).ToList();
        }

        using (var db = Open(o => o.LogTo(lines.Add, [ZooCacheEventId.QueryBypassed], options: DbContextLoggerOptions.Id)))
        {
            db.Customers.Where(c => EF.Functions.Random() > 2).Cacheable().ToList();
        }

        lines.Select(l => string.Join(' ', l.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))).ShouldBe(
            [
                "ZooCacheEventId.QueryMissed[41001] The cache has no answer to a query, and the database is asked: Miss (not-found).",
                "ZooCacheEventId.QueryServed[41000] The cache has answered a query: Hit (hit).",
                "ZooCacheEventId.QueryBypassed[41002] The cache has no part in a query: Bypass (unknown-function: random).",
            ]);
    }

    [Fact]
    public async Task WhereWarningsThrow_AQueryThatIsntCachedFails()
    {
        await using var db = Open(o => o.ConfigureWarnings(w => w.Throw(ZooCacheEventId.QueryBypassed)));
        (await db.Customers.Cacheable().ToListAsync()).ShouldNotBeEmpty();
        (await db.Customers.ToListAsync()).ShouldNotBeEmpty();
        await using var transaction = await db.Database.BeginTransactionAsync();
        (await Should.ThrowAsync<InvalidOperationException>(() => db.Customers.Cacheable().ToListAsync())).Message.ShouldContain("in-transaction");
        await transaction.RollbackAsync();
        (await db.Customers.Cacheable().ToListAsync()).ShouldNotBeEmpty();
    }

    [Fact]
    public void WhatNobodyWantsFromTheCache_IsNoEvent()
    {
        using var db = Open(o => o.ConfigureWarnings(w => w.Throw(ZooCacheEventId.QueryBypassed)));
        db.Customers.NotCacheable().ToList().ShouldNotBeEmpty();
        var customer = db.Customers.First();
        db.Entry(customer).Reload();
        db.Entry(customer).GetDatabaseValues().ShouldNotBeNull();
        _shop.Cache.Enabled = false;
        db.Customers.Cacheable().ToList().ShouldNotBeEmpty();
    }

    [Fact]
    public void WhereAMissThrows_OthersWhoAskGoOn()
    {
        using (var db = Open(o => o.ConfigureWarnings(w => w.Throw(ZooCacheEventId.QueryMissed))))
        {
            Should.Throw<InvalidOperationException>(() => db.Customers.Cacheable().ToList()).Message.ShouldContain("ZooCacheEventId.QueryMissed");
        }

        using var other = Open(o => o);
        other.Customers.Cacheable().ToList().ShouldNotBeEmpty();
        other.Customers.Cacheable().ToList().ShouldNotBeEmpty();
        other.Cache().LastQuery!.Source.ShouldBe(QueryResultSource.Hit);
    }

    [Fact]
    public void WhatIsWatched_IsNoMissToListeners()
    {
        using var shop = ShopData.Scratch(new ZooCacheOptions { WatchdogShare = 1 });
        var missed = 0;
        using var db = shop.Open(more: o => o.LogTo(_ => missed = missed == 0 ? 1 : throw new InvalidTimeZoneException("What it throws would be taken for the database's."), [ZooCacheEventId.QueryMissed]));
        db.Customers.AsNoTracking().Cacheable().ToList().ShouldNotBeEmpty();
        missed.ShouldBe(1);
        db.Customers.AsNoTracking().Cacheable().ToList().ShouldNotBeEmpty();
        db.Cache().LastQuery!.Reason.ShouldBe("watchdog");
        shop.Cache.GetStatistics().WatchedByResult.ShouldBe(new Dictionary<string, long>(StringComparer.Ordinal) { ["same"] = 1 });
    }

    [Fact]
    public void WhoListensToEF_IsGivenTheOutcome()
    {
        using var db = _shop.Open();
        using var all = DiagnosticListener.AllListeners.Subscribe(new Observer<DiagnosticListener>(l =>
        {
            if (l.Name == DbLoggerCategory.Name)
            {
                // To these alone: whoever listens to commands changes what EF does for other tests.
                l.Subscribe(new Observer<KeyValuePair<string, object?>>(e => Heard(e)), name => name == ZooCacheEventId.QueryMissed.Name || name == ZooCacheEventId.QueryServed.Name);
            }
        }));
        db.Customers.Cacheable().ToList();
        db.Customers.Cacheable().ToList();
        _heard.ShouldBe([(ZooCacheEventId.QueryMissed.Name!, "Miss (not-found)"), (ZooCacheEventId.QueryServed.Name!, "Hit (hit)")]);

        // Other tests run beside this one.
        void Heard(KeyValuePair<string, object?> e)
        {
            if (e.Value is QueryOutcomeEventData data && ReferenceEquals(data.Context, db))
            {
                _heard.Add((e.Key, data.Outcome.ToString()));
            }
        }
    }

    private readonly List<(string Event, string Outcome)> _heard = [];

    private ShopContext Open(Func<DbContextOptionsBuilder, DbContextOptionsBuilder> configure) => _shop.Open(more: o => configure(o));

    private sealed class Observer<T>(Action<T> next) : IObserver<T>
    {
        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void OnNext(T value) => next(value);
    }
}
