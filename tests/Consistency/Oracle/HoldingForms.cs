using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Queries of the shapes that mapping makes: converters, splitting, table per concrete type, payloads, shadows.</summary>
internal sealed class HoldingForms : FormList
{
    internal HoldingForms()
    {
        Columns();
        Mappings();
        Outer();
        Correlated();
        Slim("narrow: notes without a key", "Notes", (db, a) => { var id = a.Id(12); return a.List(db.Notes.Where(n => n.OrderId == id)); });
        Slim("narrow: half of a split entity", "WorkerPay", (db, a) => { var id = a.Id(5); var q = db.Pay.Via(a); return a.End(() => q.FirstOrDefault(p => p.Id == id), () => q.FirstOrDefaultAsync(p => p.Id == id)); });
        Slim("narrow: pay in steps", "WorkerPay", (db, a) => { var n = a.Number(3); return a.List(db.Pay.OrderBy(p => p.Id).Skip(n).Take(2).Select(p => p.Salary)); });
    }

    private void Columns()
    {
        One("asset by key", "Assets", (db, a) => { var id = a.Id(7); var q = db.Assets.Via(a); return a.End(() => q.FirstOrDefault(x => x.Id == id), () => q.FirstOrDefaultAsync(x => x.Id == id)); });
        Seq("assets by converted key", "Assets", (db, a) => { var code = new AssetCode($"A{a.Id(7)}"); return db.Assets.Where(x => x.Code == code); });
        Seq("assets by a list of converted keys", "Assets", (db, a) => { AssetCode[] codes = [new($"A{a.Id(7)}"), new($"A{a.Id(7)}")]; return db.Assets.Where(x => codes.Contains(x.Code)).Select(x => x.Id); });
        Seq("assets leased", "Assets", (db, a) => { var leased = a.Number(2) == 0; return db.Assets.Where(x => x.Leased == leased).Select(x => new { x.Id, x.Leased, x.Level }); });
        Seq("assets by level", "Assets", (db, a) => { var level = (Level)a.Number(3); return db.Assets.Where(x => x.Level == level); });
        Seq("assets by worth", "Assets", (db, a) => { var worth = a.Number(60); return db.Assets.Where(x => x.Worth > worth).Select(x => new { x.Id, x.Worth, x.Version }); });
        Seq("assets by complex member", "Assets", (db, a) => { int? height = a.Number(3) == 0 ? null : a.Id(5); return db.Assets.Where(x => x.Size.Height == height).Select(x => new { x.Id, x.Size }).AsNoTracking(); });
        Seq("assets by a complex member's member", "Assets", (db, a) => { var colour = a.Number(2) == 0 ? "red" : "blue"; return db.Assets.Where(x => x.Size.Wrap.Colour == colour).Select(x => x.Id); });
        Seq("assets by equal complex values", "Assets", (db, a) => { var size = new Box { Width = a.Id(5), Height = null, Wrap = new Wrap { Colour = "blue" } }; return db.Assets.Where(x => x.Size == size).Select(x => x.Id); });
        Seq("assets by an element", "Assets", (db, a) => { var reading = a.Id(7); return db.Assets.Where(x => x.Readings.Contains(reading)).Select(x => new { x.Id, x.Readings }); });
        Seq("assets by number of elements", "Assets", (db, a) => { var n = a.Number(3); return db.Assets.Where(x => x.Labels.Count == n).Select(x => new { x.Id, x.Labels }); });
        Seq("number of elements of assets", "Assets", (db, a) => { var n = a.Id(6); return db.Assets.Select(x => new { x.Id, Number = x.Readings.Count(r => r >= n) }); });
        Seq("first element of assets", "Assets", (db, a) => db.Assets.Where(x => x.Readings.Count > 0).Select(x => new { x.Id, First = x.Readings[0] }));
        Seq("reviews by shadow property", "Reviews", (db, a) => { var stars = a.Id(5); return db.Reviews.Where(r => EF.Property<int>(r, "Stars") >= stars).Select(r => new { r.Text, r.Mood, Key = EF.Property<int>(r, "Key") }); });
        Seq("reviews of a product, by shadow foreign key", "Reviews", (db, a) => { var id = a.Id(6); return db.Reviews.Where(r => EF.Property<int>(r, "ProductNo") == id); });
        One("review by shadow key, product included", "Reviews Products", (db, a) => { var id = a.Id(7); var q = db.Reviews.Include(r => r.Product).Via(a); return a.End(() => q.FirstOrDefault(r => EF.Property<int>(r, "Key") == id), () => q.FirstOrDefaultAsync(r => EF.Property<int>(r, "Key") == id)); });
    }

