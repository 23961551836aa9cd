using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using ZooCache.Codec;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests;

/// <summary>What a connection means by what surrounds it: directories, the environment, the application. Two processes that may mean different things share nothing.</summary>
public sealed class SharedSurroundingsTests : SharedSurroundings
{
    // Turned red by taking Path.GetFullPath of it: the provider looks in AppDomain's DataDirectory, and later elsewhere.
    [Fact]
    public void What_isnt_a_full_path_is_known_here_alone()
    {
        var file = Path.GetRelativePath(Environment.CurrentDirectory, Make("a.db", "a"));
        var cache = Cache();

        Ask(cache, b => b.UseSqlite($"Data Source={file}")).ShouldBe(("a", "not-found"));
        Ask(cache, b => b.UseSqlite($"Data Source={file}")).ShouldBe(("a", "hit"));

        cache.GetStatistics().StoreMisses.ShouldBe(0);
    }

    // Turned red by leaving out the first identity in SharedName.Now.
    [Fact]
    public void A_file_that_is_replaced_under_a_pooled_connection_gives_its_successor_no_answers()
    {
        var (file, next) = (Make("data.db", "old"), Make("next.db", "new"));
        var cache = Cache();
        Ask(cache, b => b.UseSqlite($"Data Source={file}")).Answer.ShouldBe("old");
        Kept(cache);
        File.Move(next, file, overwrite: true);
        cache.Clear();
        Store.Entries.Clear();

        // Which file it is answered from is the pool's affair; nobody else is told, or asked.
        Ask(cache, b => b.UseSqlite($"Data Source={file}"));
        cache.GetStatistics().StoreMisses.ShouldBe(1);

        // Another process: another pool.
        Ask(Cache(), b => b.UseSqlite($"data source={file}")).ShouldBe(("new", "not-found"));
    }

    // Turned red by leaving out HasOwnConnections in SharedKey.Of.
    [Fact]
    public void What_the_application_does_to_connections_that_it_makes_is_known_here_alone()
    {
        var (file, archive) = (Make("data.db", "now"), Make("archive.db", "then"));
        Ask(Kept(file), b => b.UseSqlite($"Data Source={file}")).Reason.ShouldBe("hit");
        using var connection = new SqliteConnection($"Data Source={file}");
        connection.Open();
        using (var command = connection.CreateCommand())
        {
            command.CommandText = $"ATTACH '{archive}' AS old; CREATE TEMP VIEW Things AS SELECT * FROM old.Things";
            command.ExecuteNonQuery();
        }

        Ask(Cache(), b => b.UseSqlite(connection)).Answer.ShouldBe("then");

        // Who knows that nothing is done to them says so.
        using var plain = new SqliteConnection($"Data Source={file}");
        Ask(Cache(), b => b.UseSqlite(plain), z => z.SessionIndependent()).ShouldBe(("now", "store"));
    }

    // Turned red by leaving out IsDeclined in QueryLookup.KeepShared.
    [Fact]
    public void What_this_process_doesnt_want_it_isnt_given()
    {
        var file = Make("data.db", "x");
        Kept(file);

        Ask(Cache(), b => b.UseSqlite($"Data Source={file}"), z => z.DontCacheIf(_ => true)).ShouldBe(("x", "not-found"));
    }

    // Turned red by leaving out Age in StoredRows.LifetimeWithin.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nothing_is_older_than_this_process_lets_it_be(bool isMaximum)
    {
        var file = Make("data.db", "old");
        Kept(file);
        Execute(file, "UPDATE Things SET Name = 'new'");
        var late = new Shifted(TimeSpan.FromSeconds(3));
        var limit = TimeSpan.FromSeconds(2);

        var other = Cache(o =>
        {
            o.TimeProvider = late;
            o.MaximumAge = isMaximum ? limit : o.MaximumAge;
            o.DefaultExpiration = isMaximum ? null : limit;
        });

        Ask(other, b => b.UseSqlite($"Data Source={file}")).ShouldBe(("new", "not-found"));
        Ask(Cache(o => o.TimeProvider = late), b => b.UseSqlite($"Data Source={file}")).Reason.ShouldBe("store");
    }

