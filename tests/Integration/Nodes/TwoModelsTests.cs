using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests;

/// <summary>A node whose model knows a cascade, and one whose model doesn't know it: it must be told before it is told of deletes.</summary>
public sealed class TwoModelsTests
{
    // Turned red, with an outbox of 3, by Outbox.Collapse putting the tables before the facts.
    [Theory]
    [InlineData(1000)]
    [InlineData(3)]
    public void Deletes_that_wait_dont_go_before_the_cascade_that_they_cause(int outboxLimit)
    {
        using var nodes = new GaugeNodes(CacheConsistency.Eventual, nodes: 0, Database());
        var (a, b) = (nodes.Add(outboxLimit: outboxLimit), nodes.Add());
        nodes.Advance(3);
        Ask(b).ShouldBe("1,2,3,4");
        a.Log.IsCut = true;
        a.Cache.Invalidate("something");
        for (var i = 1; i <= 4; i++)
        {
            Delete(a, i);
        }

        a.Log.IsCut = false;
        nodes.Advance(3);

        a.Cache.Node!.Position.ToTell.ShouldBe(0);
        b.Cache.Node!.Position.Applied.ShouldBe(a.Cache.Node!.Position.Applied);
        Ask(b).ShouldBe("");
    }

    // Turned red by leaving out Outbox.Restart in LogSession.JoinAsync.
    [Fact]
    public void Nor_do_they_in_a_log_that_has_begun_anew()
    {
        using var nodes = new GaugeNodes(CacheConsistency.Eventual, nodes: 0, Database());
        var a = nodes.Add();
        using (var db = a.On<Whole>())
        {
            db.Parents.Cacheable().ToList().Count.ShouldBe(4);
        }

        nodes.Advance(3);
        a.Log.IsCut = true;
        nodes.LoseLog();
        var b = nodes.Add();
        nodes.Advance(1);
        Ask(b).ShouldBe("1,2,3,4");
        Delete(a, 1);

        a.Log.IsCut = false;
        nodes.Advance(3);

        a.Cache.Node!.Position.ToTell.ShouldBe(0);
        b.Cache.Node!.Position.ShouldBe(a.Cache.Node!.Position);
        Ask(b).ShouldBe("2,3,4");
    }

    // Turned red by leaving out what the database writes by itself in TableRegistry.Learn.
    [Fact]
    public void What_another_node_has_loaded_isnt_judged_by_what_was_told_before_its_cascades_were_known()
    {
        using var nodes = new GaugeNodes(CacheConsistency.Eventual, nodes: 0, Database(), new MemoryCacheStore());
        var (loader, writer, reader) = (nodes.Add(), nodes.Add(), nodes.Add());
        nodes.Advance(3);
        using (var db = reader.On<Part>())
        {
            db.Children.Where(c => c.Id == 4).Cacheable().ToList().Count.ShouldBe(1);
        }

        nodes.Advance(1);
        loader.Log.HoldsAppends = true;
        Ask<Whole>(loader).ShouldBe("1,2,3,4");
        SpinWait.SpinUntil(() => loader.Cache.GetStatistics().StoreWrites == 1, TimeSpan.FromSeconds(20)).ShouldBeTrue();
        using (var db = writer.On<Lone>())
        {
            db.Remove(db.Parents.Single(p => p.Id == 1));
            db.SaveChanges();
        }

        loader.Log.Release();

        Ask(reader).ShouldBe("2,3,4");
        reader.Cache.GetStatistics().StoreMissesByReason["outdated"].ShouldBe(1);
    }

    private static string Ask(GaugeNode node) => Ask<Part>(node);

    private static string Ask<TContext>(GaugeNode node)
        where TContext : DbContext
    {
        using var db = node.On<TContext>();
        return string.Join(',', db.Set<Child>().OrderBy(c => c.Id).Select(c => c.Id).Cacheable().ToList());
    }

    private static void Delete(GaugeNode node, int parent)
    {
        using var db = node.On<Whole>();
        db.Remove(db.Parents.Single(p => p.Id == parent));
        db.SaveChanges();
    }

    private static TestDatabase Database() => TestDatabase.Create(Provider.Sqlite, template: null, static d =>
    {
        d.Execute("PRAGMA journal_mode=WAL");
        d.Execute("""
            CREATE TABLE Parents (Id INTEGER PRIMARY KEY);
            CREATE TABLE Children (Id INTEGER PRIMARY KEY, ParentId INTEGER NOT NULL REFERENCES Parents(Id) ON DELETE CASCADE);
            INSERT INTO Parents VALUES (1), (2), (3), (4);
            INSERT INTO Children VALUES (1, 1), (2, 2), (3, 3), (4, 4);
            """);
    });

    public sealed class Parent
    {
        public int Id { get; set; }

        public List<Child> Children { get; } = [];
    }

    public sealed class Child
    {
        public int Id { get; set; }

        public int ParentId { get; set; }
    }

    public sealed class Whole(DbContextOptions options) : DbContext(options)
    {
        public DbSet<Parent> Parents => Set<Parent>();

        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            ArgumentNullException.ThrowIfNull(modelBuilder);
            modelBuilder.Entity<Parent>().ToTable("Parents");
            modelBuilder.Entity<Child>().ToTable("Children");
        }
    }

    public sealed class LoneParent
    {
        public int Id { get; set; }
    }

    public sealed class Lone(DbContextOptions options) : DbContext(options)
    {
        public DbSet<LoneParent> Parents => Set<LoneParent>();
    }

    public sealed class Part(DbContextOptions options) : DbContext(options)
    {
        public DbSet<Child> Children => Set<Child>();
    }
}
