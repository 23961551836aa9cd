using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>A projection of its own type.</summary>
internal sealed record CustomerSummary(int Id, string Name, int Orders, decimal? Largest);

/// <summary>Includes, joins, aggregates, groups, set operations, pages, projections.</summary>
internal sealed class ShapeForms : FormList
{
    internal ShapeForms()
    {
        Includes();
        Joins();
        Aggregates();
        Sets();
        Pages();
    }

    private void Includes()
    {
        Seq("orders, lines included", "Orders Lines", (db, a) => { var id = a.Id(); return db.Orders.Where(o => o.CustomerId == id).Include(o => o.Lines); });
        Seq("orders, lines and products included", "Orders Lines Products", (db, a) => { var status = a.Status(); return db.Orders.Where(o => o.Status == status).Include(o => o.Lines).ThenInclude(l => l.Product); });
        Seq("customers, some orders included", "Customers Orders", (db, a) => { var status = a.Status(); return db.Customers.Include(c => c.Orders.Where(o => o.Status == status).OrderByDescending(o => o.Id).Take(1)); });
        Seq("customers, region and card included", "Customers Regions Cards", (db, a) => db.Customers.Include(c => c.Region).Include(c => c.Card));
        Seq("page of customers by credit", "Customers", (db, a) => { var skip = a.Number(5); return db.Customers.OrderBy(c => c.Credit).ThenBy(c => c.Id).Skip(skip).Take(2); }, ordered: true);
        Seq("customers with the most credit", "Customers", (db, a) => { var most = 1 + a.Number(4); return db.Customers.OrderByDescending(c => c.Credit).ThenBy(c => c.Id).Take(most).Select(c => new { c.Id, c.Name, c.Credit }); }, ordered: true);
        Seq("customers but those with the least credit", "Customers", (db, a) => { var skip = 2 + a.Number(3); return db.Customers.OrderBy(c => c.Credit).ThenBy(c => c.Id).Skip(skip).Select(c => new { c.Id, c.Credit }); }, ordered: true);
        One("most credit in a region", "Customers", (db, a) => { var region = a.Region(); var q = db.Customers.Where(c => c.RegionCode == region).Select(c => (long?)c.Credit).Via(a); return a.End(() => q.Max(), () => q.MaxAsync()); });
        One("least credit", "Customers", (db, a) => { var q = db.Customers.Select(c => (long?)c.Credit).Via(a); return a.End(() => q.Min(), () => q.MinAsync()); });
        Seq("cheapest products of a category", "Products", (db, a) => { var category = a.Id(4); return db.Products.Where(p => p.CategoryId == category).OrderBy(p => p.Price).ThenBy(p => p.Id).Take(1); }, ordered: true);
        Seq("page of products by price", "Products", (db, a) => { var skip = a.Number(6); return db.Products.OrderByDescending(p => p.Price).ThenBy(p => p.Id).Skip(skip).Take(2).Select(p => new { p.Id, p.Name, p.Price }); }, ordered: true);
        One("dearest product", "Products", (db, a) => { var q = db.Products.Select(p => (int?)p.Price).Via(a); return a.End(() => q.Max(), () => q.MaxAsync()); });
        Seq("lines of an order by quantity", "Lines", (db, a) => { var order = a.Id(); return db.Lines.Where(l => l.OrderId == order).OrderByDescending(l => l.Quantity).ThenBy(l => l.No).Skip(1).Take(1); }, ordered: true);
        Seq("regions, customers included", "Regions Customers", (db, a) => db.Regions.Include(r => r.Customers));
        Seq("customers, referrer and referred included", "Customers", (db, a) => db.Customers.Include(c => c.Referrer).Include(c => c.Referred).AsTracking());
        Seq("tags, products included", "Tags ProductTag Products", (db, a) => db.Tags.Include(t => t.Products));
        Seq("lines, notes included", "Lines Notes", (db, a) => { var id = a.Id(12); return db.Lines.Where(l => l.OrderId == id).Include(l => l.Notes); });
        Seq("orders, documents included", "Orders Documents Invoice Contract", (db, a) => db.Orders.Include(o => o.Documents).AsNoTrackingWithIdentityResolution());
    }

