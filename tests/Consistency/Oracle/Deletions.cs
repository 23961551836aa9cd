using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Deletes through SaveChanges: with dependents tracked or not, by stub, refused.</summary>
internal static class Deletions
{
    private const string BelowOrders = "Orders Lines Notes Documents Invoice Contract";
    private const string BelowCustomers = "Customers Cards " + BelowOrders;

    internal static IEnumerable<Change> All()
    {
        yield return SavedChanges.Of("delete a customer with its dependents tracked", BelowCustomers, async s =>
        {
            var id = await s.CustomerId();
            if (await s.Db.Customers.Include(c => c.Card).Include(c => c.Orders).ThenInclude(o => o.Lines).NotCacheable().FirstOrDefaultAsync(c => c.Id == id) is { } customer)
            {
                s.Db.Remove(customer);
                await s.Save();
                s.Log($"customer {id}");
            }
        });
        yield return SavedChanges.Of("delete a customer alone, the rest by cascade", BelowCustomers, async s =>
        {
            var id = await s.CustomerId();
            if (await s.Db.Customers.NotCacheable().FirstOrDefaultAsync(c => c.Id == id) is { } customer)
            {
                s.Db.Remove(customer);
                await s.Save();
                s.Log($"customer {id}");
            }
        });
        yield return SavedChanges.Of("delete an order by stub", BelowOrders, async s =>
        {
            var id = await s.OrderId();
            s.Db.Remove(new Order { Id = id });
            await s.Save();
            s.Log($"order {id}");
        });
        yield return SavedChanges.Of("delete a line by stub", "Lines Notes", async s =>
        {
            var (order, no) = await s.LineKey();
            s.Db.Remove(new Line { OrderId = order, No = no });
            await s.Save();
            s.Log($"line {order}/{no}");
        });
        yield return SavedChanges.Of("delete a coupon, orders set null", "Coupons Orders", async s =>
        {
            var id = await s.CouponId();
            s.Db.Remove(new Coupon { Id = id });
            await s.Save();
            s.Log($"coupon {id}");
        });
        yield return SavedChanges.Of("delete a region, customers set null", "Regions Customers", async s =>
        {
            var code = await s.Pick(s.Db.Regions.Select(r => r.Code), "Z");
            s.Db.Remove(new Region { Code = code });
            await s.Save();
            s.Log($"region {code}");
        });
        yield return SavedChanges.Of("delete a category with all below", "Categories Products", async s =>
        {
            var id = await s.CategoryId();
            s.Db.Remove(new Category { Id = id });
            await s.Save();
            s.Log($"category {id}");
        });
        yield return SavedChanges.Of("delete a product, unless it is ordered", "Products ProductTag", async s =>
        {
            var id = await s.ProductId();
            if (await s.Db.Products.NotCacheable().FirstOrDefaultAsync(p => p.Id == id) is { } product)
            {
                s.Db.Remove(product);
                await s.Save();
                s.Log($"product {id}");
            }
        });
        yield return SavedChanges.Of("delete a tag", "Tags ProductTag", async s =>
        {
            var id = await s.TagId();
            s.Db.Remove(new Tag { Id = id });
            await s.Save();
            s.Log($"tag {id}");
        });
        yield return SavedChanges.Of("delete a document", "Documents Invoice Contract", async s =>
        {
            if (await s.Db.Documents.NotCacheable().OrderByDescending(d => d.Id).FirstOrDefaultAsync() is { } document)
            {
                s.Db.Remove(document);
                await s.Save();
                s.Log($"document {document.Id}");
            }
        });
        yield return SavedChanges.Of("move orders, then delete their customer", BelowCustomers, async s =>
        {
            var (from, to) = (await s.CustomerId(), await s.CustomerId());
            if (await s.Db.Customers.Include(c => c.Orders).NotCacheable().FirstOrDefaultAsync(c => c.Id == from) is { } customer && from != to)
            {
                foreach (var order in customer.Orders.ToList())
                {
                    order.CustomerId = to;
                }

                s.Db.Remove(customer);
                await s.Save();
                s.Log($"orders of {from} to {to}");
            }
        });
        yield return SavedChanges.Of("a save that fails half-way", "Categories Tags Customers", async s =>
        {
            var taken = await s.Db.Tags.NotCacheable().OrderBy(t => t.Id).Select(t => t.Name).FirstOrDefaultAsync() ?? "tag 1";
            s.Db.Add(new Category { Name = s.Word("category") });
            s.Db.Add(SavedChanges.NewCustomer(s));
            s.Db.Add(new Tag { Name = taken });
            s.Db.Add(new Tag { Name = taken });
            s.Log($"two tags {taken}");
            await s.Save();
        });
    }
}
