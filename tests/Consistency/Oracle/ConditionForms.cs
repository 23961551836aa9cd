using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Lists under conditions: of columns, of other tables, of nothing there.</summary>
internal sealed class ConditionForms : FormList
{
    internal ConditionForms()
    {
        Seq("customers of a city, or of none", "Customers", (db, a) => { var city = a.City(); return db.Customers.Where(c => c.City == city); });
        Seq("customers not of a city", "Customers", (db, a) => { var city = a.City(); return db.Customers.Where(c => c.City != city); });
        Seq("customers without a city", "Customers", (db, a) => db.Customers.Where(c => c.City == null).Select(c => c.Id));
        Seq("customers of a region", "Customers", (db, a) => { var code = a.Region(); return db.Customers.Where(c => c.RegionCode == code); });
        Seq("regions by complex JSON member", "Regions", (db, a) => { var rain = a.Number(8); return db.Regions.Where(r => r.Climate.Rain >= rain).Select(r => new { r.Code, r.Climate.Rain, r.Climate.Wind }); });
        Seq("customers of a region's name", "Customers Regions", (db, a) => { var name = "Region " + a.Region(); return db.Customers.Where(c => c.Region!.Name == name); });
        Seq("customers by credit", "Customers", (db, a) => { var credit = a.Number(700); return db.Customers.Where(c => c.Credit > credit && c.Credit <= credit + 300); });
        Seq("customers by owned member", "Customers", (db, a) => { int? zip = a.Number(8) is > 0 and var z ? z : null; return db.Customers.Where(c => c.Address.Zip == zip).Select(c => new { c.Id, c.Address }).AsNoTracking(); });
        Seq("customers by JSON member", "Customers", (db, a) => { var score = a.Id(); return db.Customers.Where(c => c.Profile.Score >= score).Select(c => new { c.Id, c.Profile.Nick }); });
        Seq("customers by JSON collection", "Customers", (db, a) => { var no = $"{a.Id()}"; return db.Customers.Where(c => c.Profile.Phones.Any(p => p.Number.StartsWith(no))); });
        Seq("customers by the start of their name", "Customers", (db, a) => { var start = $"name {a.Number(5)}"; return db.Customers.Where(c => c.Name.StartsWith(start)); });
        Seq("customers by a list of names", "Customers", (db, a) => { string?[] cities = [a.City(), a.City()]; return db.Customers.Where(c => cities.Contains(c.City)); });
        Seq("customers referred", "Customers", (db, a) => { int? id = a.Id() is < 8 and var i ? i : null; return db.Customers.Where(c => c.ReferrerId == id); });
        Seq("orders of a customer", "Orders", (db, a) => { var id = a.Id(); return db.Orders.Where(o => o.CustomerId == id); });
        Seq("orders by status", "Orders", (db, a) => { var status = a.Status(); return db.Orders.Where(o => o.Status == status); });
        Seq("orders since", "Orders", (db, a) => { var since = new DateTime(2026, a.Id(), 1, 0, 0, 0, DateTimeKind.Unspecified); return db.Orders.Where(o => o.Placed >= since).Select(o => new { o.Id, o.Placed }); });
        Seq("orders by total", "Orders", (db, a) => { decimal total = a.Number(50); return db.Orders.Where(o => o.Total > total); });
        Seq("orders with a coupon or none", "Orders", (db, a) => { Guid? id = a.Number(4) == 0 ? null : a.Guid(); return db.Orders.Where(o => o.CouponId == id); });
        Seq("orders of a city", "Orders Customers", (db, a) => { var city = a.City(); return db.Orders.Where(o => o.Customer!.City == city).Select(o => new { o.Id, o.Customer!.Name }); });
        Seq("customers with an order of a status", "Customers Orders", (db, a) => { var status = a.Status(); return db.Customers.Where(c => c.Orders.Any(o => o.Status == status)); });
        Seq("customers all of whose orders are large", "Customers Orders", (db, a) => { decimal total = a.Number(40); return db.Customers.Where(c => c.Orders.All(o => o.Total > total)); });
        Seq("customers without orders", "Customers Orders", (db, a) => db.Customers.Where(c => !c.Orders.Any()));
        Seq("customers by number of orders", "Customers Orders", (db, a) => { var n = a.Number(3); return db.Customers.Where(c => c.Orders.Count == n).Select(c => c.Name); });
        Seq("customers with a card", "Customers Cards", (db, a) => db.Customers.Where(c => c.Card != null).Select(c => new { c.Id, c.Card!.Number }));
        Seq("customers without a card", "Customers Cards", (db, a) => db.Customers.Where(c => c.Card == null));
        Seq("customers who ordered a product", "Customers Orders Lines", (db, a) => { var id = a.Id(); return db.Customers.Where(c => c.Orders.SelectMany(o => o.Lines).Any(l => l.ProductId == id)); });
        Seq("products by price", "Products", (db, a) => { var price = a.Number(20); return db.Products.Where(p => p.Price >= price); });
        Seq("products without a rating", "Products", (db, a) => db.Products.Where(p => p.Rating == null).Select(p => p.Name));
        Seq("products by rating", "Products", (db, a) => { var rating = a.Number(6) / 2.0; return db.Products.Where(p => p.Rating <= rating); });
        Seq("products of a category", "Products", (db, a) => { int? id = a.Id(5) is < 5 and var i ? i : null; return db.Products.Where(p => p.CategoryId == id); });
        Seq("products by tag", "Products ProductTag Tags", (db, a) => { var name = $"tag {a.Id()}"; return db.Products.Where(p => p.Tags.Any(t => t.Name == name)); });
        Seq("products ordered", "Products Lines", (db, a) => db.Products.Where(p => db.Lines.Any(l => l.ProductId == p.Id)).Select(p => p.Id));
        Seq("products never ordered", "Products Lines", (db, a) => db.Products.Where(p => !db.Lines.Select(l => l.ProductId).Contains(p.Id)));
        Seq("books", "Products", (db, a) => db.Products.OfType<Book>());
        Seq("vegan food", "Products", (db, a) => { var vegan = a.Number(2) == 0; return db.Products.OfType<Food>().Where(f => f.Vegan == vegan); });
        Seq("products that are sweet or paper", "Products", (db, a) => db.Products.Where(p => p is Sweet || p is Book).Select(p => new { p.Id, Pages = p is Book ? (int?)((Book)p).Pages : null }));
        Seq("notes without text", "Notes", (db, a) => db.Notes.Where(n => n.Text == null));
        Seq("notes of an order", "Notes", (db, a) => { var id = a.Id(12); return db.Notes.Where(n => n.OrderId == id); });
        Seq("coupons by code", "Coupons", (db, a) => { var code = $"C{a.Id()}"; return db.Coupons.Where(c => c.Code == code); });
        Seq("children of a category", "Categories", (db, a) => { int? id = a.Id(5) is < 5 and var i ? i : null; return db.Categories.Where(c => c.ParentId == id); });
        Seq("grandchildren", "Categories", (db, a) => { var id = a.Id(4); return db.Categories.Where(c => c.Parent!.ParentId == id).Select(c => c.Name); });
        Seq("documents, table per type", "Documents Invoice Contract", (db, a) => db.Documents);
        Seq("invoices by amount", "Documents Invoice", (db, a) => { decimal amount = a.Number(6); return db.Documents.OfType<Invoice>().Where(i => i.Amount >= amount); });
        Seq("documents of an order", "Documents Invoice Contract", (db, a) => { var id = a.Id(12); return db.Documents.Where(d => d.OrderId == id); });
    }
}