    private void Joins()
    {
        Seq("orders joined with customers", "Orders Customers", (db, a) => db.Orders.Join(db.Customers, o => o.CustomerId, c => c.Id, (o, c) => new { o.Id, c.Name, o.Total }));
        Seq("customers left joined with cards", "Customers Cards", (db, a) => db.Customers.LeftJoin(db.Cards, c => c.Id, k => k.CustomerId, (c, k) => new { c.Id, Holder = k == null ? null : k.Holder }));
        Seq("cards right joined with customers", "Customers Cards", (db, a) => db.Cards.RightJoin(db.Customers, k => k.CustomerId, c => c.Id, (k, c) => new { c.Id, Holder = k == null ? null : k.Holder }));
        Seq("one customer left joined with orders", "Customers Orders", (db, a) => { var id = a.Id(); return from c in db.Customers where c.Id == id from o in db.Orders.Where(o => o.CustomerId == c.Id).DefaultIfEmpty() select new { c.Name, Order = (int?)o!.Id }; });
        Seq("customers left joined with orders of null", "Customers Orders", (db, a) => { int? id = a.Number(3) == 0 ? null : a.Id(); return from c in db.Customers join o in db.Orders on c.Id equals o.CustomerId into os from o in os.DefaultIfEmpty() where o.CustomerId == id || o == null select new { c.Name, Order = (int?)o.Id }; });
        Seq("customers, group join with orders", "Customers Orders", (db, a) => from c in db.Customers join o in db.Orders on c.Id equals o.CustomerId into os select new { c.Id, Total = os.Sum(o => (double)o.Total), Any = os.Any() });
        Seq("lines of customers", "Customers Orders Lines", (db, a) => { var city = a.City(); return db.Customers.Where(c => c.City == city).SelectMany(c => c.Orders).SelectMany(o => o.Lines).Select(l => new { l.OrderId, l.No, l.Quantity }); });
        Seq("pairs of customers", "Customers", (db, a) => from x in db.Customers from y in db.Customers where x.City == y.City && x.Id < y.Id select new { A = x.Id, B = y.Id });
        Seq("products with names of tags", "Products ProductTag Tags", (db, a) => db.Products.SelectMany(p => p.Tags, (p, t) => new { p.Name, Tag = t.Name }));
        Seq("customers with lists", "Customers Orders", (db, a) => db.Customers.Select(c => new { c.Id, Orders = c.Orders.Select(o => o.Total).ToList() }));
    }

    private void Aggregates()
    {
        One("count of customers", "Customers", (db, a) => { var q = db.Customers.Via(a); return a.End(() => q.Count(), () => q.CountAsync()); });
        One("long count of lines", "Lines", (db, a) => { var n = a.Number(4); var q = db.Lines.Where(l => l.Quantity > n).Via(a); return a.End(() => q.LongCount(), () => q.LongCountAsync()); });
        One("sum of credit", "Customers", (db, a) => { var q = db.Customers.Via(a); return a.End(() => q.Sum(c => c.Credit), () => q.SumAsync(c => c.Credit)); });
        One("sum of totals", "Orders", (db, a) => { var q = db.Orders.Via(a); return a.End(() => q.Sum(o => o.Total), () => q.SumAsync(o => o.Total)); });
        One("smallest price", "Products", (db, a) => { var q = db.Products.Select(p => (int?)p.Price).Via(a); return a.End(() => q.Min(), () => q.MinAsync()); });
        One("largest total of a customer", "Orders", (db, a) => { var id = a.Id(); var q = db.Orders.Where(o => o.CustomerId == id).Select(o => (decimal?)o.Total).Via(a); return a.End(() => q.Max(), () => q.MaxAsync()); });
        One("average quantity, or an exception", "Lines", (db, a) => { var no = a.Id(4); var q = db.Lines.Where(l => l.No == no).Via(a); return a.End(() => q.Average(l => l.Quantity), () => q.AverageAsync(l => l.Quantity)); });
        One("any note with a text", "Notes", (db, a) => { var text = $"note {a.Number(3)}"; var q = db.Notes.Via(a); return a.End(() => q.Any(n => n.Text == text), () => q.AnyAsync(n => n.Text == text)); });
        One("all customers have credit", "Customers", (db, a) => { long credit = a.Number(300); var q = db.Customers.Via(a); return a.End(() => q.All(c => c.Credit > credit), () => q.AllAsync(c => c.Credit > credit)); });
        One("contains a name", "Customers", (db, a) => { var name = $"name {a.Number(5)}"; var q = db.Customers.Select(c => c.Name).Via(a); return a.End(() => q.Contains(name), () => q.ContainsAsync(name)); });
        Seq("orders by status, counted", "Orders", (db, a) => db.Orders.GroupBy(o => o.Status).Select(g => new { g.Key, Count = g.Count(), Max = g.Max(o => o.Id) }));
        Seq("customers by city, with more than one", "Customers", (db, a) => db.Customers.GroupBy(c => c.City).Where(g => g.Count() > 1).Select(g => new { g.Key, Credit = g.Sum(c => c.Credit) }));
        Seq("quantities by product name", "Lines Products", (db, a) => db.Lines.GroupBy(l => l.Product!.Name).Select(g => new { g.Key, Sum = g.Sum(l => l.Quantity), Average = g.Average(l => l.Quantity) }));
        Seq("newest order of each customer", "Orders", (db, a) => db.Orders.GroupBy(o => o.CustomerId).Select(g => g.OrderByDescending(o => o.Id).First()));
        Seq("customers with numbers", "Customers Orders", (db, a) => db.Customers.Select(c => new CustomerSummary(c.Id, c.Name, c.Orders.Count, c.Orders.Max(o => (decimal?)o.Total))));
    }

