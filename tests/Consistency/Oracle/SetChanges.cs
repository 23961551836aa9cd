using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Changes that never become entities: set writes, raw SQL, writes through a reader, and the narrower model.</summary>
internal static class SetChanges
{
    private const string BelowOrders = "Orders Lines Notes Documents Invoice Contract";
    private const string Everything = "Customers Cards Coupons Regions Categories Products ProductTag Tags Assets Sale Lend Workers WorkerPay Uses Reviews " + BelowOrders;

    internal static IEnumerable<Change> All() => [.. SetWrites(), .. RawSql(), .. Narrow()];

    private static IEnumerable<Change> SetWrites()
    {
        yield return SavedChanges.Of("ExecuteUpdate", "Customers Orders Products Regions", async s =>
        {
            var (order, customer, status, city) = (await s.OrderId(), await s.CustomerId(), (Status)s.Random.Next(3), s.Word("city", 3));
            var total = s.Random.Next(50);
            switch (s.Random.Next(7))
            {
                case 0: await s.Db.Orders.Where(o => o.Id == order).ExecuteUpdateAsync(u => u.SetProperty(o => o.Total, total)); break;
                case 1: s.Db.Orders.Where(o => o.Status == status).ExecuteUpdate(u => u.SetProperty(o => o.CustomerId, customer)); break;
                case 2: await s.Db.Customers.ExecuteUpdateAsync(u => u.SetProperty(c => c.Credit, c => c.Credit + 1)); break;
                case 3: s.Db.Customers.Where(c => c.City == city).ExecuteUpdate(u => u.SetProperty(c => c.City, (string?)null).SetProperty(c => c.Address.Zip, 5)); break;
                case 4: s.Db.Orders.Where(o => o.Customer!.City == city).ExecuteUpdate(u => u.SetProperty(o => o.CouponId, (Guid?)null)); break;
                case 5: s.Db.Products.OfType<Food>().Where(f => f.Vegan).ExecuteUpdate(u => u.SetProperty(f => f.Price, f => f.Price + 1)); break;
                default: s.Db.Regions.Where(r => r.Code != "N").ExecuteUpdate(u => u.SetProperty(r => r.Climate.Rain, total)); break;
            }

            s.Log($"order {order}, customer {customer}, {status}, {city}");
        });
        yield return SavedChanges.Of("ExecuteDelete", Everything, async s =>
        {
            var (order, customer) = (await s.OrderId(), await s.CustomerId());
            switch (s.Random.Next(6))
            {
                case 0: await s.Db.Orders.Where(o => o.Id == order).ExecuteDeleteAsync(); break;
                case 1: s.Db.Customers.Where(c => c.Id == customer).ExecuteDelete(); break;
                case 2: s.Db.Lines.Where(l => l.Order!.CustomerId == customer && l.No > 1).ExecuteDelete(); break;
                case 3: await s.Db.Notes.ExecuteDeleteAsync(); break;
                case 4: s.Db.Categories.Where(c => c.ParentId != null && c.Id > 2).ExecuteDelete(); break;
                default: s.Db.Coupons.IgnoreQueryFilters().Where(c => c.Retired).ExecuteDelete(); break;
            }

            s.Log($"order {order}, customer {customer}");
        });
        yield return SavedChanges.Of("thin out", Everything, async s =>
        {
            await s.Db.Customers.IgnoreQueryFilters().Where(c => c.Id > 7).ExecuteDeleteAsync();
            await s.Db.Orders.Where(o => o.Id > 10).ExecuteDeleteAsync();
            await s.Db.Notes.Where(n => n.Id > 10).ExecuteDeleteAsync();
            await s.Db.Categories.Where(n => n.Id > 7).ExecuteDeleteAsync();
            await s.Db.Tags.Where(n => n.Id > 7).ExecuteDeleteAsync();
            s.Db.RemoveRange(await s.Db.Documents.NotCacheable().Where(d => d.Id > 9).ToListAsync());
            s.Db.RemoveRange(await s.Db.Workers.NotCacheable().Where(w => w.Id > 5).ToListAsync());
            s.Db.RemoveRange(await s.Db.Assets.NotCacheable().Where(a => a.Id > 7).ToListAsync());
            await s.Db.Reviews.Where(r => EF.Property<int>(r, "Key") > 9).ExecuteDeleteAsync();
            await s.Save();
            await s.RestartKeys();
        });
    }