    // Turned red by leaving out Clamp in SharedAnswers.Span.
    [Theory]
    [InlineData(long.MaxValue - 1, 0)]
    [InlineData(long.MaxValue, long.MinValue)]
    [InlineData(long.MaxValue - 1, long.MaxValue)]
    public void Whatever_times_an_entry_names_nothing_is_thrown(long expiresAt, long loadedAt)
    {
        var file = Make("data.db", "x");
        Kept(file);
        foreach (var (name, bytes) in Store.Entries.ToList())
        {
            Store.Entries[name] = (StoredEntry.TryDecode(bytes)! with { ExpiresAt = expiresAt, LoadedAt = loadedAt }).Encode();
        }

        Ask(Cache(o => o.MaximumAge = null), b => b.UseSqlite($"Data Source={file}")).Answer.ShouldBe("x");
    }

    [Fact]
    public void Results_are_compressed_as_the_application_likes()
    {
        var (file, text) = (Make("data.db", "x"), new string('a', 3_000));
        (string Answer, string Reason) AskLong(IPayloadCompressor? compressor, out ZooCache cache)
        {
            cache = Cache(o => o.Store.Compressor = compressor);
            using var db = Open(cache, b => b.UseSqlite($"Data Source={file}"), null);
            var names = db.Rows.Select(t => new { t.Name, Text = EF.Parameter(text) }).Cacheable().ToList();
            return (string.Join(',', names.Select(n => n.Text)), db.Cache().LastQuery!.Reason);
        }

        AskLong(new Deflating(), out var first).ShouldBe((text, "not-found"));
        Kept(first);
        Store.Entries.Single().Value.Length.ShouldBeLessThan(500);

        AskLong(new Deflating(), out _).ShouldBe((text, "store"));
        AskLong(new Deflating { Fails = true }, out var failing).ShouldBe((text, "not-found"));
        failing.GetStatistics().LastStoreFailure.ShouldBe("It can't.");
        SpinWait.SpinUntil(() => failing.GetStatistics().StoreRejectsByReason.ContainsKey("no_form"), TimeSpan.FromSeconds(20)).ShouldBeTrue();
        AskLong(new StoreOptions().Compressor, out var other).ShouldBe((text, "not-found"));
        other.GetStatistics().StoreMissesByReason["unreadable"].ShouldBe(1);
        Should.Throw<ArgumentOutOfRangeException>(() => Cache(o => o.Store.Compressor = new Deflating { Id = 1 })).Message.ShouldContain("StoreOptions.Compressor");
    }

    // Turned red by not waiting for the store in SharedAnswers.KeepAsync.
    [Fact]
    public void No_more_is_on_its_way_to_a_slowStore_than_may_be()
    {
        var file = Make("data.db", "x");
        var slow = new SlowStore();
        var cache = Cache(o =>
        {
            o.SharedStore = _ => slow;
            o.Store.RequestTimeout = TimeSpan.FromMinutes(1);
        });
        for (var i = 0; i < 60; i++)
        {
            using var db = Open(cache, b => b.UseSqlite($"Data Source={file}"), null);
            var text = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(700_000));
            db.Rows.Select(t => new { t.Id, Text = EF.Parameter(text) }).Cacheable().ToList();
        }

