using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>Changes to the second half of the model.</summary>
internal static class HoldingChanges
{
    private const string BelowAssets = "Assets Sale Lend Uses";

    internal static IEnumerable<Change> All() => [.. Assets(), .. Others(), .. Sets()];

    private static IEnumerable<Change> Assets()
    {
        yield return SavedChanges.Of("add an asset", BelowAssets, async s =>
        {
            var number = s.Random.Next(1, 8);
            var asset = new Asset
            {
                Id = s.Chance(50) ? number : 0,
                Code = new AssetCode($"A{number}"),
                Leased = s.Chance(50),
                Level = (Level)s.Random.Next(3),
                Units = s.Random.Next(8),
                Price = s.Random.Next(20),
                Readings = [s.Random.Next(8), s.Random.Next(8)],
                Labels = s.Chance(50) ? [] : [s.Word("label")],
                Size = new Box { Width = s.Random.Next(6), Height = s.Chance(50) ? null : s.Random.Next(6), Wrap = new Wrap { Colour = s.Chance(50) ? "red" : "blue" } },
                CustomerId = s.Chance(50) ? null : await s.CustomerId(),
                Manual = s.Chance(50) ? null : new Manual { Text = s.Word("manual"), Pages = s.Random.Next(6) },
            };
            asset.Moves.Add(s.Chance(50) ? new Sale { Gain = s.Random.Next(7) } : new Lend { Borrower = s.Word("b"), For = TimeSpan.FromHours(s.Random.Next(5)) });
            s.Db.Add(asset);
            await s.Save();
            s.Log($"asset {asset.Id}");
        });
        yield return SavedChanges.Of("update an asset that was read", "Assets", async s =>
        {
            var id = await s.AssetId();
            if (await s.Db.Assets.Include(a => a.Manual).NotCacheable().FirstOrDefaultAsync(a => a.Id == id) is not { } asset)
            {
                return;
            }

            asset.Version++;
            switch (s.Random.Next(5))
            {
                case 0: (asset.Code, asset.Leased, asset.Level) = (new AssetCode($"A{s.Random.Next(1, 8)}"), !asset.Leased, (Level)s.Random.Next(3)); break;
                case 1: (asset.Units, asset.Price) = (s.Random.Next(8), s.Random.Next(20)); break;
                case 2: asset.Readings.Add(s.Random.Next(8)); asset.Labels = [s.Word("label")]; break;
                case 3: (asset.Size.Height, asset.Size.Wrap.Colour) = (s.Chance(50) ? null : s.Random.Next(6), "blue"); break;
                default: asset.CustomerId = s.Chance(50) ? null : await s.CustomerId(); break;
            }

            if (s.Chance(30) && asset.Manual is { } manual)
            {
                manual.Pages = s.Random.Next(6);
            }

            await s.Save();
            s.Log($"asset {id}");
        });
        yield return SavedChanges.Of("update an asset that another changed", "Assets", async s =>
        {
            var id = await s.AssetId();
            if (await s.Db.Assets.NotCacheable().FirstOrDefaultAsync(a => a.Id == id) is { } asset)
            {
                await s.Db.Assets.Where(a => a.Id == id).ExecuteUpdateAsync(u => u.SetProperty(a => a.Units, a => a.Units + 1));
                asset.Price++;
                asset.Version += s.Chance(50) ? 1 : 0;
                await s.Save();
                s.Log($"asset {id}");
            }
        });
        yield return SavedChanges.Of("write and delete a manual", "Assets", async s =>
        {
            var id = await s.AssetId();
            if (await s.Db.Assets.Include(a => a.Manual).NotCacheable().FirstOrDefaultAsync(a => a.Id == id) is { } asset)
            {
                asset.Manual = asset.Manual is null ? new Manual { Text = s.Word("manual"), Pages = s.Random.Next(6) } : null;
                await s.Save();
                s.Log($"asset {id}");
            }
        });
        yield return SavedChanges.Of("delete an asset", BelowAssets, async s =>
        {
            var id = await s.AssetId();
            if (await s.Db.Assets.NotCacheable().FirstOrDefaultAsync(a => a.Id == id) is { } asset)
            {
                s.Db.Remove(asset);
                await s.Save();
                s.Log($"asset {id}");
            }
        });
        yield return SavedChanges.Of("move a move", "Sale Lend", async s =>
        {
            if (await s.Db.Moves.NotCacheable().OrderBy(m => m.Id).Skip(s.Random.Next(5)).FirstOrDefaultAsync() is { } move)
            {
                move.AssetId = s.Chance(30) ? null : await s.AssetId();
                move.Day = move.Day.AddDays(1);
                if (move is Sale sale)
                {
                    sale.Gain = s.Random.Next(7);
                }

                if (s.Chance(20))
                {
                    s.Db.Remove(move);
                }

                await s.Save();
                s.Log($"{move.GetType().Name} {move.Id}");
            }
        });
        yield return SavedChanges.Of("add a move", "Sale Lend", async s =>
        {
            var id = WorldSeed.GuidOf(10 + s.Random.Next(17));
            s.Db.Add(s.Chance(50) ? new Sale { Id = id, AssetId = await s.AssetId(), Gain = s.Random.Next(7) } : new Lend { Id = id, AssetId = await s.AssetId(), Borrower = s.Word("b") });
            await s.Save();
            s.Log($"{id}");
        });
    }