    private static IEnumerable<Change> RawSql()
    {
        yield return SavedChanges.Of("raw SQL", Everything, async s =>
        {
            var (order, word, number) = (await s.OrderId(), s.Word("name"), s.Random.Next(20));
            switch (s.Random.Next(10))
            {
                case 0: await s.Db.Database.ExecuteSqlAsync($"UPDATE \"Orders\" SET \"Total\" = {number}, \"Status\" = 1 WHERE \"Id\" = {order}"); break;
                case 1: await s.Db.Database.ExecuteSqlRawAsync("INSERT INTO \"Categories\" (\"Id\", \"Name\") VALUES ({0}, {1}) ON CONFLICT DO NOTHING", 1 + (number % 9), word); break;
                case 2: await s.Db.Database.ExecuteSqlRawAsync("DELETE FROM \"Lines\" WHERE \"OrderId\" = {0}; UPDATE \"Customers\" SET \"Name\" = {1} WHERE \"Id\" = 1", order, word); break;
                case 3: s.Db.Database.ExecuteSql($"/* SELECT */ WITH x AS (SELECT {order} AS id) DELETE FROM \"Orders\" WHERE \"Id\" IN (SELECT id FROM x)"); break;
                case 4: await s.Db.Database.ExecuteSqlAsync($"INSERT INTO \"Tags\" (\"Id\", \"Name\") VALUES ({1 + (number % 5)}, {s.Word("tag", 9)}) ON CONFLICT (\"Id\") DO UPDATE SET \"Name\" = excluded.\"Name\" || '!'"); break;
                case 5: s.Db.Database.ExecuteSql($"UPDATE \"Assets\" SET \"Units\" = \"Units\" + 1, \"Version\" = \"Version\" + 1 WHERE \"Id\" = {number % 6}"); break;
                case 6: s.Db.Database.ExecuteSqlRaw("DELETE FROM \"Uses\""); break;
                case 7 or 8: await OfTheProvider(s, word, number); break;
                default: s.Db.Database.ExecuteSql($"\n\tupdate\t\"Products\" set \"Price\" = \"Price\" + 1"); break;
            }

            s.Log($"order {order}, {word}, {number}");
        });
        yield return SavedChanges.Of("a write through a reader", "Categories Orders Customers", async s =>
        {
            var (order, word) = (await s.OrderId(), s.Word("name"));
            switch (s.Random.Next(4))
            {
                case 0: _ = s.Db.Database.SqlQuery<int>($"INSERT INTO \"Categories\" (\"Name\") VALUES ({word}) RETURNING \"Id\"").ToList(); break;
                case 1: _ = await s.Db.Orders.FromSql($"UPDATE \"Orders\" SET \"Total\" = \"Total\" + 1 WHERE \"Id\" = {order} RETURNING *").ToListAsync(); break;
                case 2: _ = s.Db.Database.SqlQuery<string>($"UPDATE \"Customers\" SET \"Name\" = {word} RETURNING \"Name\"").ToList(); break;
                default: _ = await s.Db.Database.SqlQuery<int>($"DELETE FROM \"Categories\" WHERE \"Id\" > 5 RETURNING \"Id\"").ToListAsync(); break;
            }

            s.Log($"order {order}, {word}");
        });
    }