        SpinWait.SpinUntil(() => cache.GetStatistics().StoreRejectsByReason.ContainsKey("busy") && slow.Count > 1, TimeSpan.FromSeconds(20)).ShouldBeTrue();
        slow.Bytes.ShouldBeLessThanOrEqualTo(32 * 1024 * 1024);
    }

    private sealed class Deflating : IPayloadCompressor
    {
        internal bool Fails { get; init; }

        public byte Id { get; init; } = 7;

        public int LongestOf(int length) => length + 100;

        public int Compress(ReadOnlySpan<byte> source, Span<byte> target)
        {
            using var stream = new MemoryStream();
            using (var deflate = new System.IO.Compression.DeflateStream(stream, System.IO.Compression.CompressionLevel.Fastest))
            {
                deflate.Write(source);
            }

            stream.ToArray().CopyTo(target);
            return Fails ? throw new InvalidOperationException("It can't.") : (int)stream.ToArray().Length;
        }

        public bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> target)
        {
            using var deflate = new System.IO.Compression.DeflateStream(new MemoryStream(source.ToArray()), System.IO.Compression.CompressionMode.Decompress);
            return Fails ? throw new InvalidOperationException("It can't.") : deflate.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) == target.Length;
        }
    }

    private sealed class Shifted(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }

    private sealed class SlowStore : ICacheStore
    {
        private long _bytes;
        private int _count;

        internal long Bytes => Interlocked.Read(ref _bytes);

        internal int Count => Volatile.Read(ref _count);

        public ValueTask<ReadOnlyMemory<byte>?> GetAsync(EntryName name) => new(default(ReadOnlyMemory<byte>?));

        public ValueTask SetAsync(EntryName name, ReadOnlyMemory<byte> entry, TimeSpan expiration)
        {
            Interlocked.Add(ref _bytes, entry.Length);
            Interlocked.Increment(ref _count);
            return new ValueTask(new TaskCompletionSource().Task);
        }
    }
}

/// <summary>The same of PostgreSQL's client.</summary>
[NeedsPostgres]
public sealed class SharedSurroundingsOnPostgresTests : SharedSurroundings
{
    // Turned red by leaving out Environment in SharedName.Now.
    [Theory]
    [InlineData("PGOPTIONS", "-c search_path=tenant_a", "-c search_path=tenant_b")]
    [InlineData("PGUSER", "zoocache_a", "zoocache_b")]
    public void What_the_environment_says_to_Npgsql_counts(string variable, string one, string other)
    {
        var name = PostgresServer.Create();
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(PostgresServer.ConnectionString(name)) { Pooling = false };
            Execute(builder.ConnectionString, """
                DO $$ BEGIN CREATE ROLE zoocache_a LOGIN SUPERUSER; CREATE ROLE zoocache_b LOGIN SUPERUSER; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
                """);
            foreach (var schema in (string[])["tenant_a", "tenant_b", "zoocache_a", "zoocache_b"])
            {
                Execute(builder.ConnectionString, $"CREATE SCHEMA {schema}; CREATE TABLE {schema}.\"Things\" (\"Id\" int primary key, \"Name\" text); INSERT INTO {schema}.\"Things\" VALUES (1, '{schema[^1]}');");
            }

            if (variable == "PGUSER")
            {
                builder.Remove("Username");
            }

            var text = builder.ConnectionString;
            Environment.SetEnvironmentVariable(variable, one);
            var cache = Cache();
            Ask(cache, b => b.UseNpgsql(text)).Answer.ShouldBe("a");
            Kept(cache);
            Environment.SetEnvironmentVariable(variable, other);
            Ask(Cache(), b => b.UseNpgsql(text)).ShouldBe(("b", "not-found"));
            Environment.SetEnvironmentVariable(variable, one);
            Ask(Cache(), b => b.UseNpgsql(text)).ShouldBe(("a", "store"));
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
            PostgresServer.Drop(name);
        }
    }

    [Fact]
    public void What_a_data_source_sets_on_its_connections_is_known_here_alone()
    {
        var name = PostgresServer.Create();
        try
        {
            var text = new NpgsqlConnectionStringBuilder(PostgresServer.ConnectionString(name)) { Pooling = false }.ConnectionString;
            foreach (var schema in (string[])["tenant_a", "tenant_b"])
            {
                Execute(text, $"CREATE SCHEMA {schema}; CREATE TABLE {schema}.\"Things\" (\"Id\" int primary key, \"Name\" text); INSERT INTO {schema}.\"Things\" VALUES (1, '{schema[^1]}');");
            }

            using var one = Source(text, "tenant_a");
            using var other = Source(text, "tenant_b");
            Ask(Cache(), b => b.UseNpgsql(one)).Answer.ShouldBe("a");
            Ask(Cache(), b => b.UseNpgsql(other)).ShouldBe(("b", "not-found"));
            Store.Entries.ShouldBeEmpty();
        }
        finally
        {
            PostgresServer.Drop(name);
        }

        static NpgsqlDataSource Source(string text, string schema)
        {
            var builder = new NpgsqlDataSourceBuilder(text);
            builder.UsePhysicalConnectionInitializer(c => Set(c, schema), (c) =>
            {
                Set(c, schema);
                return Task.CompletedTask;
            });
            return builder.Build();
        }

        static void Set(NpgsqlConnection connection, string schema)
        {
            using var command = connection.CreateCommand();
            command.CommandText = $"SET search_path = {schema}";
            command.ExecuteNonQuery();
        }
    }
}

