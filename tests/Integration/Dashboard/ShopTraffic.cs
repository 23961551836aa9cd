using Microsoft.EntityFrameworkCore;

namespace ZooCache.Integration.Tests.Dashboard;

/// <summary>Customers of a shop, who look at more than they buy.</summary>
internal sealed class ShopTraffic : IAsyncDisposable
{
    private const int Tick = 20;

    private readonly CancellationTokenSource _end = new();
    private readonly Random _random = new(1);
    private readonly DashboardHost _host;
    private readonly Task _task;

    internal ShopTraffic(DashboardHost host)
    {
        _host = host;
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
                await LookAsync(1 + _random.Next(3));
            }

            if (_random.Next(40) == 0)
            {
                await BuyAsync(1 + _random.Next(3));
            }

            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private async Task LookAsync(int customer)
    {
        await using var db = _host.Open();
        switch (_random.Next(8))
        {
            case < 3:
                await db.Orders.AsNoTracking().Where(o => o.CustomerId == customer).Include(o => o.Lines).Cacheable().ToListAsync();
                break;
            case < 6:
                await db.Orders.AsNoTracking().Where(o => o.Id == customer).Cacheable().SingleAsync();
                break;
            case 6:
                await _host.Cache.GetOrCreateAsync($"spent:{customer}", async (call, token) =>
                {
                    call.DependsOn($"customer:{customer}");
                    return (double)(await db.Orders.Where(o => o.CustomerId == customer).ToListAsync(token)).Sum(o => o.Total);
                });
                break;
            default:
                await db.Customers.AsNoTracking().Where(c => c.City == "Oslo").Cacheable().ToListAsync();
                if (_random.Next(10) == 0)
                {
                    await db.Lines.CountAsync();
                }

                break;
        }
    }

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
