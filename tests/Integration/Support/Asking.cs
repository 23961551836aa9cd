using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;

namespace ZooCache.Integration.Tests.Support;

/// <summary>The questions that the tests of writes ask, each through a context of its own.</summary>
internal static class Asking
{
    internal static (string? Name, QueryResultSource Source) CustomerName(this ShopDatabase shop, int id)
    {
        using var db = shop.Open();
        var name = db.Customers.AsNoTracking().Where(c => c.Id == id).Cacheable().SingleOrDefault()?.Name;
        return (name, db.Cache().LastQuery!.Source);
    }

    internal static (string Names, QueryResultSource Source) CustomerNames(this ShopDatabase shop)
    {
        using var db = shop.Open();
        var names = string.Join(',', db.Customers.AsNoTracking().OrderBy(c => c.Id).Cacheable().Select(c => c.Name).ToList());
        return (names, db.Cache().LastQuery!.Source);
    }

    internal static (int Count, QueryResultSource Source) LineCount(this ShopDatabase shop)
    {
        using var db = shop.Open();
        var count = db.Lines.Cacheable().Count();
        return (count, db.Cache().LastQuery!.Source);
    }

    /// <summary>Runs a change in a context with the cache.</summary>
    internal static void Change(this ShopDatabase shop, Action<ShopContext> change)
    {
        using var db = shop.Open();
        change(db);
        db.SaveChanges();
    }
}