/// <summary>Processes that share a log and a store in memory.</summary>
public abstract class SharedSurroundings : IDisposable
{
    private readonly string _directory = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"zoocache-{Guid.NewGuid():N}")).FullName;
    private protected MemoryCacheStore Store { get; } = new();
    private readonly MemoryLog _log = new(TimeProvider.System, 1_000, TimeSpan.FromMinutes(1));
    private readonly List<ZooCache> _caches = [];

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _caches.ForEach(c => c.Dispose());
        foreach (var file in Directory.GetFiles(_directory))
        {
            TestDatabase.ClearPoolOf($"Data Source={file}");
        }

        Directory.Delete(_directory, recursive: true);
    }

    private static NodeOptions Patient() => new() { RequestTimeout = TimeSpan.FromSeconds(20), MaxStaleness = TimeSpan.FromMinutes(1) };

    private protected ZooCache Cache(Action<ZooCacheOptions>? configure = null)
    {
        var options = new ZooCacheOptions { Log = _ => _log, SharedStore = _ => Store, Nodes = Patient() };
        configure?.Invoke(options);
        _caches.Add(new ZooCache(options));
        SpinWait.SpinUntil(() => _caches[^1].Node!.IsConfirmed, TimeSpan.FromSeconds(20)).ShouldBeTrue();
        return _caches[^1];
    }

    /// <summary>A process that has loaded a file's answer, and kept it.</summary>
    private protected ZooCache Kept(string file)
    {
        var cache = Cache();
        Ask(cache, b => b.UseSqlite($"Data Source={file}"));
        Kept(cache);
        return cache;
    }

    private protected static void Kept(ZooCache cache)
        => SpinWait.SpinUntil(() => cache.GetStatistics().StoreWrites == 1 && cache.Node!.Position.ToTell == 0, TimeSpan.FromSeconds(20)).ShouldBeTrue(
            string.Join(',', cache.GetStatistics().StoreRejectsByReason));

    private protected static Things Open(ZooCache cache, Action<DbContextOptionsBuilder> use, Action<ZooCacheContextOptionsBuilder>? zoo)
    {
        var builder = new DbContextOptionsBuilder<Things>();
        use(builder.Quiet());
        builder.UseZooCache(cache, zoo ?? (static _ => { }));
        return new Things(builder.Options);
    }

    private protected static (string Answer, string Reason) Ask(ZooCache cache, Action<DbContextOptionsBuilder> use, Action<ZooCacheContextOptionsBuilder>? zoo = null)
    {
        using var db = Open(cache, use, zoo);
        var names = db.Rows.Select(t => t.Name).Cacheable().ToList();
        return (string.Join(',', names), db.Cache().LastQuery!.Reason);
    }

    private protected string Make(string name, string text)
    {
        var file = Path.Combine(_directory, name);
        Execute(file, $"CREATE TABLE Things (Id INTEGER PRIMARY KEY, Name TEXT NULL); INSERT INTO Things VALUES (1, '{text}')");
        return file;
    }

    private protected static void Execute(string place, string sql)
    {
        using System.Data.Common.DbConnection connection = place.Contains("Host=", StringComparison.Ordinal)
            ? new NpgsqlConnection(place) : new SqliteConnection($"Data Source={place};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // the text is ours
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    public sealed class Thing
    {
        public int Id { get; set; }

        public string? Name { get; set; }
    }

    public sealed class Things(DbContextOptions options) : DbContext(options)
    {
        public DbSet<Thing> Rows => Set<Thing>();

        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            ArgumentNullException.ThrowIfNull(modelBuilder);
            modelBuilder.Entity<Thing>().ToTable("Things");
        }
    }
}
