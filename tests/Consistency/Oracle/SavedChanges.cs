using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Inserts through SaveChanges.</summary>
internal static class SavedChanges
{
    internal static IEnumerable<Change> All()
    {
        yield return Of("add a customer with everything", "Customers Cards Orders Lines Notes", async s =>
        {
            var customer = NewCustomer(s);
            customer.Card = s.Chance(50) ? new Card { Number = 1000 + s.Random.Next(30), Holder = s.Word("holder") } : null;
            for (var i = s.Random.Next(3); i > 0; i--)
            {
                customer.Orders.Add(await NewOrder(s));
            }

            s.Db.Add(customer);
            await s.Save();
            s.Log($"customer {customer.Id} with {customer.Orders.Count} orders");
        });
        yield return Of("add a customer alone", "Customers", async s =>
        {
            var customer = NewCustomer(s);
            customer.Id = s.Chance(30) ? s.Random.Next(1, 10) : 0;
            s.Db.Add(customer);
            await s.Save();
            s.Log($"customer {customer.Id}");
        });
        yield return Of("add an order", "Orders Lines Notes Documents Invoice", async s =>
        {
            var order = await NewOrder(s);
            order.Id = s.Chance(30) ? s.Random.Next(1, 13) : 0;
            order.CustomerId = await s.CustomerId();
            if (s.Chance(40))
            {
                order.Documents.Add(new Invoice { Title = s.Word("invoice"), Amount = s.Random.Next(5), Body = [(byte)s.Random.Next(9)] });
            }

            s.Db.Add(order);
            await s.Save();
            s.Log($"order {order.Id} of {order.CustomerId} with {order.Lines.Count} lines");
        });
        yield return Of("add a line", "Lines", async s =>
        {
            var line = new Line { OrderId = await s.OrderId(), No = s.Random.Next(1, 4), ProductId = await s.ProductId(), Quantity = s.Random.Next(5) };
            s.Db.Add(line);
            await s.Save();
            s.Log($"line {line.OrderId}/{line.No}");
        });
        yield return Of("add a note", "Notes", async s =>
        {
            var (order, no) = await s.LineKey();
            var note = new Note { OrderId = order, LineNo = no, Text = s.Chance(30) ? null : s.Word("note", 3) };
            s.Db.Add(note);
            await s.Save();
            s.Log($"note {note.Id} at {order}/{no}");
        });
        yield return Of("add a card", "Cards", async s =>
        {
            var card = new Card { CustomerId = await s.CustomerId(), Number = 1000 + s.Random.Next(30), Holder = s.Word("holder") };
            s.Db.Add(card);
            await s.Save();
            s.Log($"card {card.CustomerId}");
        });
        yield return Of("add a product", "Products ProductTag", async s =>
        {
            Product product = s.Random.Next(3) switch
            {
                0 => new Book { Pages = s.Random.Next(100) },
                1 => new Food { Vegan = s.Chance(50) },
                _ => new Sweet { Sugar = s.Random.Next(10) },
            };
            (product.Id, product.Name, product.Price) = (s.Random.Next(1, 13), s.Word("product"), s.Random.Next(25));
            product.Rating = s.Chance(30) ? null : s.Random.Next(6) / 2.0;
            product.CategoryId = s.Chance(40) ? null : await s.CategoryId();
            if (s.Chance(50) && await s.Db.Tags.NotCacheable().OrderBy(t => t.Id).FirstOrDefaultAsync() is { } tag)
            {
                product.Tags.Add(tag);
            }

            s.Db.Add(product);
            await s.Save();
            s.Log($"{product.GetType().Name} {product.Id}");
        });
        yield return Of("add a small thing", "Categories Tags Coupons Regions Documents Contract", async s =>
        {
            object thing = s.Random.Next(5) switch
            {
                0 => new Category { Id = s.Chance(30) ? s.Random.Next(1, 10) : 0, Name = s.Word("category"), ParentId = s.Chance(50) ? null : await s.CategoryId() },
                1 => new Tag { Name = s.Word("tag", 9) },
                2 => new Coupon { Id = WorldSeed.GuidOf(s.Random.Next(1, 7)), Code = $"C{s.Random.Next(1, 9)}", Percent = s.Random.Next(50), Retired = s.Chance(30) },
                3 => new Region { Code = "NSEWX"[s.Random.Next(5)].ToString(), Name = $"Region {"NSEWX"[s.Random.Next(5)]}", Rank = s.Chance(50) ? null : s.Random.Next(5), Climate = new Climate { Rain = s.Random.Next(9) } },
                _ => new Contract { Title = s.Word("contract"), Party = s.Word("party") },
            };
            s.Db.Add(thing);
            await s.Save();
            s.Log(((IKeyed)thing).GetType().Name + " " + ((IKeyed)thing).KeyText);
        });
    }

    internal static Change Of(string name, string tables, Func<Scene, Task> change) => new(name, tables.Split(' '), change);

    internal static Customer NewCustomer(Scene s) => new()
    {
        Tenant = s.Chance(80) ? s.Db.Tenant : 3 - s.Db.Tenant,
        Name = s.Word("name"),
        City = s.Chance(30) ? null : s.Word("city", 3),
        Credit = s.Random.Next(700),
        Address = new Address { Street = s.Word("street"), Zip = s.Chance(30) ? null : s.Random.Next(9) },
        Profile = new Profile { Nick = s.Word("nick"), Score = s.Random.Next(10), Phones = [new Phone { Number = $"{s.Random.Next(10)}" }] },
    };

    private static async Task<Order> NewOrder(Scene s)
    {
        var order = new Order
        {
            Status = (Status)s.Random.Next(3),
            Total = s.Random.Next(100) / 2m,
            Placed = new DateTime(2026, 1 + s.Random.Next(9), 1 + s.Random.Next(20), 0, 0, 0, DateTimeKind.Unspecified),
            CouponId = s.Chance(60) ? null : await s.CouponId(),
        };
        var productId = await s.ProductId();
        for (var no = s.Random.Next(4); no > 0; no--)
        {
            var line = new Line { No = no, ProductId = productId, Quantity = s.Random.Next(5) };
            if (s.Chance(40))
            {
                line.Notes.Add(new Note { Text = s.Word("note", 3) });
            }

            order.Lines.Add(line);
        }

        return order;
    }
}