    private void Mappings()
    {
        Seq("regions by owned rows", "Regions Holidays", (db, a) => { var day = a.Id(4); return db.Regions.Where(r => r.Holidays.Any(h => h.Day == day)); });
        One("manual by key, in its asset's row", "Assets", (db, a) => { var id = a.Id(7); var q = db.Manuals.Via(a); return a.End(() => q.FirstOrDefault(m => m.Id == id), () => q.FirstOrDefaultAsync(m => m.Id == id)); });
        Seq("assets, manual included", "Assets", (db, a) => db.Assets.Include(x => x.Manual));
        Seq("assets without a manual", "Assets", (db, a) => db.Assets.Where(x => x.Manual == null).Select(x => x.Code));
        Seq("manuals by pages", "Assets", (db, a) => { int? pages = a.Number(2) == 0 ? null : a.Id(5); return db.Manuals.Where(m => m.Pages == pages).Select(m => new { m.Id, m.Text, m.Asset!.Units }); });
        Seq("moves, table per concrete type", "Sale Lend", (db, a) => db.Moves);
        One("move by Guid", "Sale Lend", (db, a) => { var id = WorldSeed.GuidOf((a.Id(2) * 10) + a.Id(6)); var q = db.Moves.Via(a); return a.End(() => q.FirstOrDefault(m => m.Id == id), () => q.FirstOrDefaultAsync(m => m.Id == id)); });
        Seq("sales by gain", "Sale", (db, a) => { var gain = a.Id(6); return db.Set<Sale>().Where(s => s.Gain >= gain); });
        Seq("moves of an asset", "Sale Lend", (db, a) => { int? id = a.Number(4) == 0 ? null : a.Id(6); return db.Moves.Where(m => m.AssetId == id).Select(m => new { m.Id, m.Day }); });
        Seq("assets, moves included", "Assets Sale Lend", (db, a) => { var id = a.Id(6); return db.Assets.Where(x => x.Id <= id).Include(x => x.Moves); });
        Seq("lends, longer than", "Lend", (db, a) => { var span = TimeSpan.FromHours(a.Id(4)); return db.Set<Lend>().Where(l => l.For == null || l.For == span).Select(l => new { l.Borrower, l.For }); });
        One("worker by key, in two tables", "Workers WorkerPay", (db, a) => { var id = a.Id(6); var q = db.Workers.Via(a); return a.End(() => q.FirstOrDefault(w => w.Id == id), () => q.FirstOrDefaultAsync(w => w.Id == id)); });
        Seq("workers by pay", "Workers WorkerPay", (db, a) => { var pay = a.Number(4) * 1000; return db.Workers.Where(w => w.Salary > pay).Select(w => new { w.Name, w.Grade }); });
        Seq("workers by name alone", "Workers", (db, a) => { var name = $"worker {a.Id(5)}"; return db.Workers.Where(w => w.Name == name).Select(w => w.Id); });
        Seq("workers, region included", "Workers WorkerPay Regions", (db, a) => db.Workers.Include(w => w.Region));
        Seq("workers, assets included", "Workers WorkerPay Uses Assets", (db, a) => { var id = a.Id(5); return db.Workers.Where(w => w.Id == id).Include(w => w.Assets); });
        Seq("uses by hours", "Uses", (db, a) => { var hours = a.Id(5); return db.Uses.Where(u => u.Hours >= hours).Select(u => new { u.WorkerId, u.AssetId, u.Since }); });
        One("use by composite key", "Uses", (db, a) => { var (w, x) = (a.Id(4), a.Id(6)); var q = db.Uses.Via(a); return a.End(() => q.FirstOrDefault(u => u.WorkerId == w && u.AssetId == x), () => q.FirstOrDefaultAsync(u => u.WorkerId == w && u.AssetId == x)); });
        Seq("workers by an asset's level", "Workers Uses Assets", (db, a) => { var level = (Level)a.Number(3); return db.Workers.Where(w => w.Assets.Any(x => x.Level == level)).Select(w => w.Name); });
    }

