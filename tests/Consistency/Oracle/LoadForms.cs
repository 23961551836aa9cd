using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>What isn't one LINQ query: raw SQL, views, split queries, loads on demand.</summary>
internal sealed class LoadForms : FormList
{
    internal LoadForms()
    {
        Split();
        Raw();
        OnDemand();
        Compiled();
    }

    private void Split()
    {
        Seq("orders, lines split", "Orders Lines", (db, a) => db.Orders.Include(o => o.Lines).AsSplitQuery());
        Seq("customer by key, split in three", "Customers Orders Lines", (db, a) => { var id = a.Id(); return db.Customers.Where(c => c.Id == id).Include(c => c.Orders).ThenInclude(o => o.Lines).AsSplitQuery(); });
        Seq("page of customers, orders and referred split", "Customers Orders", (db, a) => { var n = a.Number(3); return db.Customers.OrderBy(c => c.Id).Skip(n).Take(3).Include(c => c.Orders).Include(c => c.Referred).AsSplitQuery(); });
        Seq("lists in a projection, split", "Customers Orders", (db, a) => { var city = a.City(); return db.Customers.Where(c => c.City == city).Select(c => new { c.Id, Orders = c.Orders.Select(o => o.Total).ToList() }).AsSplitQuery(); });
        Seq("groups of products", "Products", (db, a) => db.Products.GroupBy(p => p.CategoryId ?? 0));
        Seq("groups of lines under a condition", "Lines", (db, a) => { var n = a.Number(4); return db.Lines.Where(l => l.Quantity >= n).GroupBy(l => l.OrderId, l => l.Quantity); });
    }

    private void Raw()
    {
        One("FromSql", "Categories", (db, a) => { var id = a.Id(); return a.Declared(db.Categories.FromSql($"SELECT * FROM \"Categories\" WHERE \"Id\" = {id}"), static o => o.DependsOn<Category>()); });
        One("FromSql, composed", "Orders Lines", (db, a) => { var (id, s) = (a.Id(), a.Status()); return a.Declared(db.Orders.FromSql($"SELECT * FROM \"Orders\" WHERE \"CustomerId\" = {id}").Where(o => o.Status == s).Include(o => o.Lines), static o => o.DependsOnTable("orders")); });
        One("FromSql of two tables", "Tags ProductTag", (db, a) => { var id = a.Id(6); return a.Declared(db.Tags.FromSql($"SELECT t.* FROM \"Tags\" AS t WHERE EXISTS (SELECT 1 FROM \"ProductTag\" AS p WHERE p.\"TagsId\" = t.\"Id\" AND p.\"ProductsId\" = {id})"), static o => o.DependsOn<Tag>().DependsOnTable("ProductTag")); });
        One("FromSql joined with a table", "Orders Customers", (db, a) => { var n = a.Number(40); return a.Declared(db.Customers.Join(db.Orders.FromSql($"SELECT * FROM \"Orders\" WHERE \"Total\" > {n}"), c => c.Id, o => o.CustomerId, (c, o) => new { c.Name, o.Id }), static o => o.DependsOn<Order>()); });
        Seq("FromSql, nothing declared", "Categories", (db, a) => { var id = a.Id(); return db.Categories.FromSql($"SELECT * FROM \"Categories\" WHERE \"ParentId\" = {id}"); });
        One("SqlQuery of an entity's columns", "Tags", (db, a) => { var id = a.Id(6); return a.Declared(db.Database.SqlQuery<CategoryName>($"SELECT \"Id\", \"Name\" FROM \"Tags\" WHERE \"Id\" <= {id}"), static o => o.DependsOn<Tag>()); });
        One("SqlQuery of a scalar", "Orders", (db, a) => { var id = a.Id(); return a.Declared(db.Database.SqlQuery<int>($"SELECT \"Id\" AS \"Value\" FROM \"Orders\" WHERE \"CustomerId\" = {id}"), static o => o.DependsOn<Order>()); });
        One("SqlQuery of a scalar, composed", "Lines", (db, a) => { var n = a.Number(4); return a.Declared(db.Database.SqlQuery<int>($"SELECT \"Quantity\" AS \"Value\" FROM \"Lines\"").Where(q => q > n), static o => o.DependsOn<Line>()); });
        One("SqlQueryRaw of a record", "Customers Orders", (db, a) => { var id = a.Id(); return a.Declared(db.Database.SqlQueryRaw<CustomerTotal>("SELECT \"CustomerId\", CAST(count(*) AS integer) AS \"Orders\" FROM \"Orders\" WHERE \"CustomerId\" < {0} GROUP BY \"CustomerId\"", id), static o => o.DependsOn<Order>()); });
        Seq("rows of a view", "Customers Orders", (db, a) => { var n = a.Number(3); return db.Set<CustomerTotal>().Where(t => t.Orders >= n); });
        Seq("customers joined with a view", "Customers Orders", (db, a) => db.Customers.Join(db.Set<CustomerTotal>(), c => c.Id, t => t.CustomerId, (c, t) => new { c.Name, t.Orders }));
        Seq("rows of a query in the model", "Categories", (db, a) => { var id = a.Id(); return db.Set<CategoryName>().Where(c => c.Id <= id); });
    }