    /// <summary>What only one of the providers has. SQLite replaces a row by deleting it first, which cascades.</summary>
    private static Task<int> OfTheProvider(Scene s, string word, int number) => (s.World.Provider, number % 4) switch
    {
        (Provider.Sqlite, _) => s.Db.Database.ExecuteSqlAsync($"REPLACE INTO \"Regions\" (\"Code\", \"Name\", \"Rank\", \"Climate\") VALUES ('W', {word}, {number}, '{{\"Rain\":3,\"Wind\":null}}')"),
        (_, 0) => s.Db.Database.ExecuteSqlRawAsync("TRUNCATE \"Notes\""),
        (_, 1) when number == 1 => s.Db.Database.ExecuteSqlRawAsync("TRUNCATE \"Assets\", \"Reviews\" RESTART IDENTITY CASCADE"),
        (_, 2) => s.Db.Database.ExecuteSqlAsync($"MERGE INTO \"Tags\" AS t USING (VALUES (2, {word})) AS v(id, name) ON t.\"Id\" = v.id WHEN MATCHED THEN UPDATE SET \"Name\" = v.name WHEN NOT MATCHED THEN INSERT (\"Name\") VALUES (v.name)"),
        _ => s.Db.Database.ExecuteSqlAsync($"INSERT INTO \"Regions\" (\"Code\", \"Name\", \"Rank\", \"Climate\") VALUES ('W', {word}, {number}, '{{\"Rain\":3,\"Wind\":null}}') ON CONFLICT (\"Code\") DO UPDATE SET \"Name\" = excluded.\"Name\""),
    };

    private static IEnumerable<Change> Narrow()
    {
        yield return SavedChanges.Of("narrow: update", "Customers Orders Lines Cards", async s =>
        {
            using var narrow = s.OpenNarrow();
            var (id, order, line) = (await s.CustomerId(), await s.OrderId(), await s.LineKey());
            if (await narrow.Customers.NotCacheable().FirstOrDefaultAsync(c => c.Id == id) is { } customer)
            {
                customer.Name = s.Word("name");
            }

            if (s.Chance(50) && await narrow.Orders.NotCacheable().FirstOrDefaultAsync(o => o.Id == order) is { } found)
            {
                found.Status = s.Random.Next(3);
            }

            if (s.Chance(30))
            {
                narrow.Attach(new SlimLine { OrderId = line.OrderId, No = line.No }).Entity.Quantity = 1 + s.Random.Next(9);
            }

            if (s.Chance(30) && await narrow.Cards.NotCacheable().OrderBy(c => c.Number).FirstOrDefaultAsync() is { } card)
            {
                card.Holder = s.Word("holder");
                card.CustomerId = s.Chance(30) ? id : card.CustomerId;
            }

            await s.Save(narrow);
            s.Log($"customer {id}, order {order}, line {line}");
        });
        yield return SavedChanges.Of("narrow: delete with cascades that it doesn't know", "Customers Cards " + BelowOrders, async s =>
        {
            using var narrow = s.OpenNarrow();
            if (s.Chance(30))
            {
                var id = await s.CustomerId();
                narrow.Remove(new SlimCustomer { Id = id });
                s.Log($"customer {id}");
            }
            else
            {
                var id = await s.OrderId();
                narrow.Remove(new SlimOrder { Id = id });
                s.Log($"order {id}");
            }

            await s.Save(narrow);
        });
        yield return SavedChanges.Of("narrow: insert and set writes", "Categories Cards Orders Lines", async s =>
        {
            using var narrow = s.OpenNarrow();
            var (id, order) = (await s.CustomerId(), await s.OrderId());
            switch (s.Random.Next(5))
            {
                case 0: narrow.Add(new SlimCategory { Name = s.Word("category") }); break;
                case 1: narrow.Add(new SlimCard { Number = 1000 + s.Random.Next(13), CustomerId = id, Holder = s.Word("holder") }); break;
                case 2: narrow.Cards.Where(c => c.CustomerId == id).ExecuteDelete(); break;
                case 3: await narrow.Orders.Where(o => o.CustomerId == id).ExecuteUpdateAsync(u => u.SetProperty(o => o.Status, 2)); break;
                default: await narrow.Lines.Where(l => l.OrderId == order).ExecuteUpdateAsync(u => u.SetProperty(l => l.Quantity, l => l.Quantity + 1)); break;
            }

            await s.Save(narrow);
            s.Log($"customer {id}, order {order}");
        });
    }
}