    private void Outer()
    {
        Seq("left join, a condition of the right side in ON", "Customers Orders", (db, a) => { var s = a.Status(); return from c in db.Customers from o in db.Orders.Where(o => o.CustomerId == c.Id && o.Status == s).DefaultIfEmpty() select new { c.Id, Order = (int?)o!.Id }; });
        Seq("left join, a condition of the left side in ON", "Customers Orders", (db, a) => { var id = a.Id(); return db.Customers.LeftJoin(db.Orders, c => c.Id == id ? c.Id : 0, o => o.CustomerId, (c, o) => new { c.Id, Order = (int?)o!.Id }); });
        Seq("left join, WHERE on the right side", "Assets Customers", (db, a) => { var city = a.City(); return db.Assets.Where(x => x.Customer!.City == city).Select(x => new { x.Id, x.Customer!.Name }); });
        Seq("left join, WHERE on the right key", "Orders Coupons", (db, a) => { Guid? id = a.Number(3) == 0 ? null : a.Guid(); return db.Orders.LeftJoin(db.Coupons, o => o.CouponId, c => c.Id, (o, c) => new { o.Id, Coupon = (Guid?)c!.Id }).Where(x => x.Coupon == id); });
        Seq("left join, the right side missing", "Customers Cards", (db, a) => { var id = a.Id(); return db.Customers.Where(c => c.Id == id && c.Card == null).Select(c => c.Name); });
        Seq("right join, WHERE on the kept side", "Cards Customers", (db, a) => { var id = a.Id(); return db.Cards.RightJoin(db.Customers, k => k.CustomerId, c => c.Id, (k, c) => new { c.Id, Number = k == null ? 0 : k.Number }).Where(x => x.Id == id); });
        Seq("left join of a filtered page", "Orders Lines", (db, a) => { var (id, n) = (a.Id(), a.Id(3)); return from o in db.Orders.Where(o => o.CustomerId == id).OrderBy(o => o.Id).Take(n) join l in db.Lines on o.Id equals l.OrderId into ls from l in ls.DefaultIfEmpty() select new { o.Id, No = (int?)l.No }; });
        Seq("two levels of left joins", "Lines Orders Coupons Customers", (db, a) => { var id = a.Id(6); return db.Lines.Where(l => l.ProductId == id).Select(l => new { l.OrderId, l.No, Code = l.Order!.Coupon!.Code, l.Order.Customer!.Name }); });
        Seq("join of an optional and a null parameter", "Products Categories", (db, a) => { int? id = a.Number(2) == 0 ? null : a.Id(4); return db.Products.Where(p => p.Category!.ParentId == id).Select(p => new { p.Id, p.Category!.Name }); });
        Seq("cross join under a limit", "Tags Regions", (db, a) => { var n = a.Id(5); return (from t in db.Tags from r in db.Regions orderby t.Id, r.Code select new { t.Name, r.Code }).Take(n); });
    }

