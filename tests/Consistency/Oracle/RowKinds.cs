using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Rows of one table of the depot: how changes come by one of them, and what they do to it.</summary>
/// <param name="name">One of them, for people.</param>
/// <param name="tables">What a change of one by <see cref="Alter"/> may change.</param>
/// <param name="others">What <see cref="ChangeBy"/>, or deleting one, may change besides.</param>
internal abstract class RowKind<T>(string name, string tables, string others = "")
    where T : class, IKeyed
{
    internal string Name => name;

    /// <summary>Whether changes may delete one without putting back what goes with it.</summary>
    internal virtual bool MayGo => true;

    internal abstract Task<int> AnyId(Scene s);

    internal abstract int IdOf(T row);

    /// <summary>One, tracked by one kind of query or another; null if there is none.</summary>
    internal abstract Task<T?> Read(Scene s);

    /// <summary>Changes a column or a few, rather those by which queries choose and sort.</summary>
    internal abstract Task Alter(Scene s, T row);

    /// <summary>Lets this context change or delete one, by one kind of write or another.</summary>
    internal abstract Task ChangeBy(WorldContext other, Scene s, int id);

    internal Task<T?> Find(WorldContext db, int id) => db.Set<T>().Cacheable().FirstOrDefaultAsync(r => EF.Property<int>(r, "Id") == id);

    internal async Task ChangeByAnother(Scene s, int id)
    {
        using var other = s.OpenOther();
        await ChangeBy(other, s, id);
    }

    /// <summary>A change that does nothing but <see cref="Alter"/> rows.</summary>
    internal Change Altering(string what, Func<Scene, Task> change) => DepotTools.Of(what, change, tables);

    /// <summary>A change that deletes rows as well, or lets another context change them.</summary>
    internal Change Disturbing(string what, Func<Scene, Task> change) => DepotTools.Of(what, change, $"{tables} {others}".TrimEnd());
}

/// <summary>What is read of them is remembered, but for columns of which the store may have another value.</summary>
internal sealed class ItemRows() : RowKind<Item>("an item", "Items", "Hubs Parts BunchItem Sheets Drafts Quirks")
{
    internal override Task<int> AnyId(Scene s) => s.ItemId();

    internal override int IdOf(Item row) => row.Id;

    internal override Task<Item?> Read(Scene s) => DepotTools.ReadItem(s);

    internal override Task Alter(Scene s, Item row) => DepotTools.Alter(s, row);

    internal override async Task ChangeBy(WorldContext other, Scene s, int id)
    {
        var (hub, spare) = (await s.HubId(), await s.HubIdOrNull());
        var how = s.Random.Next(6);
        switch (how)
        {
            case 0 or 1 when await other.Items.NotCacheable().FirstOrDefaultAsync(i => i.Id == id) is { } item:
                (item.HubId, item.SpareId) = (hub, spare);
                await s.Save(other);
                break;
            case 2: await other.Items.Where(i => i.Id == id).ExecuteUpdateAsync(u => u.SetProperty(i => i.HubId, hub).SetProperty(i => i.SpareId, spare)); break;
            case 3: other.Database.ExecuteSql($"UPDATE \"Items\" SET \"HubId\" = {hub}, \"Slot\" = 2 WHERE \"Id\" = {id}"); break;
            case 4: await other.Hubs.Where(h => other.Items.Any(i => i.Id == id && i.SpareId == h.Id && i.HubId != h.Id)).ExecuteDeleteAsync(); break;
            default: await Alien(other, id, hub, spare); break;
        }

        s.Log($"(another, in way {how}: item {id}, {hub}, {spare})");
    }

    private static async Task Alien(WorldContext other, int id, int hub, int? spare)
    {
        other.Attach(new Item { Id = id, HubId = hub == 1 ? 2 : 1 }).Entity.HubId = hub;
        other.Entry(other.Items.Local.First(i => i.Id == id)).Property(i => i.SpareId).CurrentValue = spare;
        await other.SaveChangesAsync();
    }
}

/// <summary>What is read of them is remembered; their places in an order only until a change writes them in SQL.</summary>
internal sealed class HubRows() : RowKind<Hub>("a hub", "Hubs")
{
    /// <summary>All others hang on them.</summary>
    internal override bool MayGo => false;

    internal override Task<int> AnyId(Scene s) => s.HubId();

    internal override int IdOf(Hub row) => row.Id;

    internal override async Task<Hub?> Read(Scene s)
    {
        var id = await s.HubId();
        switch (s.Random.Next(6))
        {
            case 0: return await s.Db.Hubs.Cacheable().FirstOrDefaultAsync(h => h.Id == id);
            case 1: return await s.Db.Hubs.FindAsync(id);
            case 2: return (await s.Db.Items.Include(i => i.Hub).Cacheable().OrderBy(i => i.Id).FirstOrDefaultAsync(i => i.HubId == id))?.Hub;
            case 3:
                var kind = s.Random.Next(3);
                return DepotTools.AnyOf(s, await s.Db.Hubs.Cacheable().Where(h => h.Kind == kind).ToListAsync());
            case 4: return DepotTools.AnyOf(s, s.Db.Hubs.Cacheable().OrderBy(h => h.Kind).ThenBy(h => h.Id).Take(2).ToList());
            default: return s.Db.Hubs.NotCacheable().FirstOrDefault(h => h.Id == id);
        }
    }