    private void OnDemand()
    {
        All("customer found", "Customers", (db, a) => { var id = a.Id(); return a.End(() => db.Customers.Find(id), () => db.Customers.FindAsync(id).AsTask()); });
        All("line found", "Lines", (db, a) => { var (o, n) = (a.Id(12), a.Id(3)); return a.End(() => db.Lines.Find(o, n), () => db.Lines.FindAsync(o, n).AsTask()); });
        All("move found", "Sale Lend", (db, a) => { var id = WorldSeed.GuidOf(10 + a.Id(6)); return a.End(() => db.Moves.Find(id), () => db.Moves.FindAsync(id).AsTask()); });
        All("collection loaded", "Orders Lines", async (db, a) =>
        {
            var id = a.Id(12);
            if (await db.Orders.AsTracking().OrderBy(o => o.Id).FirstOrDefaultAsync(o => o.Id >= id) is { } order)
            {
                await a.End(() => { db.Entry(order).Collection(o => o.Lines).Load(); return 0; }, async () => { await db.Entry(order).Collection(o => o.Lines).LoadAsync(); return 0; });
                return order;
            }

            return null;
        });
        All("part of a collection loaded", "Customers Orders", async (db, a) =>
        {
            var (id, status) = (a.Id(), a.Status());
            if (await db.Customers.AsTracking().OrderBy(c => c.Id).FirstOrDefaultAsync(c => c.Id >= id) is { } customer)
            {
                var orders = db.Entry(customer).Collection(c => c.Orders).Query().Where(o => o.Status == status);
                return await a.End(() => orders.ToList(), () => orders.ToListAsync());
            }

            return null;
        });
        All("reference loaded", "Orders Customers", async (db, a) =>
        {
            var id = a.Id(12);
            if (await db.Orders.AsTracking().OrderBy(o => o.Id).FirstOrDefaultAsync(o => o.Id >= id) is { } order)
            {
                await a.End(() => { db.Entry(order).Reference(o => o.Customer).Load(); return 0; }, async () => { await db.Entry(order).Reference(o => o.Customer).LoadAsync(); return 0; });
                return order;
            }

            return null;
        });
        All("skip navigation loaded", "Products ProductTag Tags", async (db, a) =>
        {
            var id = a.Id(12);
            if (await db.Products.AsTracking().OrderBy(p => p.Id).FirstOrDefaultAsync(p => p.Id >= id) is { } product)
            {
                await a.End(() => { db.Entry(product).Collection(p => p.Tags).Load(); return 0; }, async () => { await db.Entry(product).Collection(p => p.Tags).LoadAsync(); return 0; });
                return product;
            }

            return null;
        });
        All("lazy collection", "Workers WorkerPay Uses", async (db, a) =>
        {
            var id = a.Id(4);
            return await db.Workers.AsTracking().OrderBy(w => w.Id).FirstOrDefaultAsync(w => w.Id >= id) is { } worker
                ? new { worker.Name, Uses = worker.Uses.ToList() }
                : null;
        });
        All("reloaded", "Categories", async (db, a) =>
        {
            var id = a.Id(4);
            if (await db.Categories.AsTracking().OrderBy(c => c.Id).FirstOrDefaultAsync(c => c.Id >= id) is { } category)
            {
                category.Name = "not saved";
                await a.End(() => { db.Entry(category).Reload(); return 0; }, async () => { await db.Entry(category).ReloadAsync(); return 0; });
                return category;
            }

            return null;
        });
        All("values in the database", "Orders", async (db, a) =>
        {
            var id = a.Id(12);
            var values = await db.Entry(new Order { Id = id }).GetDatabaseValuesAsync();
            return values?.Properties.Select(p => new { p.Name, Value = values[p] }).ToList();
        });
    }

