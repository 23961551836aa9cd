using Microsoft.EntityFrameworkCore;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Dashboard;

/// <summary>Customers of a shop, who look at more than they buy.</summary>
internal sealed class ShopTraffic : IAsyncDisposable
{
    private const int Tick = 20;
    private const int Customers = 150;

    private readonly CancellationTokenSource _end = new();
    private readonly Random _random = new(1);
    private readonly DashboardHost _host;
    private readonly Task _task;

    internal ShopTraffic(DashboardHost host)
    {
        _host = host;
        using var db = host.Open();
        var there = db.Customers.Count();
        db.AddRange(Enumerable.Range(there + 1, Customers - there).Select(c => new Customer
        {
            Name = $"Customer {c}", City = c % 3 == 0 ? "Bergen" : "Oslo",
            Orders = { new Order { Total = c, Lines = { new Line { Product = "apple", Quantity = c } } }, new Order { Total = 2 * c, Lines = { new Line { Product = "plum", Quantity = 1 } } } },
        }));
        db.SaveChanges();
        _task = Task.Run(RunAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _task;
        _end.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(Tick));
        for (var i = 0; !_end.IsCancellationRequested; i++)
        {
            var looks = 3 + (int)(2.5 * Math.Sin(i * Tick / 20_000.0) + _random.NextDouble());
            for (var n = 0; n < looks; n++)
            {
                await LookAsync(1 + _random.Next(Customers));
            }

            if (_random.Next(40) == 0)
            {
                await BuyAsync(1 + _random.Next(Customers));
            }

            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private async Task LookAsync(int customer)
    {
        await using var db = _host.Open();
        switch (_random.Next(20))
        {
            case < 6:
                await OrdersAsync(db, customer);
                break;
            case < 10:
                await db.Customers.AsNoTracking().Where(c => c.Id == customer).Cacheable().SingleAsync();
                break;
            case < 13:
                await LinesAsync(db, 1 + _random.Next(2 * Customers));
                break;
            case < 15:
                await db.Customers.AsNoTracking().Where(c => c.City == "Oslo").Cacheable().CountAsync();
                break;
            case 15:
                await db.Orders.AsNoTracking().OrderByDescending(o => o.PlacedAt).ThenBy(o => o.Id).Take(10).Cacheable().ToListAsync();
                break;
            case 16:
                await db.Lines.GroupBy(l => l.Product).Select(g => new { g.Key, Sold = g.Sum(l => l.Quantity) }).Cacheable().ToListAsync();
                break;
            case 17 when _random.Next(4) == 0:
                await AboveAsync(db, (decimal)_random.NextDouble() * 100);
                break;
            case 18:
                await db.Lines.CountAsync(l => l.Quantity > customer);
                break;
            default:
                await _host.Cache.GetOrCreateAsync($"spent:{customer}", async (call, token) =>
                {
                    call.DependsOn($"customer:{customer}");
                    return (double)(await db.Orders.Where(o => o.CustomerId == customer).ToListAsync(token)).Sum(o => o.Total);
                });
                break;
        }
    }

    private static Task OrdersAsync(ShopContext db, int customer) => db.Orders.AsNoTracking().Where(o => o.CustomerId == customer).Cacheable().ToListAsync();

    private static Task LinesAsync(ShopContext db, int order) => db.Lines.AsNoTracking().Where(l => l.OrderId == order).Cacheable().ToListAsync();

    private static Task AboveAsync(ShopContext db, decimal total) => db.Orders.AsNoTracking().Where(o => o.Total > total).Cacheable().CountAsync();

    private async Task BuyAsync(int customer)
    {
        await using var db = _host.Open();
        switch (_random.Next(4))
        {
            case 0:
                await db.Customers.Where(c => c.Id == customer).ExecuteUpdateAsync(s => s.SetProperty(c => c.Name, $"Customer {_random.Next()}"));
                break;
            case 1:
                _host.Cache.Invalidate($"customer:{customer}");
                break;
            default:
                var order = await db.Orders.FirstAsync(o => o.CustomerId == customer);
                order.Total++;
                await db.SaveChangesAsync();
                break;
        }
    }
}
