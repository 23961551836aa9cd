using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Queries;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Calls;

/// <summary>Results of calls depend, by themselves, on what the queries that run in them depend on.</summary>
public abstract class CallTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : CallTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : CallTests(Provider.Postgres);

    private readonly Scratch<ShopContext> _shop = ShopData.Scratch(provider: provider);
    private int _runs;

    /// <summary>Queries of customer 1, of which each notices that its name or its orders change.</summary>
    public static TheoryData<string> Shapes => new(Questions.Keys);

    private static readonly Dictionary<string, Func<ShopContext, object>> Questions = new()
    {
        ["cached"] = db => db.Customers.Where(c => c.Id == 1).Cacheable().Single().Name,
        ["uncached"] = db => db.Customers.Where(c => c.Id == 1).Single().Name,
        ["uncached, untracked"] = db => db.Customers.AsNoTracking().Where(c => c.Id == 1).Single().Name,
        ["found"] = db => db.Customers.Find(1)!.Name,
        ["projected"] = db => db.Customers.Where(c => c.Id == 1).Select(c => new { c.Name }).Cacheable().Single().Name,
        ["split"] = db => db.Customers.Include(c => c.Orders).AsSplitQuery().Where(c => c.Id == 1).Cacheable().Single() is { } c ? c.Name + c.Orders.Count : "",
        ["split, uncached"] = db => db.Customers.Include(c => c.Orders).AsSplitQuery().Where(c => c.Id == 1).Single() is { } c ? c.Name + c.Orders.Count : "",
        ["loaded afterwards"] = db =>
        {
            var customer = db.Customers.Where(c => c.Id == 1).Cacheable().Single();
            db.Entry(customer).Collection(c => c.Orders).Load();
            return customer.Name + customer.Orders.Count;
        },
        ["read again"] = db =>
        {
            var customer = db.Customers.Single(c => c.Id == 1);
            db.Entry(customer).Reload();
            return customer.Name;
        },
        ["raw SQL that is declared"] = db => db.Customers.FromSql($"SELECT * FROM \"Customers\"").Cacheable(o => o.DependsOn<Customer>()).Where(c => c.Id == 1).Single().Name,
        ["streamed"] = db => string.Concat(db.Customers.Where(c => c.Id == 1).Cacheable().AsEnumerable().Select(c => c.Name)),
        ["compiled"] = db => EF.CompileQuery((ShopContext d, int id) => d.Customers.Where(c => c.Id == id).Select(c => c.Name).Single())(db, 1),
        ["grouped"] = db => string.Concat(db.Customers.Where(c => c.Id == 1).GroupBy(c => c.Name).Cacheable().ToList().Select(g => g.Key)),
    };

    public void Dispose() => _shop.Dispose();

    [Theory]
    [MemberData(nameof(Shapes))]
    public void WhenARowChanges_TheResultOfACallThatHasReadItIsMadeAnew(string shape)
    {
        Ask(shape);
        Ask(shape);
        _runs.ShouldBe(1, _shop.Cache.GetStatistics().FillsRejectedByReason.Select(r => r.ToString()).FirstOrDefault());

        Rename(1, "New");

        Ask(shape).ToString()!.ShouldStartWith("New");
        _runs.ShouldBe(2);
    }

    [Fact]
    public void WhenTheAnswersWereThereAlready_TheResultDependsOnThemToo()
    {
        foreach (var shape in new[] { "cached", "projected", "split", "grouped" })
        {
            using (var db = _shop.Open())
            {
                Questions[shape](db);
            }

            Ask(shape);
            Ask(shape);
            _runs.ShouldBe(1, shape);
            Rename(1, $"New, {shape}");
            Ask(shape).ToString()!.ShouldStartWith($"New, {shape}");
            _shop.Cache.Remove("key");
            _runs = 0;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void WhenAnotherRowChanges_TheResultStays(string shape)
    {
        // What isn't known to be the key's depends on the whole table.
        if (shape is "raw SQL that is declared")
        {
            return;
        }

        Ask(shape);
        Rename(2, "Other");
        Ask(shape);
        _runs.ShouldBe(1);
    }

    [Fact]
    public async Task WhenAskedAtOnceByMany_TheCallRunsOnce()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = Enumerable.Range(0, 200).Select(_ => _shop.Cache.GetOrCreateAsync("names", async (_, token) =>
        {
            Interlocked.Increment(ref _runs);
            await gate.Task.WaitAsync(token);
            await using var db = _shop.Open();
            return await db.Customers.OrderBy(c => c.Id).Select(c => c.Name).Cacheable().ToListAsync(token);
        }).AsTask()).ToList();
        gate.SetResult();
        (await Task.WhenAll(asked)).ShouldAllBe(names => names.Count == 3);
        _runs.ShouldBe(1);
    }

    public static TheoryData<string, string> Untold => new()
    {
        { "not cacheable", "not-cacheable" },
        { "raw SQL", "raw-sql" },
        { "a function that isn't known", "unknown-function" },
        { "in a transaction", "in-transaction" },
        { "disabled", "disabled" },
        { "with something that isn't saved", "context-in-use" },
        { "with an interceptor", "command-interceptor" },
        { "of a replica", "replica" },
        { "made before", "unknown-query" },
        { "made before, and another", "unknown-query" },
        { "begun before", "context-in-use" },
        { "writing", "writes" },
        { "writing a set", "writes" },
    };

    [Theory]
    [MemberData(nameof(Untold))]
    public void WhenItIsntKnownWhatAQueryDependsOn_TheResultIsNotKept(string kind, string reason)
    {
        using var early = _shop.Open();
        var made = EarlyNames(early);
        if (kind == "begun before")
        {
            early.Lines.Load();
        }

        string Ask() => _shop.Cache.GetOrCreate("key", _ =>
        {
            _runs++;
            using var db = kind switch
            {
                "disabled" => _shop.Open(z => z.Disabled()),
                "with an interceptor" => _shop.Open(null, b => b.AddInterceptors(new SilentInterceptor())),
                "of a replica" => _shop.Open(z => z.ReplicaLag(TimeSpan.FromSeconds(1))),
                _ => _shop.Open(),
            };
            switch (kind)
            {
                case "not cacheable":
                    return db.Customers.NotCacheable().First().Name;
                case "raw SQL":
                    return db.Customers.FromSql($"SELECT * FROM \"Customers\"").First().Name;
                case "a function that isn't known":
                    return db.Customers.OrderBy(c => EF.Functions.Random()).First().Name;
                case "in a transaction":
                    using (db.Database.BeginTransaction())
                    {
                        return db.Customers.First().Name;
                    }

                case "with something that isn't saved":
                    db.Customers.Add(new Customer { Name = "new" });
                    return db.Customers.First().Name;
                case "made before":
                    return made.First();
                case "made before, and another":
                    return early.Lines.Count() + made.First();
                case "begun before":
                    early.Customers.Local.Clear();
                    return early.Customers.First().Name;
                case "writing":
                    db.Add(new Customer { Name = "new" });
                    return $"{db.SaveChanges()}";
                case "writing a set":
                    return $"{db.Customers.Where(c => c.Id == 99).ExecuteDelete()}";
                default:
                    return db.Customers.First().Name;
            }
        });

        Ask();
        Ask();

        _runs.ShouldBe(2);
        _shop.Cache.GetStatistics().FillsRejectedByReason.Keys.ShouldContain(reason);
    }

    [Fact]
    public void WhenAContextHasTrackedSomethingBeforeTheCall_ItsOldStateIsNotKept()
    {
        using var db = _shop.Open();
        db.Customers.Load();
        Rename(1, "New");

        // EF hands out the instance that it has.
        string Ask() => _shop.Cache.GetOrCreate("name", _ => db.Customers.Single(c => c.Id == 1).Name);
        Ask().ShouldBe("Customer 1");

        using var other = _shop.Open();
        _shop.Cache.GetOrCreate("name", _ => other.Customers.Single(c => c.Id == 1).Name).ShouldBe("New");
    }

    public static TheoryData<string> Tracked => new() { "changed", "attached", "written", "rolled back", "read", "child added" };

    [Theory]
    [MemberData(nameof(Tracked))]
    public void WhenAContextHasTrackedAnything_WhatItMakesOfThatIsNotKept(string how)
    {
        var id = 1;
        using var db = _shop.Open();
        switch (how)
        {
            case "changed":
                db.Customers.Single(c => c.Id == 1).Name = "mine";
                break;
            case "attached":
                db.Attach(new Customer { Id = 1, Name = "mine" });
                break;
            case "written":
                var written = new Customer { Name = "mine" };
                db.Add(written);
                db.SaveChanges();
                id = written.Id;
                Rename(id, "New");
                break;
            case "rolled back":
                using (var transaction = db.Database.BeginTransaction())
                {
                    db.Update(new Customer { Id = 1, Name = "mine" });
                    db.SaveChanges();
                    transaction.Rollback();
                }

                break;
            case "child added":
                db.Customers.Include(c => c.Orders).Single(c => c.Id == 1).Orders.Add(new Order());
                break;
            default:
                db.Customers.Load();
                Rename(1, "New");
                break;
        }

        string Ask(ShopContext of) => _shop.Cache.GetOrCreate("name", _ => of.Customers.Include(c => c.Orders).Single(c => c.Id == id) is var c ? c.Name + c.Orders.Count : "");
        var mine = Ask(db);
        using var other = _shop.Open();
        Ask(other).ShouldNotBe(mine);
        Ask(other).ShouldBe(other.Customers.AsNoTracking().Include(c => c.Orders).Single(c => c.Id == id) is var truth ? truth.Name + truth.Orders.Count : "");
    }

    [Theory]
    [InlineData("too large")]
    [InlineData("declined")]
    public void WhenAnAnswerIsNotKept_TheResultLivesNoLonger(string why)
    {
        var time = new ManualTimeProvider();
        using var shop = ShopData.Scratch(new ZooCacheOptions { TimeProvider = time, SweepInterval = TimeSpan.FromDays(20), MaximumResultBytes = why == "too large" ? 64 : 4096 }, provider);
        int Ask() => shop.Cache.GetOrCreate("count", _ =>
        {
            _runs++;
            using var db = shop.Open(z => z.DontCacheIf(_ => why == "declined"));
            return db.Customers.Cacheable(TimeSpan.FromSeconds(10)).ToList().Count;
        });
        Ask();
        time.Advance(TimeSpan.FromSeconds(11));
        Ask();
        _runs.ShouldBe(2);
    }

    [Fact]
    public void WhenACallHandsNothingOn_ItsProblemsAreHandedOn()
    {
        var city = "Oslo";
        using var shop = new Scratch<CityContext>(o => new CityContext(o), db => db.AddRange(new Customer { Name = "a", City = "Oslo" }, new Customer { Name = "b", City = "Bergen" }), provider: provider);
        string Inner(CacheEntryOptions options) => shop.Cache.GetOrCreate($"inner of {city}", _ =>
        {
            using var db = shop.Open();
            db.City = city;
            return string.Concat(db.Customers.Select(c => c.Name));
        }, options);
        foreach (var options in new[] { new CacheEntryOptions { PropagatesDependencies = false }, new CacheEntryOptions { PropagatesDependencies = false, KeyNamesContext = true } })
        {
            for (var i = 0; i < 2; i++)
            {
                city = "Oslo";
                shop.Cache.GetOrCreate("outer", _ => Inner(options)).ShouldBe("a");
                city = "Bergen";
                shop.Cache.GetOrCreate("outer", _ => Inner(options)).ShouldBe("b");
            }
        }
    }

    [Fact]
    public void WhenARowChangesWhileTheCallRuns_ItsResultIsNotKept()
    {
        var first = _shop.Cache.GetOrCreate("name", _ =>
        {
            using var db = _shop.Open();
            var name = db.Customers.Single(c => c.Id == 1).Name;
            Rename(1, "New");
            return name;
        });
        first.ShouldBe("Customer 1");
        using var db = _shop.Open();
        _shop.Cache.GetOrCreate("name", _ => db.Customers.Single(c => c.Id == 1).Name).ShouldBe("New");
    }

    [Fact]
    public void WhenACallWrites_ItsOwnResultIsNotKept()
    {
        string Ask() => _shop.Cache.GetOrCreate("name", _ =>
        {
            using var db = _shop.Open();
            var customer = db.Customers.Single(c => c.Id == 1);
            customer.Name = $"Run {++_runs}";
            db.SaveChanges();
            return customer.Name;
        });
        Ask().ShouldBe("Run 1");
        Ask().ShouldBe("Run 2");
    }

    [Fact]
    public void WhenTheContextIsOfAnotherCache_TheResultIsNotKept()
    {
        using var other = new ZooCache();
        other.GetOrCreate("name", _ =>
        {
            using var db = _shop.Open();
            return db.Customers.First().Name;
        });
        other.Get<string>("name").IsHit.ShouldBeFalse();
        other.GetStatistics().FillsRejectedByReason["other-cache"].ShouldBe(1);
    }

    [Fact]
    public void WhenAnAnswerExpires_SoDoesTheResultThatWasMadeOfIt()
    {
        var time = new ManualTimeProvider();
        using var shop = ShopData.Scratch(new ZooCacheOptions { TimeProvider = time, SweepInterval = TimeSpan.FromDays(20) }, provider);
        int Ask() => shop.Cache.GetOrCreate("count", _ =>
        {
            _runs++;
            using var db = shop.Open();
            return db.Customers.Cacheable(TimeSpan.FromSeconds(10)).Count();
        });
        Ask();
        time.Advance(TimeSpan.FromSeconds(9));
        Ask();
        _runs.ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(1));
        Ask();
        _runs.ShouldBe(2);
    }

    [Fact]
    public void WhenContextsVary_TheKeyHasToSayByWhat()
    {
        var city = "Oslo";
        using var shop = new Scratch<CityContext>(o => new CityContext(o), db => db.AddRange(new Customer { Name = "a", City = "Oslo" }, new Customer { Name = "b", City = "Bergen" }), provider: provider);
        string Ask(string key, CacheEntryOptions? options = null) => shop.Cache.GetOrCreate(key, _ =>
        {
            using var db = shop.Open();
            db.City = city;
            return string.Concat(db.Customers.Select(c => c.Name));
        }, options);

        Ask("names").ShouldBe("a");
        city = "Bergen";
        Ask("names").ShouldBe("b");
        shop.Cache.GetStatistics().FillsRejectedByReason["context-varies"].ShouldBe(2);

        var named = new CacheEntryOptions { KeyNamesContext = true };
        Ask("names of Bergen", named).ShouldBe("b");
        city = "Oslo";
        Ask("names of Bergen", named).ShouldBe("b");
        Ask("names of Oslo", named).ShouldBe("a");

        // Also where it comes from the cache, and in calls around it.
        shop.Cache.GetOrCreate("outer", _ => Ask("names of Oslo", named));
        shop.Cache.Get<string>("outer").IsHit.ShouldBeFalse();
        shop.Cache.GetOrCreate("outer of Oslo", _ => Ask("names of Oslo", named), named);
        shop.Cache.Get<string>("outer of Oslo").IsHit.ShouldBeTrue();
    }

    [Fact]
    public void WhenAResultThatVariesIsNotKept_TheOneAroundItIsNotEither()
    {
        var city = "Oslo";
        using var shop = new Scratch<CityContext>(
            o => new CityContext(o), db => db.AddRange(new Customer { Name = "a", City = "Oslo" }, new Customer { Name = "b", City = "Bergen" }), new ZooCacheOptions { MaximumResultBytes = 1000 }, provider);
        string Ask() => shop.Cache.GetOrCreate("outer", _ => shop.Cache.GetOrCreate($"inner of {city}", _ =>
        {
            using var db = shop.Open();
            db.City = city;
            return string.Concat(db.Customers.Select(c => c.Name)).PadRight(1000);
        }, new CacheEntryOptions { KeyNamesContext = true })[..1]);
        Ask().ShouldBe("a");
        city = "Bergen";
        Ask().ShouldBe("b");
    }

    [Fact]
    public void WhenContextsVaryByTheirSettings_TheKeyHasToSayByWhat()
    {
        var tenant = 1;
        int Ask(CacheEntryOptions? options = null) => _shop.Cache.GetOrCreate("count", _ =>
        {
            _runs++;
            using var db = _shop.Open(z => z.VaryBy((DbContext _) => tenant));
            return db.Customers.Cacheable().Count();
        }, options);
        Ask();
        tenant = 2;
        Ask();
        _runs.ShouldBe(2);
        Ask(new CacheEntryOptions { KeyNamesContext = true });
        Ask();
        _runs.ShouldBe(3);
    }

    [Fact]
    public async Task WhenACallIsNestedInACall_BothDependOnTheRows()
    {
        async Task<int> Total(int customer) => await _shop.Cache.GetOrCreateAsync($"total {customer}", async (_, token) =>
        {
            Interlocked.Increment(ref _runs);
            await using var db = _shop.Open();
            return (int)(await db.Orders.Where(o => o.CustomerId == customer).Cacheable().ToListAsync(token)).Sum(o => o.Total);
        });
        async Task<int> All() => await _shop.Cache.GetOrCreateAsync("all", async (_, _) => (await Task.WhenAll(Total(1), Total(2), Total(3))).Sum());

        (await All()).ShouldBe(129);
        _runs.ShouldBe(3);
        await using (var db = _shop.Open())
        {
            (await db.Orders.SingleAsync(o => o.Id == 3)).Total += 1000;
            await db.SaveChangesAsync();
        }

        (await All()).ShouldBe(1129);
        _runs.ShouldBe(4);
        await All();
        _runs.ShouldBe(4);
    }

    private sealed class SilentInterceptor : DbCommandInterceptor;

    private static IEnumerable<string> EarlyNames(ShopContext db) => EF.CompileQuery((ShopContext c) => c.Customers.Select(o => o.Name))(db);

    private object Ask(string shape) => _shop.Cache.GetOrCreate("key", _ =>
    {
        _runs++;
        using var db = _shop.Open();
        return Questions[shape](db);
    });

    private void Rename(int id, string name)
    {
        using var db = _shop.Open();
        db.Customers.Single(c => c.Id == id).Name = name;
        db.SaveChanges();
    }
}
