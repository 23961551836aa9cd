using Microsoft.EntityFrameworkCore;
using ZooCache.Benchmarks.Data;

namespace ZooCache.Benchmarks.Ratios;

/// <summary>What is compared. The names are what <c>--case</c> takes and what stands in the JSON.</summary>
internal static class RatioCases
{
    public const int Items = 100_000;

    /// <summary>So many answers are asked for again and again where hits are measured.</summary>
    private const int Hot = 64;

    private const int Tracked = 10;

    private const int Thousand = 1_000;

    private static readonly Func<BenchmarkContext, int, Item> PlainCompiled =
        EF.CompileQuery((BenchmarkContext db, int id) => db.Items.AsNoTracking().Single(i => i.Id == id));

    private static readonly Func<BenchmarkContext, int, Item> CachedCompiled =
        EF.CompileQuery((BenchmarkContext db, int id) => db.Items.AsNoTracking().Cacheable().Single(i => i.Id == id));

    public static IReadOnlyList<RatioCase> All { get; } =
    [
        new("point", "one row by key, no tracking", CachePart.Hit,
            static (db, n) => Point(db.Items, HotId(n)),
            static (db, n) => Point(db.Items.Cacheable(), HotId(n))),
        new("point-compiled", "the same by EF.CompileQuery", CachePart.Hit,
            static (db, n) => PlainCompiled(db, HotId(n)),
            static (db, n) => CachedCompiled(db, HotId(n))),
        new("point-async", "the same by SingleAsync", CachePart.Hit,
            static (db, n) => PointAsync(db.Items, HotId(n)),
            static (db, n) => PointAsync(db.Items.Cacheable(), HotId(n))) { IsAsync = true },
        new("list10", "10 rows, no tracking", CachePart.Hit,
            static (db, n) => Ten(db.Items.AsNoTracking(), HotId(n)),
            static (db, n) => Ten(db.Items.AsNoTracking().Cacheable(), HotId(n))),
        new("list100", "100 rows, no tracking", CachePart.Hit,
            static (db, n) => List(db.Items.AsNoTracking(), HotId(n)),
            static (db, n) => List(db.Items.AsNoTracking().Cacheable(), HotId(n))),
        new("list100-tracking", "100 rows, tracked", CachePart.Hit,
            static (db, n) => Forgotten(db, List(db.Items, HotId(n))),
            static (db, n) => Forgotten(db, List(db.Items.Cacheable(), HotId(n)))),
        new("list1000", "1 000 rows, no tracking", CachePart.Hit,
            static (db, n) => TenShelves(db.Items.AsNoTracking(), HotId(n)),
            static (db, n) => TenShelves(db.Items.AsNoTracking().Cacheable(), HotId(n))),
        new("include", "one crate with its 20 parts, no tracking", CachePart.Hit,
            static (db, n) => Include(db.Crates, HotId(n)),
            static (db, n) => Include(db.Crates.Cacheable(), HotId(n))),
        new("include100", "one shelf with its 100 items, no tracking", CachePart.Hit,
            static (db, n) => Include(db.Shelves, HotId(n)),
            static (db, n) => Include(db.Shelves.Cacheable(), HotId(n))),
        new("projection100", "100 rows as a record of three values", CachePart.Hit,
            static (db, n) => Lines(db.Items, HotId(n)),
            static (db, n) => Lines(db.Items.Cacheable(), HotId(n))),
        new("count", "a count over 100 rows", CachePart.Hit,
            static (db, n) => Count(db.Items, HotId(n)),
            static (db, n) => Count(db.Items.Cacheable(), HotId(n))),
        new("miss", "one row by a key not asked for lately; evictions included", CachePart.Miss,
            static (db, n) => Point(db.Items, AnyId(n)),
            static (db, n) => Point(db.Items.Cacheable(), AnyId(n))),
        new("save", "SaveChanges of one changed row of ten tracked", CachePart.Write,
            static (db, n) => Save(db, n),
            static (db, n) => Save(db, n))
        {
            BeforePlain = static db => Load(db, Tracked),
            BeforeCached = static db => Load(db, Tracked),
        },
        new("save1000", "SaveChanges of 1 000 changed rows", CachePart.Write,
            static (db, _) => SaveThousand(db),
            static (db, _) => SaveThousand(db))
        {
            BeforePlain = static db => Load(db, Thousand),
            BeforeCached = static db =>
            {
                List(db.Items.AsNoTracking().Cacheable(), shelf: 1);
                Load(db, Thousand);
            },
        },
        new("insert1000", "SaveChanges of 1 000 new rows", CachePart.Write,
            static (db, _) => InsertThousand(db),
            static (db, _) => InsertThousand(db))
        {
            BeforeCached = static db => List(db.Items.AsNoTracking().Cacheable(), shelf: 1),
        },
        new("validate16", "validating an answer with 16 dependencies after a write elsewhere / one row by key", CachePart.Engine,
            static (db, n) => Point(db.Items, HotId(n)),
            static (_, n) => Validation.Walk(n)),
        new("not-cacheable", "one row by key, a query that asks for no caching", CachePart.Bypass,
            static (db, n) => Point(db.Items, HotId(n)),
            static (db, n) => Point(db.Items, HotId(n))),
        new("pg-point", "one row by key on PostgreSQL, no tracking", CachePart.Hit,
            static (db, n) => Point(db.Items, HotId(n)),
            static (db, n) => Point(db.Items.Cacheable(), HotId(n))) { OnPostgres = true },
        new("pg-list100", "100 rows on PostgreSQL, no tracking", CachePart.Hit,
            static (db, n) => List(db.Items.AsNoTracking(), HotId(n)),
            static (db, n) => List(db.Items.AsNoTracking().Cacheable(), HotId(n))) { OnPostgres = true },
        new("pg-miss", "one row by a key not asked for lately on PostgreSQL", CachePart.Miss,
            static (db, n) => Point(db.Items, AnyId(n)),
            static (db, n) => Point(db.Items.Cacheable(), AnyId(n))) { OnPostgres = true },
    ];