    // A compiled query serves one model, and each kind of context has its own.
    private static readonly ConcurrentDictionary<IModel, Func<WorldContext, int, IEnumerable<Order>>> OrdersOf = new();
    private static readonly ConcurrentDictionary<IModel, Func<WorldContext, int, Task<Asset?>>> AssetOf = new();

    private void Compiled()
    {
        All("compiled query", "Orders", (db, a) =>
        {
            var query = OrdersOf.GetOrAdd(db.Model, static _ => EF.CompileQuery((WorldContext db, int id) => db.Orders.AsNoTracking().Where(o => o.CustomerId == id)));
            return Task.FromResult<object?>(query(db, a.Id()).ToList());
        });
        All("compiled asynchronous query", "Assets", async (db, a) =>
        {
            var query = AssetOf.GetOrAdd(db.Model, static _ => EF.CompileAsyncQuery((WorldContext db, int id) => db.Assets.AsNoTracking().FirstOrDefault(x => x.Id == id)));
            return await query(db, a.Id(7));
        });
        One("list streamed", "Lines", async (db, a) =>
        {
            var list = new List<Line>();
            var n = a.Number(4);
            await foreach (var line in db.Lines.AsNoTracking().Where(l => l.Quantity > n).Via(a).AsAsyncEnumerable())
            {
                list.Add(line);
            }

            return list;
        });
        One("dictionary", "Products", (db, a) => { var price = a.Number(20); var q = db.Products.AsNoTracking().Where(p => p.Price > price).Via(a); return a.End(() => q.ToDictionary(p => p.Id, p => p.Name), () => q.ToDictionaryAsync(p => p.Id, p => p.Name)); });
        Seq("query with EF.Constant", "Orders", (db, a) => { var status = a.Status(); return db.Orders.Where(o => o.Status == EF.Constant(status)).Select(o => o.Id); });
        Seq("query with EF.Parameter", "Orders", (db, a) => db.Orders.Where(o => o.Total > EF.Parameter(20m)).Select(o => o.Id));
        Seq("keys of a parameter list, by EF.Parameter", "Orders", (db, a) => { var ids = a.Ids(); return db.Orders.Where(o => EF.Parameter(ids).Contains(o.Id)).Select(o => o.Id); });
        Seq("text functions", "Customers", (db, a) => { var n = a.Id(6); return db.Customers.Where(c => c.Name.ToUpper().Trim().Length > n).Select(c => new { Low = c.Name.ToLower(), Part = c.Name.Substring(1, 3), Has = c.Name.Contains('a') }); });
        Seq("numbers and dates", "Orders", (db, a) => { var month = 1 + a.Id(8); return db.Orders.Where(o => o.Placed.Month >= month).Select(o => new { o.Id, o.Placed.Year, Double = o.Total * 2, Rest = o.Id % 3, Abs = Math.Abs(o.CustomerId - month) }); });
    }
}