    internal override async Task Alter(Scene s, Hub row)
    {
        for (var more = true; more; more = s.Chance(40))
        {
            switch (s.Random.Next(8))
            {
                case 0: row.Name = s.Word("hub", 4); break;
                case < 4: row.Kind = s.Random.Next(3); break;
                default: row.ParentId = await s.HubIdOrNull(); break;
            }
        }
    }

    internal override async Task ChangeBy(WorldContext other, Scene s, int id)
    {
        var (parent, kind) = (await s.HubIdOrNull(), s.Random.Next(3));
        var how = s.Random.Next(5);
        switch (how)
        {
            case 0 or 1 when await other.Hubs.NotCacheable().FirstOrDefaultAsync(h => h.Id == id) is { } hub:
                (hub.ParentId, hub.Kind) = (parent, s.Chance(50) ? kind : hub.Kind);
                await s.Save(other);
                break;
            case 2: await other.Hubs.Where(h => h.Id == id).ExecuteUpdateAsync(u => u.SetProperty(h => h.ParentId, parent)); break;
            case 3: await other.Hubs.Where(h => h.Id == id).ExecuteUpdateAsync(u => u.SetProperty(h => h.Kind, h => 2 - h.Kind).SetProperty(h => h.ParentId, parent)); break;
            default:
                var stub = new Hub { Id = id, Kind = kind == 1 ? 2 : 1, ParentId = 4 };
                other.Attach(stub);
                (stub.Kind, stub.ParentId) = (kind, parent);
                await s.Save(other);
                break;
        }

        s.Log($"(another, in way {how}: hub {id}, parent {parent}, kind {kind})");
    }
}

/// <summary>What is read of them is remembered, also their weight, by which queries put them in order. No change writes them in SQL, after which places in an order
/// aren't believed.</summary>
internal sealed class PartRows() : RowKind<Part>("a part", "Parts")
{
    /// <summary>Mostly near to others', now and then far away.</summary>
    internal static int Weight(Scene s) => s.Chance(25) ? s.Random.Next(-40, 300) : s.Random.Next(10);

    internal override Task<int> AnyId(Scene s) => s.PartId();

    internal override int IdOf(Part row) => row.Id;

    internal override async Task<Part?> Read(Scene s)
    {
        var id = await AnyId(s);
        switch (s.Random.Next(6))
        {
            case 0: return await s.Db.Parts.Cacheable().FirstOrDefaultAsync(p => p.Id == id);
            case 1: return await s.Db.Parts.FindAsync(id);
            case 2: return DepotTools.AnyOf(s, (await s.Db.Items.Include(i => i.Parts).Cacheable().FirstOrDefaultAsync(i => i.Parts.Any(p => p.Id == id)))?.Parts ?? []);
            case 3: return DepotTools.AnyOf(s, s.Db.Parts.Cacheable().OrderByDescending(p => p.Weight).ThenBy(p => p.Id).Take(3).ToList());
            case 4:
                var box = await s.HubIdOrNull();
                return DepotTools.AnyOf(s, [.. await s.Db.Set<Screw>().Cacheable().Where(p => p.BoxId == box).ToListAsync()]);
            default: return s.Db.Parts.NotCacheable().FirstOrDefault(p => p.Id == id);
        }
    }

    internal override async Task Alter(Scene s, Part row)
    {
        for (var more = true; more; more = s.Chance(30))
        {
            switch (s.Random.Next(8), row)
            {
                case (< 4, _): row.Weight = Weight(s); break;
                case (< 6, _): row.ItemId = await s.ItemId(); break;
                case (_, Screw screw): screw.BoxId = await s.HubIdOrNull(); break;
                case (_, Wire wire): wire.Length = s.Random.Next(3); break;
            }
        }
    }

    internal override async Task ChangeBy(WorldContext other, Scene s, int id)
    {
        var (item, weight) = (await s.ItemId(), Weight(s));
        var how = s.Random.Next(8);
        switch (how)
        {
            case < 3 when await other.Parts.NotCacheable().FirstOrDefaultAsync(p => p.Id == id) is { } part:
                (part.ItemId, part.Weight) = (s.Chance(50) ? item : part.ItemId, weight);
                await s.Save(other);
                break;
            case 3: await other.Parts.Where(p => p.Id == id).ExecuteUpdateAsync(u => u.SetProperty(p => p.ItemId, item)); break;
            case 4: await other.Parts.Where(p => p.Id == id).ExecuteUpdateAsync(u => u.SetProperty(p => p.Weight, weight)); break;
            case 5: await other.Parts.Where(p => p.Id == id).ExecuteUpdateAsync(u => u.SetProperty(p => p.Weight, p => p.Weight + 7)); break;
            case 6 when s.Chance(40): await other.Parts.Where(p => p.Id == id).ExecuteDeleteAsync(); break;
            default: await Alien(other, s, id, item, weight); break;
        }

        s.Log($"(another, in way {how}: part {id}, item {item}, weight {weight})");
    }

    /// <summary>Saved from an entity whose values were never read.</summary>
    private static async Task Alien(WorldContext other, Scene s, int id, int item, int weight)
    {
        var stub = await other.Set<Screw>().NotCacheable().AnyAsync(p => p.Id == id) ? new Screw() : (Part)new Wire();
        (stub.Id, stub.ItemId, stub.Weight) = (id, item == 1 ? 2 : 1, weight + 1);
        other.Attach(stub);
        (stub.ItemId, stub.Weight) = (item, weight);
        await s.Save(other);
    }
}
