using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using ZooCache.EFCore;
using ZooCache.EFCore.Connections;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests;

/// <summary>Which executions are the same to two processes, and which are this process's alone.</summary>
public sealed class SharedKeyTests : IDisposable
{
    private readonly TestDatabase _database = TestDatabase.Create(Provider.Sqlite, template: null, static d =>
    {
        d.Execute("PRAGMA journal_mode=WAL");
        d.Execute("CREATE TABLE Things (Id INTEGER PRIMARY KEY, Kind TEXT NOT NULL, Price TEXT NOT NULL, Name TEXT NULL)");
        d.Execute("INSERT INTO Things VALUES (1, 'New', '1.50', 'a'), (2, 'Open', '1.5', NULL), (3, 'New', '2.0', 'c')");
    });

    private readonly MemoryCacheStore _store = new();
    private readonly MemoryLog _log = new(TimeProvider.System, 1_000, TimeSpan.FromMinutes(1));
    private readonly List<ZooCache> _caches = [];

    public void Dispose()
    {
        _caches.ForEach(c => c.Dispose());
        _database.Dispose();
    }

    [Fact]
    public void The_same_query_of_two_models_is_one()
    {
        Store<NewThings>(db => db.Things.Where(t => t.Id > 1).Select(t => t.Id));
        Find<OpenThings>(db => db.Things.Where(t => t.Id > 1).Select(t => t.Id)).ShouldBeTrue();
    }

    // Turned red by writing the value as QueryKey does, before the converter.
    [Fact]
    public void What_goes_to_the_store_counts_and_not_what_it_is_called_in_this_process()
    {
        Store<NewThings>(db => New(db, NewKind.New)).ShouldBe("1,3");
        Find<OpenThings>(db => Open(db, OpenKind.Open)).ShouldBeFalse("it is the same number");
        Ask<OpenThings>(db => Open(db, OpenKind.Open)).ShouldBe("2");

        static IQueryable<int> New(NewThings db, NewKind kind) => db.Things.Where(t => t.Kind == kind).Select(t => t.Id);
        static IQueryable<int> Open(OpenThings db, OpenKind kind) => db.Things.Where(t => t.Kind == kind).Select(t => t.Id);
    }

    [Fact]
    public void Lists_are_what_is_in_them()
    {
        int[] some = [1, 2];
        Store<NewThings>(db => db.Things.Where(t => some.Contains(t.Id)).Select(t => t.Id)).ShouldBe("1,2");
        some = [2, 3];
        Find<NewThings>(db => db.Things.Where(t => some.Contains(t.Id)).Select(t => t.Id)).ShouldBeFalse();
        some = [1, 2];
        Find<NewThings>(db => db.Things.Where(t => some.Contains(t.Id)).Select(t => t.Id)).ShouldBeTrue();
        Store<NewThings>(db => New(db, [NewKind.New])).ShouldBe("1,3");
        Find<OpenThings>(db => Open(db, [OpenKind.Open])).ShouldBeFalse();

        static IQueryable<int> New(NewThings db, NewKind[] kinds) => db.Things.Where(t => kinds.Contains(t.Kind)).Select(t => t.Id);
        static IQueryable<int> Open(OpenThings db, OpenKind[] kinds) => db.Things.Where(t => kinds.Contains(t.Kind)).Select(t => t.Id);
    }

    [Fact]
    public void So_is_each_value_and_null()
    {
        string? name = "a";
        Store<NewThings>(db => db.Things.Where(t => t.Name == name).Select(t => t.Id)).ShouldBe("1");
        name = null;
        Find<NewThings>(db => db.Things.Where(t => t.Name == name).Select(t => t.Id)).ShouldBeFalse();
        name = "A";
        Find<NewThings>(db => db.Things.Where(t => t.Name == name).Select(t => t.Id)).ShouldBeFalse();
        name = "a";
        Find<NewThings>(db => db.Things.Where(t => t.Name == name).Select(t => t.Id)).ShouldBeTrue();
    }

    [Fact]
    public void What_is_asked_of_the_cache_counts()
    {
        Store<NewThings>(db => db.Things.Select(t => t.Id), c => c.AbsoluteExpiration = TimeSpan.FromHours(1));
        Find<NewThings>(db => db.Things.Select(t => t.Id)).ShouldBeFalse();
        Find<NewThings>(db => db.Things.Select(t => t.Id), c => c.AbsoluteExpiration = TimeSpan.FromHours(2)).ShouldBeFalse();
        Find<NewThings>(db => db.Things.Select(t => t.Id), c => c.AbsoluteExpiration = TimeSpan.FromHours(1)).ShouldBeTrue();
        Store<NewThings>(db => db.Things.Where(t => t.Id < 9).Select(t => t.Id), c => c.Tags = ["x"]);
        Find<NewThings>(db => db.Things.Where(t => t.Id < 9).Select(t => t.Id)).ShouldBeFalse();
    }