    private static IEnumerable<Change> Others()
    {
        yield return SavedChanges.Of("a worker in two tables", "Workers WorkerPay Uses", async s =>
        {
            var id = await s.WorkerId();
            var worker = await s.Db.Workers.NotCacheable().FirstOrDefaultAsync(w => w.Id == id);
            if (worker is null || s.Chance(20))
            {
                s.Db.Add(new Worker { Name = s.Word("worker"), Salary = s.Random.Next(5) * 1000, Grade = s.Chance(50) ? null : (short)s.Random.Next(4), RegionCode = s.Chance(50) ? null : "N" });
            }
            else if (s.Chance(15))
            {
                s.Db.Remove(worker);
            }
            else if (s.Chance(50))
            {
                worker.Salary = s.Random.Next(5) * 1000;
            }
            else
            {
                (worker.Name, worker.RegionCode) = (s.Word("worker"), s.Chance(50) ? null : "S");
            }

            await s.Save();
            s.Log($"worker {id}");
        });
        yield return SavedChanges.Of("a stub of a worker", "Workers WorkerPay", async s =>
        {
            var worker = new Worker { Id = await s.WorkerId(), Name = s.Word("worker"), Salary = 500 };
            if (s.Chance(50))
            {
                s.Db.Update(worker);
            }
            else
            {
                s.Db.Attach(worker).Property(w => w.Grade).CurrentValue = (short)(1 + s.Random.Next(5));
            }

            await s.Save();
            s.Log($"worker {worker.Id}");
        });
        yield return SavedChanges.Of("uses", "Uses", async s =>
        {
            var (worker, asset) = (await s.WorkerId(), await s.AssetId());
            if (await s.Db.Uses.NotCacheable().FirstOrDefaultAsync(u => u.WorkerId == worker && u.AssetId == asset) is not { } use)
            {
                s.Db.Add(new Use { WorkerId = worker, AssetId = asset, Hours = s.Random.Next(6), Since = s.Chance(50) ? null : new DateTimeOffset(2026, 2, 1 + s.Random.Next(20), 0, 0, 0, TimeSpan.Zero) });
            }
            else if (s.Chance(30))
            {
                s.Db.Remove(use);
            }
            else
            {
                use.Hours = s.Random.Next(6);
            }

            await s.Save();
            s.Log($"{worker}/{asset}");
        });
        yield return SavedChanges.Of("a skip navigation with a payload", "Uses", async s =>
        {
            var (workerId, assetId) = (await s.WorkerId(), await s.AssetId());
            var worker = await s.Db.Workers.Include(w => w.Assets).NotCacheable().FirstOrDefaultAsync(w => w.Id == workerId);
            var asset = await s.Db.Assets.NotCacheable().FirstOrDefaultAsync(a => a.Id == assetId);
            if (worker is not null && asset is not null)
            {
                if (!worker.Assets.Remove(asset))
                {
                    worker.Assets.Add(asset);
                }

                await s.Save();
                s.Log($"{workerId}/{assetId}");
            }
        });
        yield return SavedChanges.Of("reviews", "Reviews", async s =>
        {
            if (s.Chance(60) && await s.Db.Reviews.NotCacheable().OrderBy(r => EF.Property<int>(r, "Key")).Skip(s.Random.Next(4)).FirstOrDefaultAsync() is { } review)
            {
                var entry = s.Db.Entry(review);
                if (s.Chance(20))
                {
                    s.Db.Remove(review);
                }
                else if (s.Chance(50))
                {
                    entry.Property("Stars").CurrentValue = s.Random.Next(6);
                }
                else
                {
                    entry.Property("ProductNo").CurrentValue = await s.ProductId();
                }
            }
            else
            {
                var entry = s.Db.Add(new Review { Text = s.Word("review", 20), Mood = s.Chance(50) ? null : 'x' });
                entry.Property("ProductNo").CurrentValue = await s.ProductId();
                entry.Property("Stars").CurrentValue = s.Random.Next(6);
            }

            await s.Save();
        });
        yield return SavedChanges.Of("holidays", "Regions Holidays", async s =>
        {
            var code = await s.Pick(s.Db.Regions.Select(r => r.Code), "Z");
            if (await s.Db.Regions.NotCacheable().FirstOrDefaultAsync(r => r.Code == code) is { } region)
            {
                var day = s.Random.Next(1, 5);
                if (region.Holidays.Find(h => h.Day == day) is not { } holiday)
                {
                    region.Holidays.Add(new Holiday { Day = day, Name = s.Word("feast") });
                }
                else if (s.Chance(50))
                {
                    region.Holidays.Remove(holiday);
                }
                else
                {
                    holiday.Name = s.Word("feast");
                }

                region.Climate.Rain = s.Random.Next(9);
                await s.Save();
                s.Log($"region {code}, day {day}");
            }
        });
    }

