using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using static ZooCache.EFCore.QueryResultSource;

namespace ZooCache.Integration.Tests.Setup;

/// <summary>Two databases in one cache: <c>UseZooCache(z => z.Database(…))</c>.</summary>
public sealed class NamedDatabaseTests : IDisposable
{
    private readonly Scratch<ShopContext> _one = ShopData.Scratch();
    private readonly Scratch<ShopContext> _other = ShopData.Scratch();

    public static TheoryData<string> Names => new(Changes.Keys);

    private static readonly Dictionary<string, Action<ShopContext>> Changes = new()
    {
        ["save"] = db =>
        {
            db.Customers.Single(c => c.Id == 1).Name = "Changed";
            db.SaveChanges();
        },
        ["save in a transaction"] = db =>
        {
            using var transaction = db.Database.BeginTransaction();
            db.Customers.Single(c => c.Id == 1).Name = "Changed";
            db.SaveChanges();
            transaction.Commit();
        },
        ["set write"] = db => db.Customers.ExecuteUpdate(s => s.SetProperty(c => c.Name, "Changed")),
        ["raw SQL"] = db => db.Database.ExecuteSqlRaw("UPDATE Customers SET Name = 'Changed'"),
        ["raw SQL that returns rows"] = db => db.Customers.FromSqlRaw("UPDATE Customers SET Name = 'Changed' RETURNING *").AsNoTracking().ToList(),
        ["raw SQL in a raw transaction"] = db =>
        {
            db.Database.OpenConnection();
            db.Database.ExecuteSqlRaw("BEGIN");
            db.Database.ExecuteSqlRaw("UPDATE Customers SET Name = 'Changed'");
            db.Database.ExecuteSqlRaw("COMMIT");
            db.Database.CloseConnection();
        },
        ["invalidation of a type"] = db =>
        {
            Behind(db);
            db.Cache().Invalidate<Customer>();
        },
        ["invalidation of a row"] = db =>
        {
            Behind(db);
            db.Cache().Invalidate<Customer>(1);
        },
    };

    public void Dispose()
    {
        _one.Dispose();
        _other.Dispose();
    }

    // Guards every use of ContextSettings.Database: TableRegistry.Of, QueryDependencies.Bind, DbContextCache.Paths,
    // EFWrite.AddDatabase. With any of them at the default name one of the three expectations fails.
    [Theory]
    [MemberData(nameof(Names))]
    public void WhenOneNamedDatabaseIsWritten_ItsAnswersAreGoneAndTheOthersStay(string change)
    {
        foreach (var (scratch, name) in new[] { (_one, "billing"), (_other, "shop"), (_other, null) })
        {
            Ask(scratch, name).ShouldBe(("Customer 1", 3, Miss));
        }

        using (var db = Open(_one, "billing"))
        {
            Changes[change](db);
        }

        Ask(_one, "billing").ShouldBe(("Changed", 3, Miss));
        Ask(_one, "billing").ShouldBe(("Changed", 3, Hit));
        Ask(_other, "shop").ShouldBe(("Customer 1", 3, Hit));
        Ask(_other, null).ShouldBe(("Customer 1", 3, Hit));
        _one.Cache.GetStatistics().Marks.ShouldBe(0);
    }

    // The other half of the promise: without names one cache takes its databases for one.
    [Fact]
    public void WhenNoDatabaseIsNamed_AWriteInvalidatesBoth()
    {
        Ask(_one, null);
        Ask(_other, null).ShouldBe(("Customer 1", 3, Miss));
        Ask(_other, "db").ShouldBe(("Customer 1", 3, Hit), "the name that databases have by default");
        using (var db = Open(_one, null))
        {
            Changes["raw SQL"](db);
        }

        Ask(_other, null).ShouldBe(("Customer 1", 3, Miss));
    }