    [Fact]
    public void So_do_the_connection_and_the_database()
    {
        Store<NewThings>(db => db.Things.Select(t => t.Id));
        Find<NewThings>(db => db.Things.Select(t => t.Id), configure: b => b.UseSqlite(_database.ConnectionString + ";Foreign Keys=False")).ShouldBeFalse();
        Find<NewThings>(db => db.Things.Select(t => t.Id), zoo: z => z.Database("other")).ShouldBeFalse();
        Find<NewThings>(db => db.Things.Select(t => t.Id)).ShouldBeTrue();
    }

    // Turned red, one by one, by leaving them out of SharedKey.Of.
    [Theory]
    [InlineData("varies")]
    [InlineData("vouched")]
    [InlineData("interceptor")]
    [InlineData("connection interceptor")]
    [InlineData("lag")]
    [InlineData("memory")]
    [InlineData("raw")]
    public void What_may_mean_something_else_elsewhere_stays_here(string what)
    {
        var cache = Cache();
        using var memory = what == "memory" ? new Microsoft.Data.Sqlite.SqliteConnection("Data Source=:memory:") : null;
        memory?.Open();
        Action<DbContextOptionsBuilder>? configure = what switch
        {
            "interceptor" => b => b.AddInterceptors(new Interceptor()),
            "connection interceptor" => b => b.AddInterceptors(new ConnectionEar()),
            "memory" => b => b.UseSqlite(memory!),
            _ => null,
        };
        if (memory is not null)
        {
            using var command = memory.CreateCommand();
            command.CommandText = "CREATE TABLE Things (Id INTEGER PRIMARY KEY, Kind TEXT NOT NULL, Price TEXT NOT NULL, Name TEXT NULL)";
            command.ExecuteNonQuery();
        }

        Action<ZooCacheContextOptionsBuilder>? zoo = what switch
        {
            "varies" => z => z.VaryBy(static (DbContext _) => 1),
            "connection interceptor" => z => z.SessionIndependent(),
            "lag" => z => z.ReplicaLag(TimeSpan.FromSeconds(1)),
            "vouched" => z => z.DeterministicFunction("unlikely"),
            _ => null,
        };
        for (var i = 0; i < 2; i++)
        {
            using var db = Open<NewThings>(cache, configure, zoo);
            var query = what switch
            {
                "vouched" => db.Things.Where(t => NewThings.Unlikely(t.Name!) == "a").Select(t => t.Id),
                "raw" => db.Things.FromSql($"SELECT * FROM Things").Select(t => t.Id),
                _ => db.Things.Select(t => t.Id),
            };
            query.Cacheable(c => c.DependsOnTable("Things")).ToList();
            db.Cache().LastQuery!.Source.ShouldBe(i == 0 || what == "lag" ? QueryResultSource.Miss : QueryResultSource.Hit, $"{db.Cache().LastQuery}");
        }

        var statistics = cache.GetStatistics();
        (statistics.StoreMisses, statistics.StoreWrites + statistics.StoreRejects).ShouldBe((0, 0));
        _store.Entries.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Host=db;Username=a;Password=x", "Host=db;Username=a;Password=y", true)]
    [InlineData("Host=db;Username=a;Password=x", "Username=a;Host=db", true)]
    [InlineData("Host=db;Username=a", "Host=db;Username=b", false)]
    [InlineData("Host=db;Search Path=a", "Host=db;Search Path=b", false)]
    [InlineData("Host=db", "Host=db2", false)]
    [InlineData("Host=db;Database=a;Username=b", "Host=db;Database=a;Username=b;", true)]
    [InlineData("Host=a=1;b", "Host=a;1=b", false)]
    public void A_connection_string_is_what_it_says_but_for_passwords(string one, string other, bool isSame)
        => (NameOf(one) == NameOf(other)).ShouldBe(isSame);

    [Theory]
    [InlineData("Host=localhost")]
    [InlineData("Host=127.0.0.1;Port=5")]
    [InlineData("Host=/var/run/postgresql")]
    [InlineData("Host=db,localhost")]
    [InlineData("Server=.;Database=a")]
    [InlineData("Server=tcp:localhost,1433")]
    [InlineData("Data Source=(localdb)\\x;Server=a")]
    [InlineData("Database=a")]
    public void What_may_be_this_machine_is_named_by_it(string text) => NameOf(text)!.ShouldContain($";@{Environment.MachineName}");

    [Fact]
    public void Another_machine_isnt() => NameOf("Host=db.example.com;Database=a")!.ShouldNotContain("@");

    // Turned red by leaving out FileIdentity in SharedName.Now; and by .NET's time of creation, which on Linux is that of the last change.
    [Fact]
    public void A_file_that_took_the_place_of_another_is_another()
    {
        var file = Path.Combine(Path.GetTempPath(), $"zoocache-{Guid.NewGuid():N}.db");
        NameOf($"Data Source={file}").ShouldBeNull();
        File.WriteAllText(file, "a");
        var name = NameOf($"Data Source={file}");
        name.ShouldNotBeNull().ShouldContain(Environment.MachineName);
        NameOf($"Data Source={Path.GetRelativePath(Environment.CurrentDirectory, file)}").ShouldBeNull();
        NameOf($"Data Source=file:{file}").ShouldBeNull();
        NameOf("Data Source=|DataDirectory|a.db").ShouldBeNull();

        File.AppendAllText(file, "b");
        NameOf($"Data Source={file}").ShouldBe(name, "it is the same file");
        File.Delete(file);
        File.WriteAllText(file, "a");
        NameOf($"Data Source={file}").ShouldNotBe(name);
        File.Delete(file);
    }

    private static string? NameOf(string text) => ConnectionIdentity.Parse(text).SharedName?.Now;

    /// <summary>Asks by one process, which keeps the answer.</summary>
    private string Store<TContext>(Func<TContext, IQueryable<int>> query, Action<CacheableOptions>? options = null)
        where TContext : DbContext
    {
        var cache = Cache();
        var answer = Ask(cache, query, options, null, null, out _);

        // What it knows of the tables must have been told: else the others take it that the tables were written meanwhile.
        SpinWait.SpinUntil(() => cache.GetStatistics().StoreWrites == 1 && cache.Node!.Position.ToTell == 0, TimeSpan.FromSeconds(20)).ShouldBeTrue();
        return answer;
    }

    /// <summary>Asks by another one. Whether it has found what was kept.</summary>
    private bool Find<TContext>(
        Func<TContext, IQueryable<int>> query, Action<CacheableOptions>? options = null, Action<DbContextOptionsBuilder>? configure = null,
        Action<ZooCacheContextOptionsBuilder>? zoo = null)
        where TContext : DbContext
    {
        Ask(Cache(), query, options, configure, zoo, out var outcome);
        return outcome!.Reason == "store";
    }

    private string Ask<TContext>(Func<TContext, IQueryable<int>> query)
        where TContext : DbContext
        => Ask(Cache(), query, null, null, null, out _);

    private string Ask<TContext>(
        ZooCache cache, Func<TContext, IQueryable<int>> query, Action<CacheableOptions>? options, Action<DbContextOptionsBuilder>? configure,
        Action<ZooCacheContextOptionsBuilder>? zoo, out QueryOutcome? outcome)
        where TContext : DbContext
    {
        using var db = Open<TContext>(cache, configure, zoo);
        var ids = query(db).Cacheable(options ?? (static _ => { })).ToList();
        outcome = db.Cache().LastQuery;
        return string.Join(',', ids.Order());
    }

    private TContext Open<TContext>(ZooCache cache, Action<DbContextOptionsBuilder>? configure, Action<ZooCacheContextOptionsBuilder>? zoo)
        where TContext : DbContext
    {
        var builder = new DbContextOptionsBuilder<TContext>();
        _database.Use(builder);
        configure?.Invoke(builder);
        builder.UseZooCache(cache, zoo ?? (static _ => { }));
        return (TContext)Activator.CreateInstance(typeof(TContext), builder.Options)!;
    }

    private ZooCache Cache()
    {
        _caches.Add(new ZooCache(new ZooCacheOptions { Log = _ => _log, SharedStore = _ => _store }));
        SpinWait.SpinUntil(() => _caches[^1].Node!.IsConfirmed, TimeSpan.FromSeconds(20)).ShouldBeTrue();
        return _caches[^1];
    }

    private sealed class Interceptor : DbCommandInterceptor;

    private sealed class ConnectionEar : DbConnectionInterceptor
    {
        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
        }
    }

