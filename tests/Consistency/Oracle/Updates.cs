using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Updates through SaveChanges: of what was read, of stubs, of detached entities, of foreign keys.</summary>
internal static class Updates
{
    internal static IEnumerable<Change> All()
    {
        yield return SavedChanges.Of("update a customer that was read", "Customers", async s =>
        {
            var id = await s.CustomerId();
            if (await s.Db.Customers.NotCacheable().FirstOrDefaultAsync(c => c.Id == id) is not { } customer)
            {
                return;
            }

            customer.Name = s.Chance(50) ? s.Word("name") : customer.Name;
            customer.City = s.Chance(50) ? null : s.Word("city", 3);
            customer.Credit += s.Random.Next(-100, 100);
            if (s.Chance(40))
            {
                customer.Address.Zip = s.Chance(50) ? null : s.Random.Next(9);
            }

            if (s.Chance(40))
            {
                customer.Profile.Score = s.Random.Next(10);
                customer.Profile.Phones.Add(new Phone { Number = $"{s.Random.Next(10)}" });
            }

            customer.Tenant = s.Chance(10) ? 3 - customer.Tenant : customer.Tenant;
            await s.Save();
            s.Log($"customer {id}");
        });
        yield return SavedChanges.Of("replace owned parts of a customer", "Customers", async s =>
        {
            var id = await s.CustomerId();
            if (await s.Db.Customers.NotCacheable().FirstOrDefaultAsync(c => c.Id == id) is { } customer)
            {
                customer.Address = new Address { Street = s.Word("street"), Zip = s.Random.Next(9) };
                customer.Profile = new Profile { Nick = s.Word("nick"), Score = s.Random.Next(10), Phones = [] };
                await s.Save();
                s.Log($"customer {id}");
            }
        });
        yield return SavedChanges.Of("update a cached answer's row", "Customers Orders", async s =>
        {
            var id = await s.CustomerId();
            if (await s.Db.Customers.Include(c => c.Orders).Cacheable().FirstOrDefaultAsync(c => c.Id == id) is { } customer)
            {
                customer.Name = s.Word("name");
                customer.Orders.ForEach(o => o.Status = (Status)s.Random.Next(3));
                await s.Save();
                s.Log($"customer {id} and its orders");
            }
        });
        yield return SavedChanges.Of("update a stub", "Customers Orders Products Lines", async s =>
        {
            switch (s.Random.Next(3))
            {
                case 0:
                    var order = new Order { Id = await s.OrderId(), CustomerId = await s.CustomerId(anyTenant: true) };
                    s.Db.Attach(order);
                    order.Total = s.Random.Next(60);
                    s.Db.Entry(order).Property(o => o.CustomerId).IsModified = s.Chance(50);
                    s.Log($"order {order.Id}");
                    break;
                case 1:
                    var line = new Line();
                    (line.OrderId, line.No) = await s.LineKey();
                    s.Db.Attach(line);
                    line.Quantity = 1 + s.Random.Next(5);
                    s.Log($"line {line.OrderId}/{line.No}");
                    break;
                default:
                    var coupon = new Coupon { Id = await s.CouponId() };
                    s.Db.Attach(coupon);
                    coupon.Percent = 1 + s.Random.Next(50);
                    coupon.Retired = s.Chance(50);
                    s.Log($"coupon {coupon.Id}");
                    break;
            }

            await s.Save();
        });
        yield return SavedChanges.Of("update a detached entity", "Orders Categories Notes", async s =>
        {
            var detached = s.Random.Next(3) switch
            {
                0 => (object)new Order { Id = await s.OrderId(), CustomerId = await s.CustomerId(anyTenant: true), Total = s.Random.Next(50), Status = (Status)s.Random.Next(3), Placed = new DateTime(2026, 1 + s.Random.Next(9), 3, 0, 0, 0, DateTimeKind.Unspecified) },
                1 => new Category { Id = await s.CategoryId(), Name = s.Word("category"), ParentId = s.Chance(40) ? null : await s.CategoryId() },
                _ => new Region { Code = "NSE"[s.Random.Next(3)].ToString(), Name = $"Region {"NSEWX"[s.Random.Next(5)]}", Rank = s.Random.Next(4), Climate = new Climate { Rain = s.Random.Next(9), Wind = s.Word("wind") } },
            };
            s.Db.Update(detached);
            await s.Save();
            s.Log($"{detached.GetType().Name} {((IKeyed)detached).KeyText}");
        });
        yield return SavedChanges.Of("move foreign keys", "Customers Orders Lines Categories Products Documents", async s =>
        {
            var (orderId, lineKey) = (await s.OrderId(), await s.LineKey());
            if (await s.Db.Orders.NotCacheable().FirstOrDefaultAsync(o => o.Id == orderId) is { } order)
            {
                order.CustomerId = await s.CustomerId(anyTenant: true);
                order.CouponId = s.Chance(50) ? null : await s.CouponId();
            }

            if (s.Chance(50) && await s.Db.Lines.NotCacheable().FirstOrDefaultAsync(l => l.OrderId == lineKey.OrderId && l.No == lineKey.No) is { } line)
            {
                line.ProductId = await s.ProductId();
            }

            if (s.Chance(50) && await s.Db.Products.NotCacheable().OrderBy(p => p.Id).Skip(s.Random.Next(4)).FirstOrDefaultAsync() is { } product)
            {
                product.CategoryId = s.Chance(40) ? null : await s.CategoryId();
            }

            if (s.Chance(50) && await s.Db.Customers.NotCacheable().OrderBy(p => p.Id).Skip(s.Random.Next(3)).FirstOrDefaultAsync() is { } customer)
            {
                customer.RegionCode = s.Chance(40) ? null : await s.Pick(s.Db.Regions.Select(r => r.Code), "N", orNone: false);
                customer.ReferrerId = s.Chance(40) ? null : await s.CustomerId();
            }

            if (s.Chance(50) && await s.Db.Documents.NotCacheable().OrderBy(p => p.Id).Skip(s.Random.Next(4)).FirstOrDefaultAsync() is { } document)
            {
                document.OrderId = s.Chance(40) ? null : await s.OrderId();
            }

            await s.Save();
            s.Log($"order {orderId}, line {lineKey}");
        });
        yield return SavedChanges.Of("link and unlink tags", "ProductTag", async s =>
        {
            var (productId, tagId) = (await s.ProductId(), await s.TagId());
            var product = await s.Db.Products.Include(p => p.Tags).NotCacheable().FirstOrDefaultAsync(p => p.Id == productId);
            var tag = await s.Db.Tags.NotCacheable().FirstOrDefaultAsync(t => t.Id == tagId);
            if (product is not null && tag is not null)
            {
                var linked = product.Tags.Remove(tag);
                if (!linked)
                {
                    product.Tags.Add(tag);
                }

                await s.Save();
                s.Log($"product {productId} {(linked ? "un" : "")}linked tag {tagId}");
            }
        });
        yield return SavedChanges.Of("update a product or document", "Products Documents Invoice Contract", async s =>
        {
            var id = await s.ProductId();
            if (await s.Db.Products.NotCacheable().FirstOrDefaultAsync(p => p.Id == id) is { } product)
            {
                product.Price = s.Random.Next(25);
                product.Rating = s.Chance(30) ? null : s.Random.Next(6) / 2.0;
                s.Log($"product {id}");
            }

            if (await s.Db.Documents.NotCacheable().OrderBy(d => d.Id).Skip(s.Random.Next(3)).FirstOrDefaultAsync() is { } document)
            {
                document.Title = s.Chance(50) ? s.Word("title") : document.Title;
                document.Body = s.Chance(50) ? null : [(byte)s.Random.Next(5)];
                if (document is Invoice invoice)
                {
                    invoice.Amount = s.Random.Next(9);
                }

                s.Log($"document {document.Id}");
            }

            await s.Save();
        });
    }
}