    private void Sets()
    {
        Seq("distinct cities", "Customers", (db, a) => db.Customers.Select(c => c.City).Distinct());
        Seq("union of customers", "Customers", (db, a) => { var city = a.City(); long credit = a.Number(500); return db.Customers.Where(c => c.City == city).Union(db.Customers.Where(c => c.Credit > credit)).Select(c => c.Id); });
        Seq("names of two tables, concatenated", "Products Tags", (db, a) => db.Products.Select(p => p.Name).Concat(db.Tags.Select(t => t.Name)));
        Seq("customers but for those with orders", "Customers Orders", (db, a) => db.Customers.Select(c => c.Id).Except(db.Orders.Select(o => o.CustomerId)));
        Seq("customers with orders and cards", "Orders Cards", (db, a) => db.Orders.Select(o => o.CustomerId).Intersect(db.Cards.Select(c => c.CustomerId)));
        Seq("a key but for another", "Orders", (db, a) => { var (x, y) = (a.Id(12), a.Id(12)); return db.Orders.Where(o => o.Id == x).Select(o => o.CustomerId).Except(db.Orders.Where(o => o.Id == y).Select(o => o.CustomerId)); });
        Seq("a key and another", "Orders", (db, a) => { var (x, y) = (a.Id(12), a.Id(12)); return db.Orders.Where(o => o.Id == x).Concat(db.Orders.Where(o => o.Id == y)); });
    }

    private void Pages()
    {
        Seq("page of customers", "Customers", (db, a) => { var (skip, take) = (a.Number(3), a.Id(3)); return db.Customers.OrderBy(c => c.Name).ThenByDescending(c => c.Id).Skip(skip).Take(take); }, ordered: true);
        Seq("page of orders of a status", "Orders", (db, a) => { var (status, skip) = (a.Status(), a.Number(3)); return db.Orders.Where(o => o.Status == status).OrderBy(o => o.Placed).ThenBy(o => o.Id).Skip(skip).Take(2); }, ordered: true);
        Seq("page, then filter by key", "Orders", (db, a) => { var id = a.Id(12); return db.Orders.OrderByDescending(o => o.Total).ThenBy(o => o.Id).Take(3).Where(o => o.Id == id); });
        Seq("filter by key after skip", "Customers", (db, a) => { var id = a.Id(); return db.Customers.OrderBy(c => c.Credit).ThenBy(c => c.Id).Skip(1).Where(c => c.Id == id).Select(c => c.Credit); });
        Seq("products by price, ordered", "Products", (db, a) => { var price = a.Number(20); return db.Products.Where(p => p.Price > price).OrderBy(p => p.Price).ThenBy(p => p.Id).Select(p => p.Id); }, ordered: true);
        Seq("first orders of customers", "Customers Orders", (db, a) => db.Customers.OrderBy(c => c.Id).Select(c => new { c.Id, First = c.Orders.OrderBy(o => o.Id).Select(o => (int?)o.Id).FirstOrDefault() }), ordered: true);
        One("last order", "Orders", (db, a) => { var q = db.Orders.OrderBy(o => o.Id).Via(a); return a.End(() => q.LastOrDefault(), () => q.LastOrDefaultAsync()); });
        Seq("customers with an order's place by key", "Customers Orders", (db, a) => { var id = a.Id(12); return db.Customers.Select(c => new { c.Id, Is = db.Orders.Any(o => o.Id == id && o.CustomerId == c.Id) }); });
        Seq("name of an order's customer, by subquery", "Customers Orders", (db, a) => { var id = a.Id(12); return db.Orders.Where(o => o.Id == id).Select(o => db.Customers.Where(c => c.Id == o.CustomerId).Select(c => c.Name).FirstOrDefault()); });
        Seq("conditional expression", "Products", (db, a) => { var price = a.Number(20); return db.Products.Select(p => new { p.Id, Dear = p.Price > price ? "dear" : "cheap" }); });
        Seq("captured value in the projection", "Products", (db, a) => { var text = $"x{a.Number(100)}"; var id = a.Id(); return db.Products.Where(p => p.Id == id).Select(p => new { p.Id, Text = text }); });
    }
}
