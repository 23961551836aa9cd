using System.Globalization;
using Microsoft.EntityFrameworkCore.Migrations;
using Xunit.Abstractions;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Nodes;
using ZooCache.EFCore.Writes;
using ZooCache.EFCore.Writes.Sql;

namespace ZooCache.Integration.Tests;

/// <summary>What nodes tell one another of EF Core's writes, as bytes. ZOOCACHE_SEED replays a run.</summary>
public sealed class MessagePartTests(ITestOutputHelper output)
{
    /// <summary>The form is agreed between versions: it may not change without its number.</summary>
    [Fact]
    public void A_small_change_has_these_bytes()
    {
        var image = new RowImage("T", RowChange.Update, new Dictionary<string, ColumnImage>
        {
            ["ID"] = new ColumnImage(StoreKind.Integer, Old: 1, IsUnwritten: true),
            ["G"] = new ColumnImage(StoreKind.Guid, Read: 2, New: 3),
        }) { Written = ["G"] };
        var part = new ChangePart("db", 9, new HlcStamp(3), false, [new ChangedRow(image, TagPath.Of("a"), new HlcStamp(5))], [new TableWrite("U", true, null)], []);

        Convert.ToHexString(part.Encode()).ShouldBe(
            "02" + "026462" + "0900000000000000" + "0300000000000000" + "00" // version, "db", epoch, seen, not the whole database
            + "04" + "0154" + "024944" + "0147" + "0155" // names: T, ID, G, U
            + "01" + "00" + "01" + "02" // one row: T, update, two columns
            + "01" + "00" + "09" + "0100000000000000" // ID: integer, before and not written
            + "02" + "02" + "06" + "0200000000000000" + "0300000000000000" // G: Guid, as read and after
            + "02" + "02" // the columns that it sets: G
            + "01" + "01" + "0161" + "0500000000000000" // read: its key's tag "a", the stamp
            + "01" + "03" + "01" + "00" // one table: U, rows may go, columns unknown
            + "00"); // no SQL
    }

    [Fact]
    public void A_small_fact_has_these_bytes()
    {
        var family = new Family("T", new ValueList<FamilyColumn>([new FamilyColumn("ID", StoreKind.Integer)]), MayBeGenerated: true, new ValueList<string>(["A"]));

        Convert.ToHexString(new FactPart("db", Family: family).Encode()).ShouldBe(
            "02" + "026462" + "01" // version, "db", a family
            + "0154" + "01" + "01" + "024944" + "00" // of T, may be generated, one column: ID, integer
            + "01" + "01" + "0141"); // used: A
    }

    [Fact]
    public void Whatever_is_told_is_read_as_it_was()
    {
        var random = Seeded();
        for (var i = 0; i < 2_000; i++)
        {
            var change = Change(random);
            var read = ChangePart.TryDecode(change.Encode()).ShouldNotBeNull();
            Text(read).ShouldBe(Text(change));
            var fact = Fact(random);
            FactPart.TryDecode(fact.Encode()).ShouldNotBeNull().Encode().ShouldBe(fact.Encode());
        }
    }

