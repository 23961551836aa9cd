using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Queries;

/// <summary>Lazy, by proxies; with values that a caller can write into.</summary>
public class Album
{
    public int Id { get; set; }
    public string Name { get; set; } = "";
    public byte[] Cover { get; set; } = [];
    public List<int> Years { get; set; } = [];
    public virtual ICollection<Song> Songs { get; } = new List<Song>();
}

public class Song
{
    public int Id { get; set; }
    public int AlbumId { get; set; }
    public string Title { get; set; } = "";
    public virtual Album? Album { get; set; }
}

public sealed class AlbumContext(DbContextOptions<AlbumContext> options) : DbContext(options)
{
    public DbSet<Album> Albums => Set<Album>();

    public DbSet<Song> Songs => Set<Song>();
}

/// <summary>What a hit hands out is the caller's own, and is put together as if it had just been read.</summary>
public abstract class HandedOutTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : HandedOutTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : HandedOutTests(Provider.Postgres);

    private readonly Scratch<AlbumContext> _scratch = new(o => new AlbumContext(o), Fill, provider: provider);

    public void Dispose() => _scratch.Dispose();

    // Guards RowRecorder.Set and ResultReader.GetValue: byte arrays are copied in and out.
    [Fact]
    public void WhenTheCallerWritesIntoWhatItGot_NobodyElseSeesIt()
    {
        for (var i = 0; i < 3; i++)
        {
            using var db = _scratch.Open(z => z.CacheAll());
            var album = db.Albums.Include(a => a.Songs).OrderBy(a => a.Id).First();
            album.Cover.ShouldBe([1, 2, 3]);
            album.Years.ShouldBe([1969, 1970]);
            album.Songs.Count.ShouldBe(2);
            var cover = db.Albums.OrderBy(a => a.Id).Select(a => a.Cover).First();
            cover.ShouldBe([1, 2, 3]);
            var years = db.Albums.OrderBy(a => a.Id).Select(a => a.Years).First();
            years.ShouldBe([1969, 1970]);

            (album.Cover[0], cover[0], album.Name) = (99, 99, "scribbled");
            album.Years.Clear();
            years.Add(0);
            album.Songs.Clear();
        }
    }

    [Fact]
    public void WhenAskedWithoutTracking_EachCallerGetsObjectsOfItsOwn()
    {
        using var db = _scratch.Open(z => z.CacheAll());
        var first = Ask();
        var second = Ask();
        db.Last().ShouldBe(Outcomes.Hit);
        second.ShouldNotBeSameAs(first);
        second.Cover.ShouldNotBeSameAs(first.Cover);
        Ask().Cover.ShouldNotBeSameAs(second.Cover);

        Album Ask() => db.Albums.AsNoTracking().OrderBy(a => a.Id).First();
    }

    [Fact]
    public void WhenTracked_AHitIsResolvedToWhatTheContextHas()
    {
        using (var warm = _scratch.Open(z => z.CacheAll()))
        {
            warm.Albums.OrderBy(a => a.Id).ToList();
        }

        using var db = _scratch.Open(z => z.CacheAll());
        var album = db.Albums.Single(a => a.Id == 1);
        album.Name = "changed, not saved";
        var all = db.Albums.OrderBy(a => a.Id).ToList();
        db.Last().ShouldBe(Outcomes.Hit);
        all[0].ShouldBeSameAs(album);
        all[0].Name.ShouldBe("changed, not saved");
        db.Entry(album).State.ShouldBe(EntityState.Modified);
        db.Entry(all[1]).State.ShouldBe(EntityState.Unchanged);
        db.Find<Album>(2).ShouldBeSameAs(all[1]);
    }

    [Fact]
    public void WhenIdentityIsResolvedWithoutTracking_OneRowIsOneObject()
    {
        for (var i = 0; i < 2; i++)
        {
            using var db = _scratch.Open(z => z.CacheAll());
            var songs = db.Songs.Include(s => s.Album).AsNoTrackingWithIdentityResolution().OrderBy(s => s.Id).ToList();
            songs[0].Album.ShouldBeSameAs(songs[1].Album);
            db.ChangeTracker.Entries().ShouldBeEmpty();
            db.Last()!.Source.ShouldBe(i == 0 ? QueryResultSource.Miss : QueryResultSource.Hit);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhenLoadedLazily_EachCollectionIsAQueryOfItsOwn(bool inALoop)
    {
        string? expected = null;
        for (var i = 0; i < 3; i++)
        {
            using var db = i == 0 ? _scratch.Uncached(Proxies) : _scratch.Open(z => z.CacheAll(), Proxies);
            var text = "";
            IEnumerable<Album> albums = db.Albums.OrderBy(a => a.Id);
            foreach (var album in inALoop && provider == Provider.Sqlite ? albums : albums.ToList())
            {
                text += $"{album.Name}: {string.Join(',', album.Songs.OrderBy(s => s.Id).Select(s => s.Title))} ";
            }

            text.ShouldBe(expected ??= text);
            if (i == 2 && !inALoop)
            {
                db.Last().ShouldBe(Outcomes.Hit);
            }
        }

        using (var writer = _scratch.Open())
        {
            writer.Add(new Song { AlbumId = 2, Title = "new" });
            writer.SaveChanges();
        }

        using var after = _scratch.Open(z => z.CacheAll(), Proxies);
        after.Albums.Single(a => a.Id == 2).Songs.Select(s => s.Title).ShouldContain("new");

        static void Proxies(DbContextOptionsBuilder options) => options.UseLazyLoadingProxies();
    }

    [Fact]
    public void WhenNavigationsAreLoadedExplicitly_TheyAreServedAndInvalidated()
    {
        for (var i = 0; i < 2; i++)
        {
            using var db = _scratch.Open(z => z.CacheAll());
            var album = db.Albums.Single(a => a.Id == 1);
            db.Entry(album).Collection(a => a.Songs).Load();
            album.Songs.Count.ShouldBe(2);
            db.Entry(album).Collection(a => a.Songs).Query().Count(s => s.Title != "x").ShouldBe(2);
            db.Entry(album.Songs.First()).Reference(s => s.Album).Load();
            db.Last()!.Source.ShouldBe(i == 0 ? QueryResultSource.Miss : QueryResultSource.Hit);
        }

        using (var writer = _scratch.Open())
        {
            writer.Songs.Where(s => s.AlbumId == 1).ExecuteDelete();
        }

        using var after = _scratch.Open(z => z.CacheAll());
        var empty = after.Albums.Single(a => a.Id == 1);
        after.Entry(empty).Collection(a => a.Songs).Load();
        empty.Songs.ShouldBeEmpty();
    }

    [Fact]
    public void WhenAnInterceptorMaterialises_ItDoesSoOnEachHit()
    {
        for (var i = 0; i < 2; i++)
        {
            var seen = new Materialised();
            using var db = _scratch.Open(z => z.CacheAll(), o => o.AddInterceptors(seen));
            db.Albums.AsNoTracking().OrderBy(a => a.Id).ToList()[0].Name.ShouldBe("Abbey Road (seen)");
            seen.Count.ShouldBe(2);
        }
    }

    [Fact]
    public void WhenDatabaseValuesAreAsked_TheDatabaseAnswers()
    {
        using var db = _scratch.Open(z => z.CacheAll());
        var album = db.Albums.Single(a => a.Id == 1);
        db.Find<Album>(1).ShouldBeSameAs(album);
        for (var i = 0; i < 3; i++)
        {
            // Behind everybody's back: only the database can know.
            _scratch.Execute($"UPDATE \"Albums\" SET \"Name\" = 'name {i}' WHERE \"Id\" = 1");
            db.Entry(album).GetDatabaseValues()!.GetValue<string>("Name").ShouldBe($"name {i}");
            db.Entry(album).Reload();
            album.Name.ShouldBe($"name {i}");
            db.Last().ShouldBe(Outcomes.Bypass("database-values"));
        }
    }

    private static void Fill(AlbumContext db)
    {
        var abbey = new Album { Id = 1, Name = "Abbey Road", Cover = [1, 2, 3], Years = [1969, 1970] };
        abbey.Songs.Add(new Song { Id = 1, Title = "Come Together" });
        abbey.Songs.Add(new Song { Id = 2, Title = "Something" });
        var help = new Album { Id = 2, Name = "Help!" };
        help.Songs.Add(new Song { Id = 3, Title = "Yesterday" });
        db.AddRange(abbey, help);
        if (db.Database.IsNpgsql())
        {
            db.SaveChanges();
            db.Database.ExecuteSqlRaw("""SELECT setval(pg_get_serial_sequence('"Songs"', 'Id'), 10)""");
        }
    }

    private sealed class Materialised : IMaterializationInterceptor
    {
        public int Count { get; private set; }

        public object InitializedInstance(MaterializationInterceptionData materializationData, object entity)
        {
            if (entity is Album album)
            {
                Count++;
                album.Name += " (seen)";
            }

            return entity;
        }
    }
}