    private static IEnumerable<Change> Sets()
    {
        yield return SavedChanges.Of("set writes to holdings", BelowAssets + " Reviews Holidays Workers WorkerPay", async s =>
        {
            var (asset, worker) = (await s.AssetId(), await s.WorkerId());
            var colour = s.Chance(50) ? "red" : "blue";
            switch (s.Random.Next(9))
            {
                case 0: await s.Db.Assets.Where(a => a.Id == asset).ExecuteUpdateAsync(u => u.SetProperty(a => a.Units, 3).SetProperty(a => a.Leased, colour == "red")); break;
                case 1: s.Db.Assets.Where(a => a.Level == Level.Low).ExecuteUpdate(u => u.SetProperty(a => a.Level, Level.High)); break;
                case 2: await s.Db.Assets.ExecuteUpdateAsync(u => u.SetProperty(a => a.Size.Wrap.Colour, colour)); break;
                case 3: s.Db.Uses.Where(x => x.WorkerId == worker).ExecuteUpdate(u => u.SetProperty(x => x.Hours, x => x.Hours + 1)); break;
                case 4: await s.Db.Uses.Where(x => x.AssetId == asset).ExecuteDeleteAsync(); break;
                case 5: s.Db.Set<Sale>().Where(x => x.AssetId == asset).ExecuteDelete(); break;
                case 6: await s.Db.Set<Lend>().Where(x => x.Asset!.Units > 2).ExecuteUpdateAsync(u => u.SetProperty(x => x.Borrower, "nobody")); break;
                case 7: s.Db.Reviews.Where(r => EF.Property<int>(r, "Stars") < 2).ExecuteUpdate(u => u.SetProperty(r => r.Mood, 'z')); break;
                default: await s.Db.Assets.Where(a => a.Id == asset).ExecuteUpdateAsync(u => u.SetProperty(a => a.Readings, new List<int> { 1, 2 })); break;
            }

            s.Log($"asset {asset}, worker {worker}, {colour}");
        });
        yield return SavedChanges.Of("narrow: pay", "WorkerPay", async s =>
        {
            using var narrow = s.OpenNarrow();
            var id = await s.WorkerId();
            if (s.Chance(50))
            {
                await narrow.Pay.Where(p => p.Id == id).ExecuteUpdateAsync(u => u.SetProperty(p => p.Salary, p => p.Salary + 100));
            }
            else if (await narrow.Pay.NotCacheable().FirstOrDefaultAsync(p => p.Id == id) is { } pay)
            {
                pay.Salary = 1000 * s.Random.Next(5);
                await s.Save(narrow);
            }

            s.Log($"worker {id}");
        });
        yield return SavedChanges.Of("a bystander", "Bystander", async s =>
        {
            await s.Db.Set<Bystander>().ExecuteUpdateAsync(u => u.SetProperty(b => b.Count, b => b.Count + 1));
        });
    }
}
