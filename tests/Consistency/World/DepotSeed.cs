namespace ZooCache.Consistency.Tests.World;

/// <summary>The depot's rows that each world begins with: values are few, so that queries and writes meet.</summary>
internal static class DepotSeed
{
    internal static void Fill(WorldContext db)
    {
        db.AddRange(Enumerable.Range(1, 4).Select(i => new Hub { Id = i, Name = $"hub {i % 3}", Kind = i % 3, ParentId = i > 2 ? i - 2 : null }));
        db.SaveChanges();
        for (var i = 1; i <= 7; i++)
        {
            var item = NewItem(i, 1 + (i % 4), i % 3 == 0 ? null : 1 + (i % 3));
            item.Id = i;
            item.Sku = $"S{i}";
            item.Parts.Add(i % 2 == 0 ? new Wire { Length = i % 3, Weight = i } : new Screw { BoxId = i % 3 == 0 ? null : i % 3, Weight = i });
            db.Add(item).Property("KeeperId").CurrentValue = i % 2 == 0 ? null : 1 + (i % 3);
            Sheet sheet = (i % 3) switch
            {
                0 => new Sheet(i % 4),
                1 => new Draft(i % 4) { HubId = i > 4 ? null : i },
                _ => new Memo(i % 4) { Words = i },
            };
            sheet.Item = i % 4 == 0 ? null : item;
            db.Add(sheet);
            db.Add(new Quirk { HubId = i % 3 == 0 ? null : 1 + (i % 4), Tidy = Word(i / 3, upper: false), Notch = i % 4 });
        }

        db.SaveChanges();
        var items = db.Items.OrderBy(i => i.Id).ToList();
        for (var i = 1; i <= 3; i++)
        {
            var bunch = new Bunch { Id = i, Name = $"bunch {i}", Stamp = i == 2 ? null : new Stamp { Colour = i } };
            bunch.Items.AddRange(items.Where(t => t.Id % 3 == i % 3));
            db.Add(bunch);
        }

        db.SaveChanges();
    }

    /// <summary>An item of which everything follows from a number.</summary>
    internal static Item NewItem(int number, int hub, int? spare) => new()
    {
        HubId = hub,
        SpareId = spare,
        Slot = 1 + (number % 5),
        Sku = $"S{number}",
        Grade = (Grade)(number % 3),
        Mode = (Mode)(number / 2 % 3),
        Live = number % 2 == 0,
        Armed = number % 3 == 0,
        Ref = number % 3 == 0 ? null : WorldSeed.GuidOf(1 + (number % 3)),
        Big = 1 + (number % 4),
        Nick = Word(number, number % 2 == 0),
        Pad = number % 2 == 0 ? $"P{number % 3}" : $"P{number % 3} ",
        Secret = Word(number / 2, upper: false),
        Rank = number % 4,
        Label = number % 2 == 0 ? null : new Label { Text = $"label {number % 3}", No = number % 3 == 0 ? null : number % 4 },
    };

    internal static string Word(int number, bool upper) => (number % 3, upper) switch
    {
        (0, false) => "ann",
        (0, true) => "ANN",
        (1, false) => "bob",
        (1, true) => "Bob",
        (_, false) => "cy",
        _ => "CÝ",
    };
}