    [Fact]
    public void Whatever_is_sent_is_read_or_refused_within_bounds()
    {
        var random = Seeded();
        for (var i = 0; i < 50_000; i++)
        {
            var bytes = i % 3 == 0 ? Fact(random).Encode() : Change(random).Encode();
            for (var mutations = random.Next(4); mutations > 0 && bytes.Length > 0; mutations--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            bytes = random.Next(3) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
            var before = GC.GetAllocatedBytesForCurrentThread();
            ChangePart.TryDecode(bytes);
            FactPart.TryDecode(bytes);
            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(4096 + (400L * bytes.Length));
        }
    }

    private static string Text(ChangePart part)
        => string.Join('\n', [
            $"{part.Database} {part.Epoch} {part.Seen} {part.IsDatabase}",
            .. part.Rows.Select(r => $"{r.Image.Table} {r.Image.Change} {Names(r.Image.Written)} {r.Key} {r.Since} {string.Join(',', r.Image.Columns.Select(c => $"{c.Key}={(r.Key is null ? c.Value with { Read = null } : c.Value)}"))}"),
            .. part.Tables.Select(t => $"{t.Table} {t.MayDelete} {Names(t.Assigned)}"),
            .. part.Sql.Select(s => $"{s.Database} {string.Join(';', s.Targets.Select(t => $"{t.Schema}.{t.Table} {t.MayDelete} {Names(t.Assigned)}"))} {string.Join(',', s.Calls)}")]);

    private static string Names(IReadOnlyCollection<string>? names) => names is null ? "unknown" : $"[{string.Join(',', names)}]";

    private static ChangePart Change(Random random)
        => new(
            Name(random), (ulong)random.NextInt64(), new HlcStamp((ulong)random.NextInt64()), random.Next(5) == 0,
            [.. Some(random, 4).Select(_ => new ChangedRow(Image(random), random.Next(2) == 0 ? TagPath.Of("ef", Name(random)).Append((ulong)random.NextInt64()) : null, HlcStamp.None))],
            [.. Some(random, 3).Select(_ => new TableWrite(Name(random), random.Next(2) == 0, Assigned(random)))],
            [.. Some(random, 2).Select(_ => SqlEffect.None with { Database = random.Next(2) == 0, Targets = [.. Some(random, 3).Select(_ => new SqlTarget(random.Next(2) == 0 ? null : Name(random), Name(random), random.Next(2) == 0, Assigned(random)))], Calls = [.. Some(random, 3).Select(_ => Name(random))] })]);

    private static RowImage Image(Random random)
        => new(Name(random), (RowChange)random.Next(3), Some(random, 5).Select((_, i) => i).ToDictionary(
            i => $"{i}{Name(random)}",
            _ => new ColumnImage((StoreKind)random.Next(4), Value(random), Value(random), Value(random), random.Next(2) == 0, random.Next(2) == 0))) { Written = Assigned(random) };

    private static FactPart Fact(Random random)
    {
        switch (random.Next(3))
        {
            case 0:
                // One without columns tells what is used.
                var used = random.Next(2) == 0 ? null : new ValueList<string>(Enumerable.Range(0, random.Next(3)).Select(i => $"U{i}"));
                var columns = Enumerable.Range(0, used is null ? 1 + random.Next(3) : random.Next(4)).Select(i => new FamilyColumn($"{i}", (StoreKind)random.Next(4)));
                return new FactPart(Name(random), Family: new Family(Name(random), new ValueList<FamilyColumn>(columns), random.Next(2) == 0, used));
            case 1:
                return new FactPart(Name(random), Routine: Name(random), Written: [.. Some(random, 3).Select(_ => Name(random))]);
            default:
                var table = new KnownTable(Name(random)) { Name = Name(random), IsView = random.Next(2) == 0, HasTriggers = random.Next(2) == 0, WrittenByTriggers = random.Next(2) == 0 ? null : [Name(random)], Behind = random.Next(2) == 0 ? null : [] };
                table.Names.Add((random.Next(2) == 0 ? null : Name(random), Name(random)));
                table.Schemas.UnionWith(Some(random, 3).Select(_ => Name(random)));
                table.Columns["A"] = Name(random);
                table.Moving.UnionWith(Some(random, 3).Select(_ => Name(random)));
                table.ReferencedBy.UnionWith(Some(random, 3).Select(_ => Name(random)));
                table.Cascades.Add(new Cascade(Name(random), ReferentialAction.SetNull, new ValueList<string>(["A", "B"]), new ValueList<string>(["C", "D"])));
                return new FactPart(Name(random), Table: table);
        }
    }

    private static IReadOnlyCollection<string>? Assigned(Random random) => random.Next(3) == 0 ? null : [.. Some(random, 3).Select(_ => Name(random))];

    private static IEnumerable<int> Some(Random random, int most) => Enumerable.Range(0, random.Next(most + 1));

    private static ulong? Value(Random random) => random.Next(2) == 0 ? null : (ulong)random.NextInt64();

    private static string Name(Random random) => random.Next(20) == 0 ? "ÄÖ 表" : string.Create(CultureInfo.InvariantCulture, $"N{random.Next(30)}");

    private Random Seeded()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("ZOOCACHE_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();
        output.WriteLine($"ZOOCACHE_SEED={seed}");
        return new Random(seed);
    }
}