    private static int HotId(int n) => 1 + (n % Hot);

    private static int AnyId(int n) => 1 + (n % Items);

    private static Item Point(IQueryable<Item> items, int id) => items.AsNoTracking().Single(i => i.Id == id);

    private static Task<Item> PointAsync(IQueryable<Item> items, int id) => items.AsNoTracking().SingleAsync(i => i.Id == id);

    private static List<Item> List(IQueryable<Item> items, int shelf) => items.Where(i => i.ShelfId == shelf).ToList();

    private static List<Item> Ten(IQueryable<Item> items, int shelf)
        => items.Where(i => i.ShelfId == shelf).OrderBy(i => i.Id).Take(10).ToList();

    private static List<Item> TenShelves(IQueryable<Item> items, int first)
    {
        var last = first + 9;
        return items.Where(i => i.ShelfId >= first && i.ShelfId <= last).ToList();
    }

    private static List<ItemLine> Lines(IQueryable<Item> items, int shelf)
        => items.Where(i => i.ShelfId == shelf).Select(i => new ItemLine(i.Id, i.Name, i.Price)).ToList();

    private static Crate Include(IQueryable<Crate> crates, int id) => crates.AsNoTracking().Include(c => c.Parts).Single(c => c.Id == id);

    private static Shelf Include(IQueryable<Shelf> shelves, int id) => shelves.AsNoTracking().Include(s => s.Items).Single(s => s.Id == id);

    private static int Count(IQueryable<Item> items, int shelf) => items.Count(i => i.ShelfId == shelf);

    private static List<Item> Forgotten(BenchmarkContext db, List<Item> items)
    {
        db.ChangeTracker.Clear();
        return items;
    }

    private static int Save(BenchmarkContext db, int n)
    {
        var item = db.Items.Find(1 + (n % Tracked))!;
        item.Price = n;
        return db.SaveChanges();
    }

    private static void Load(BenchmarkContext db, int items) => db.Items.Where(i => i.Id <= items).Load();

    private static int SaveThousand(BenchmarkContext db)
    {
        foreach (var item in db.Items.Local)
        {
            item.Price = Math.Floor(item.Price) + 1;
        }

        return db.SaveChanges();
    }

    private static int InsertThousand(BenchmarkContext db)
    {
        db.ChangeTracker.Clear();
        for (var i = 0; i < Thousand; i++)
        {
            db.Items.Add(new Item { ShelfId = Items / BenchmarkDatabase.ItemsPerShelf, Name = "A new item" });
        }

        return db.SaveChanges();
    }
}
