namespace ZooCache.Consistency.Tests.World;

/// <summary>The rows that each world begins with.</summary>
internal static class WorldSeed
{
    internal static void Fill(WorldContext db)
    {
        var regions = new[] { "N", "S", "E" }.Select((code, i) => new Region { Code = code, Name = $"Region {code}", Rank = i == 0 ? null : i, Holidays = { new Holiday { Day = i + 1, Name = $"feast {i}" } } }).ToList();
        db.AddRange(regions);
        var root = new Category { Id = 1, Name = "root" };
        db.AddRange(root, new Category { Id = 2, Name = "paper", Parent = root }, new Category { Id = 3, Name = "food", Parent = root });
        db.SaveChanges();

        var tags = Enumerable.Range(1, 4).Select(i => new Tag { Id = i, Name = $"tag {i}" }).ToList();
        for (var i = 1; i <= 6; i++)
        {
            Product product = (i % 3) switch
            {
                0 => new Book { Pages = i * 10 },
                1 => new Food { Vegan = i > 3 },
                _ => new Sweet { Vegan = true, Sugar = i },
            };
            (product.Id, product.Name, product.Price, product.Rating) = (i, $"product {i}", i * 3, i % 2 == 0 ? null : i / 2.0);
            product.CategoryId = i % 4 == 0 ? null : 1 + (i % 3);
            product.Tags.AddRange(tags.Where(t => (t.Id + i) % 2 == 0));
            db.Add(product);
        }

        var coupons = Enumerable.Range(1, 3).Select(i => new Coupon { Id = GuidOf(i), Code = $"C{i}", Percent = i * 5, Retired = i == 3 }).ToList();
        db.AddRange(coupons);
        for (var i = 1; i <= 6; i++)
        {
            var customer = new Customer
            {
                Id = i,
                Tenant = 1 + (i % 2),
                Name = $"name {i % 4}",
                City = i % 3 == 0 ? null : $"city {i % 3}",
                Credit = i * 100,
                Region = i % 4 == 0 ? null : regions[i % 3],
                ReferrerId = i > 3 ? i - 3 : null,
                Address = new Address { Street = $"street {i}", Zip = i % 2 == 0 ? null : i },
                Profile = new Profile { Nick = $"nick {i}", Score = i, Phones = [new Phone { Number = $"{i}{i}" }] },
                Card = i % 2 == 0 ? new Card { Number = 1000 + i, Holder = $"holder {i}" } : null,
            };
            for (var o = 0; o < i % 3; o++)
            {
                var order = new Order { Status = (Status)(o + i % 2), Total = (i * 7.5m) + o, Placed = new DateTime(2026, 1 + i, 1 + o, 0, 0, 0, DateTimeKind.Unspecified), Coupon = o == 0 ? coupons[i % 3] : null };
                order.Lines.Add(new Line { No = 1, ProductId = i, Quantity = i + o, Notes = { new Note { Text = o == 0 ? null : "note" } } });
                order.Lines.Add(new Line { No = 2, ProductId = 1 + (i % 6), Quantity = o });
                order.Documents.Add(new Invoice { Title = $"invoice {i}", Amount = i, Body = [1, (byte)i] });
                customer.Orders.Add(order);
            }

            db.Add(customer);
        }

        db.Add(new Contract { Title = "contract", Party = "p" });
        db.SaveChanges();
        FillHoldings(db);
        DepotSeed.Fill(db);
    }

    private static void FillHoldings(WorldContext db)
    {
        db.Add(new Bystander { Id = 1 });
        var workers = Enumerable.Range(1, 3).Select(i => new Worker { Id = i, Name = $"worker {i}", Salary = i * 1000, Grade = i == 2 ? null : (short)i, RegionCode = i == 3 ? null : "N" }).ToList();
        db.AddRange(workers);
        for (var i = 1; i <= 5; i++)
        {
            var asset = new Asset
            {
                Id = i,
                Code = new AssetCode($"A{i}"),
                Leased = i % 2 == 0,
                Level = (Level)(i % 3),
                Version = 1,
                Units = i,
                Price = 10,
                Readings = [i, i + 1],
                Labels = i == 3 ? [] : [$"label {i % 2}", "label"],
                Size = new Box { Width = i, Height = i % 2 == 0 ? null : i, Wrap = new Wrap { Colour = i > 2 ? "red" : "blue" } },
                CustomerId = i > 4 ? null : i,
                Manual = i % 2 == 0 ? null : new Manual { Text = $"manual {i}", Pages = i == 1 ? null : i },
            };
            db.Add(asset);
            db.Add(new Sale { Id = GuidOf(10 + i), Asset = asset, Day = new DateOnly(2026, 1, i), Gain = i });
            db.Add(new Lend { Id = GuidOf(20 + i), Asset = i % 2 == 0 ? null : asset, Day = new DateOnly(2026, 2, i), Borrower = $"b{i}", For = i > 3 ? null : TimeSpan.FromHours(i) });
        }

        db.SaveChanges();
        for (var i = 1; i <= 4; i++)
        {
            db.Add(new Use { WorkerId = 1 + (i % 3), AssetId = i, Hours = i, Since = i == 1 ? null : new DateTimeOffset(2026, 1, i, 0, 0, 0, TimeSpan.Zero) });
            var review = new Review { Text = $"review {i}", Mood = i == 2 ? null : (char)('a' + i) };
            var entry = db.Add(review);
            entry.Property("ProductNo").CurrentValue = i;
            entry.Property("Stars").CurrentValue = i;
        }

        db.SaveChanges();
    }

    internal static Guid GuidOf(int number) => new(number, 7, 9, [1, 2, 3, 4, 5, 6, 7, 8]);
}