    [Fact]
    public void WhenARowWithAGeneratedKeyIsInsertedIntoANamedDatabase_TheLookUpThatFoundNothingIsGone()
    {
        Name(100).ShouldBeNull();
        Name(4).ShouldBeNull();
        using (var db = Open(_one, "billing"))
        {
            db.Add(new Customer { Name = "Fourth" });
            db.SaveChanges();
        }

        Name(4).ShouldBe("Fourth");

        string? Name(int id)
        {
            using var db = Open(_one, "billing");
            return db.Customers.AsNoTracking().Cacheable().SingleOrDefault(c => c.Id == id)?.Name;
        }
    }

    // Guards QueryKey.TryWrite, Tag.Database: an answer is dropped by the writes of its own name only.
    [Fact]
    public void WhenOneConnectionStringHasTwoNames_TheyShareNoAnswer()
    {
        Ask(_one, "billing").Source.ShouldBe(Miss);
        Ask(_one, "shop").Source.ShouldBe(Miss);
        Ask(_one, null).Source.ShouldBe(Miss);
        Ask(_one, "shop").Source.ShouldBe(Hit);
    }

    // Guards ConnectionActivity.WriteOf, the comparison of registries: the second write would be collected in the first's
    // cache or database only.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhenTwoContextsShareATransaction_EachInvalidatesItsOwnCacheAndDatabase(bool otherCache)
    {
        using var second = new ZooCache();
        using var connection = new SqliteConnection(_one.ConnectionString);
        connection.Open();
        var cache = otherCache ? second : _one.Cache;
        Name(_one.Cache, "billing").ShouldBe("Customer 1");
        Name(cache, "lines").ShouldBe("Customer 1");
        using (var transaction = connection.BeginTransaction())
        {
            Change(_one.Cache, "billing", db => db.Lines.ExecuteDelete());
            Change(cache, "lines", db => db.Customers.ExecuteUpdate(s => s.SetProperty(c => c.Name, "Changed")));
            transaction.Commit();

            void Change(ZooCache cache, string name, Action<ShopContext> change)
            {
                using var db = _one.Make(b => b.UseSqlite(connection).Quiet().UseZooCache(cache, z => z.Database(name)));
                db.Database.UseTransaction(transaction);
                change(db);
                db.Database.UseTransaction(null);
            }
        }

        connection.Close();
        Name(cache, "lines").ShouldBe("Changed");
        second.GetStatistics().Marks.ShouldBe(0);
        _one.Cache.GetStatistics().Marks.ShouldBe(0);

        string? Name(ZooCache cache, string name)
        {
            using var db = _one.Make(b => b.UseSqlite(_one.ConnectionString).Quiet().UseZooCache(cache, z => z.Database(name)));
            return db.Customers.AsNoTracking().Cacheable().Where(c => c.Id == 1).Select(c => c.Name).Single();
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData(513)]
    public void WhenANameIsEmptyOrTooLong_TheErrorNamesTheSetting(object? name)
        => Should.Throw<ArgumentException>(() => new DbContextOptionsBuilder().UseZooCache(
            z => z.Database(name is int length ? new string('x', length) : (string)name!))).ParamName.ShouldBe("name");

    private ShopContext Open(Scratch<ShopContext> scratch, string? name)
        => scratch.Make(b => b.UseSqlite(scratch.ConnectionString).Quiet().UseZooCache(
            _one.Cache,
            z =>
            {
                if (name is not null)
                {
                    z.Database(name);
                }
            }));

    /// <summary>A look-up by key and a query of the whole table.</summary>
    private (string? Name, int Count, QueryResultSource Source) Ask(Scratch<ShopContext> scratch, string? name)
    {
        using var db = Open(scratch, name);
        var count = db.Customers.Cacheable().Count(c => c.Name != "");
        var first = db.Last()!.Source;
        var one = db.Customers.AsNoTracking().Cacheable().Single(c => c.Id == 1).Name;
        db.Last()!.Source.ShouldBe(first);
        return (one, count, first);
    }

    private static void Behind(ShopContext db)
    {
        using var connection = new SqliteConnection(db.Database.GetConnectionString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "UPDATE Customers SET Name = 'Changed'";
        command.ExecuteNonQuery();
    }
}
