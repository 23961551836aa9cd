using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Look-ups of rows by all or part of their keys, found or not, alone and with what belongs to them.</summary>
internal sealed class LookupForms : FormList
{
    internal LookupForms()
    {
        One("customer by key", "Customers", (db, a) => { var id = a.Id(); var q = db.Customers.Via(a).Where(c => c.Id == id); return a.End(() => q.FirstOrDefault(), () => q.FirstOrDefaultAsync()); });
        One("customer by key, of all tenants", "Customers", (db, a) => { var id = a.Id(); var q = db.Customers.IgnoreQueryFilters().Via(a); return a.End(() => q.SingleOrDefault(c => c.Id == id), () => q.SingleOrDefaultAsync(c => c.Id == id)); });
        One("customer by key, or an exception", "Customers", (db, a) => { var id = a.Id(); var q = db.Customers.Via(a); return a.End(() => q.Single(c => c.Id == id), () => q.SingleAsync(c => c.Id == id)); });
        One("name by key", "Customers", (db, a) => { var id = a.Id(); var q = db.Customers.Where(c => c.Id == id).Select(c => c.Name).Via(a); return a.End(() => q.SingleOrDefault(), () => q.SingleOrDefaultAsync()); });
        One("null column by key", "Customers", (db, a) => { var id = a.Id(); var q = db.Customers.Where(c => c.Id == id).Select(c => c.ReferrerId).Via(a); return a.End(() => q.FirstOrDefault(), () => q.FirstOrDefaultAsync()); });
        One("owned parts by key", "Customers", (db, a) => { var id = a.Id(); var q = db.Customers.Where(c => c.Id == id).Select(c => new { c.Address.Street, c.Profile.Nick, c.Profile.Phones.Count }).Via(a); return a.End(() => q.FirstOrDefault(), () => q.FirstOrDefaultAsync()); });
        One("exists by key", "Customers", (db, a) => { var id = a.Id(); var q = db.Customers.Via(a); return a.End(() => q.Any(c => c.Id == id), () => q.AnyAsync(c => c.Id == id)); });
        One("count by key", "Orders", (db, a) => { var id = a.Id(); var q = db.Orders.Via(a); return a.End(() => q.Count(o => o.Id == id), () => q.CountAsync(o => o.Id == id)); });
        One("card by key from its owner", "Cards", (db, a) => { var id = a.Id(); var q = db.Cards.Via(a); return a.End(() => q.FirstOrDefault(c => c.CustomerId == id), () => q.FirstOrDefaultAsync(c => c.CustomerId == id)); });
        One("card by a long for its key", "Cards", (db, a) => { long id = a.Id(); var q = db.Cards.Via(a); return a.End(() => q.FirstOrDefault(c => c.CustomerId == id), () => q.FirstOrDefaultAsync(c => c.CustomerId == id)); });
        One("order by key", "Orders", (db, a) => { var id = a.Id(12); var q = db.Orders.Via(a); return a.End(() => q.SingleOrDefault(o => o.Id == id), () => q.SingleOrDefaultAsync(o => o.Id == id)); });
        One("order by key and more", "Orders", (db, a) => { var id = a.Id(12); var s = a.Status(); var q = db.Orders.Via(a); return a.End(() => q.FirstOrDefault(o => o.Id == id && o.Status == s), () => q.FirstOrDefaultAsync(o => o.Id == id && o.Status == s)); });
        One("order by key, customer included", "Orders Customers", (db, a) => { var id = a.Id(12); var q = db.Orders.Include(o => o.Customer).Via(a); return a.End(() => q.FirstOrDefault(o => o.Id == id), () => q.FirstOrDefaultAsync(o => o.Id == id)); });
        One("customer by key, two levels included", "Customers Orders Lines", (db, a) => { var id = a.Id(); var q = db.Customers.Include(c => c.Orders).ThenInclude(o => o.Lines).Via(a); return a.End(() => q.SingleOrDefault(c => c.Id == id), () => q.SingleOrDefaultAsync(c => c.Id == id)); });
        One("customer by key, card included", "Customers Cards", (db, a) => { var id = a.Id(); var q = db.Customers.Include(c => c.Card).Via(a); return a.End(() => q.FirstOrDefault(c => c.Id == id), () => q.FirstOrDefaultAsync(c => c.Id == id)); });
        One("line by composite key", "Lines", (db, a) => { var (o, n) = (a.Id(12), a.Id(3)); var q = db.Lines.Via(a); return a.End(() => q.FirstOrDefault(l => l.No == n && l.OrderId == o), () => q.FirstOrDefaultAsync(l => l.No == n && l.OrderId == o)); });
        Seq("lines by the first part of their key", "Lines", (db, a) => { var o = a.Id(12); return db.Lines.Where(l => l.OrderId == o); });
        Seq("lines by the second part of their key", "Lines", (db, a) => { var n = a.Id(3); return db.Lines.Where(l => l.No == n); });
        One("coupon by Guid", "Coupons", (db, a) => { var id = a.Guid(); var q = db.Coupons.Via(a); return a.End(() => q.FirstOrDefault(c => c.Id == id), () => q.FirstOrDefaultAsync(c => c.Id == id)); });
        One("coupon by Guid, retired too", "Coupons", (db, a) => { var id = a.Guid(); var q = db.Coupons.IgnoreQueryFilters().Include(c => c.Orders).Via(a); return a.End(() => q.FirstOrDefault(c => c.Id == id), () => q.FirstOrDefaultAsync(c => c.Id == id)); });
        One("region by string key", "Regions", (db, a) => { var id = a.Region(); var q = db.Regions.Via(a); return a.End(() => q.FirstOrDefault(r => r.Code == id), () => q.FirstOrDefaultAsync(r => r.Code == id)); });
        All("region found", "Regions", (db, a) => { var id = a.Region(); return a.End(() => db.Regions.Find(id), () => db.Regions.FindAsync(id).AsTask()); });
        One("product by client-set key", "Products", (db, a) => { var id = a.Id(12); var q = db.Products.Via(a); return a.End(() => q.FirstOrDefault(p => p.Id == id), () => q.FirstOrDefaultAsync(p => p.Id == id)); });
        One("book by key", "Products", (db, a) => { var id = a.Id(12); var q = db.Products.OfType<Book>().Via(a); return a.End(() => q.FirstOrDefault(p => p.Id == id), () => q.FirstOrDefaultAsync(p => p.Id == id)); });
        One("product by key, tags included", "Products Tags ProductTag", (db, a) => { var id = a.Id(12); var q = db.Products.Include(p => p.Tags).Via(a); return a.End(() => q.FirstOrDefault(p => p.Id == id), () => q.FirstOrDefaultAsync(p => p.Id == id)); });
        One("category by key", "Categories", (db, a) => { var id = a.Id(); var q = db.Categories.AsNoTracking().Via(a); return a.End(() => q.FirstOrDefault(c => c.Id == id), () => q.FirstOrDefaultAsync(c => c.Id == id)); });
        One("category by key, children and parent included", "Categories", (db, a) => { var id = a.Id(); var q = db.Categories.Include(c => c.Children).Include(c => c.Parent).Via(a); return a.End(() => q.FirstOrDefault(c => c.Id == id), () => q.FirstOrDefaultAsync(c => c.Id == id)); });
        One("note by key", "Notes", (db, a) => { var id = a.Id(12); var q = db.Notes.Via(a); return a.End(() => q.FirstOrDefault(n => n.Id == id), () => q.FirstOrDefaultAsync(n => n.Id == id)); });
        One("document by key, table per type", "Documents Invoice Contract", (db, a) => { var id = a.Id(12); var q = db.Documents.Via(a); return a.End(() => q.FirstOrDefault(d => d.Id == id), () => q.FirstOrDefaultAsync(d => d.Id == id)); });
        One("invoice by key, table per type", "Documents Invoice", (db, a) => { var id = a.Id(12); var q = db.Set<Invoice>().Via(a); return a.End(() => q.FirstOrDefault(d => d.Id == id), () => q.FirstOrDefaultAsync(d => d.Id == id)); });
        Seq("orders by a list of keys", "Orders", (db, a) => { var ids = a.Ids(); return db.Orders.Where(o => ids.Contains(o.Id)); });
        Seq("customers by two keys", "Customers", (db, a) => { var (x, y) = (a.Id(), a.Id()); return db.Customers.Where(c => c.Id == x || c.Id == y); });
        Seq("customers but one", "Customers", (db, a) => { var x = a.Id(); return db.Customers.Where(c => c.Id != x); });
        Slim("narrow: customer by key", "Customers", (db, a) => { var id = a.Id(); var q = db.Customers.Via(a); return a.End(() => q.FirstOrDefault(c => c.Id == id), () => q.FirstOrDefaultAsync(c => c.Id == id)); });
        Slim("narrow: order by key", "Orders", (db, a) => { var id = a.Id(12); var q = db.Orders.Via(a); return a.End(() => q.FirstOrDefault(o => o.Id == id), () => q.FirstOrDefaultAsync(o => o.Id == id)); });
        Slim("narrow: line by key", "Lines", (db, a) => { var (o, n) = (a.Id(12), a.Id(3)); var q = db.Lines.Via(a); return a.End(() => q.FirstOrDefault(l => l.No == n && l.OrderId == o), () => q.FirstOrDefaultAsync(l => l.No == n && l.OrderId == o)); });
        Slim("narrow: card by another key", "Cards", (db, a) => { var no = 1000 + a.Id(12); var q = db.Cards.Via(a); return a.End(() => q.FirstOrDefault(c => c.Number == no), () => q.FirstOrDefaultAsync(c => c.Number == no)); });
        Slim("narrow: orders of a customer", "Orders", (db, a) => { var id = a.Id(); return a.List(db.Orders.Where(o => o.CustomerId == id)); });
        Slim("narrow: lines and orders joined", "Orders Lines", (db, a) => { var id = a.Id(12); return a.List(db.Orders.Where(o => o.Id == id).Join(db.Lines, o => o.Id, l => l.OrderId, (o, l) => new { o.Status, l.Quantity })); });
        Slim("narrow: category count", "Categories", (db, a) => { var q = db.Categories.Via(a); return a.End(() => q.Count(), () => q.CountAsync()); });
    }
}