    private void Correlated()
    {
        Seq("exists in a correlated subquery of a key", "Customers Orders", (db, a) => { var id = a.Id(12); return db.Customers.Where(c => db.Orders.Any(o => o.Id == id && o.CustomerId == c.Id)).Select(c => c.Name); });
        Seq("not in a subquery", "Customers Cards", (db, a) => { var id = a.Id(); return db.Customers.Where(c => c.Id <= id && !db.Cards.Select(k => k.CustomerId).Contains(c.Id)).Select(c => c.Id); });
        Seq("in a subquery or a key", "Orders Coupons", (db, a) => { var (id, percent) = (a.Id(12), a.Number(20)); return db.Orders.Where(o => o.Id == id || db.Coupons.Where(c => c.Percent > percent).Select(c => (Guid?)c.Id).Contains(o.CouponId)).Select(o => new { o.Id, o.Total }); });
        Seq("scalar subquery of a maximum", "Customers Orders", (db, a) => { var id = a.Id(); return db.Customers.Where(c => c.Id == id).Select(c => new { c.Id, Last = db.Orders.Where(o => o.CustomerId == c.Id).Max(o => (int?)o.Id) }); });
        Seq("rows over the average", "Assets", (db, a) => db.Assets.Where(x => x.Units >= db.Assets.Average(y => y.Units)).Select(x => x.Id));
        Seq("first two lines of each order", "Orders Lines", (db, a) => { var s = a.Status(); return db.Orders.Where(o => o.Status == s).SelectMany(o => o.Lines.OrderBy(l => l.No).Take(2)).Select(l => new { l.OrderId, l.No, l.Quantity }); });
        Seq("second line of each order", "Orders Lines", (db, a) => db.Orders.Select(o => new { o.Id, Second = o.Lines.OrderBy(l => l.No).Skip(1).Select(l => (int?)l.Quantity).FirstOrDefault() }));
        Seq("best order of a customer's city", "Customers Orders", (db, a) => { var city = a.City(); return db.Orders.Where(o => o.Customer!.City == city).GroupBy(o => o.CustomerId).Select(g => new { g.Key, Best = g.OrderByDescending(o => o.Total).ThenBy(o => o.Id).Select(o => o.Id).First() }); });
        Seq("groups with a condition", "Lines", (db, a) => { var n = a.Number(4); return db.Lines.Where(l => l.Quantity >= n).GroupBy(l => l.OrderId).Select(g => new { g.Key, Count = g.Count(), Sum = g.Sum(l => l.Quantity) }); });
        Seq("groups of two columns", "Orders", (db, a) => db.Orders.GroupBy(o => new { o.CustomerId, o.Status }).Select(g => new { g.Key.CustomerId, g.Key.Status, Count = g.Count() }));
        Seq("distinct under a limit", "Lines", (db, a) => { var n = a.Id(3); return db.Lines.Select(l => l.ProductId).Distinct().OrderBy(p => p).Take(n); }, ordered: true);
        Seq("union of two tables under a page", "Customers Workers", (db, a) => { var n = a.Number(4); return db.Customers.Select(c => c.Name).Union(db.Workers.Select(w => w.Name)).OrderBy(x => x).Skip(n).Take(3); }, ordered: true);
        Seq("intersection of filters", "Orders", (db, a) => { var (id, s) = (a.Id(), a.Status()); return db.Orders.Where(o => o.CustomerId == id).Intersect(db.Orders.Where(o => o.Status == s)).Select(o => o.Id); });
        Seq("page inside a page", "Customers", (db, a) => { var (x, y) = (a.Number(3), a.Id(2)); return db.Customers.OrderBy(c => c.Id).Skip(x).Take(4).OrderByDescending(c => c.Credit).ThenBy(c => c.Id).Take(y).Select(c => new { c.Id, c.Credit }); }, ordered: true);
        Seq("limit in a subquery under a filter", "Orders Lines", (db, a) => { var id = a.Id(12); return db.Orders.Where(o => o.Id == id && db.Lines.OrderByDescending(l => l.Quantity).ThenBy(l => l.OrderId).ThenBy(l => l.No).Take(3).Any(l => l.OrderId == o.Id)).Select(o => o.Id); });
    }
}