    public enum NewKind
    {
        New = 1,
    }

    public enum OpenKind
    {
        Open = 1,
    }

    public sealed class NewThing
    {
        public int Id { get; set; }
        public NewKind Kind { get; set; }
        public decimal Price { get; set; }
        public string? Name { get; set; }
    }

    public sealed class OpenThing
    {
        public int Id { get; set; }
        public OpenKind Kind { get; set; }
        public decimal Price { get; set; }
        public string? Name { get; set; }
    }

    public sealed class NewThings(DbContextOptions options) : DbContext(options)
    {
        public DbSet<NewThing> Things => Set<NewThing>();

        public static string Unlikely(string text) => throw new NotSupportedException(text);

        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            ArgumentNullException.ThrowIfNull(modelBuilder);
            modelBuilder.Entity<NewThing>().ToTable("Things").Property(t => t.Kind).HasConversion<string>();
            modelBuilder.HasDbFunction(() => Unlikely("")).HasName("unlikely");
        }
    }

    public sealed class OpenThings(DbContextOptions options) : DbContext(options)
    {
        public DbSet<OpenThing> Things => Set<OpenThing>();

        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            ArgumentNullException.ThrowIfNull(modelBuilder);
            modelBuilder.Entity<OpenThing>().ToTable("Things").Property(t => t.Kind).HasConversion<string>();
        }
    }
}
