using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>Values that EF, the store and the application take for the same or not, each in its way.</summary>
public sealed class OddValueTests : IDisposable
{
    private readonly Scratch<OddContext> _odd = new(o => new OddContext(o), OddContext.Fill);

    public void Dispose() => _odd.Dispose();

    // Guards OriginShape.IsSetByCode.
    [Fact]
    public void WhenAnotherSetterChangesTheField_WhatItHoldsIsNotBelieved()
        => _odd.Check(
            db => db.Set<Meddled>().Where(b => b.Group == 11).OrderBy(b => b.Id).Select(b => b.Id).ToList(),
            db => db.Set<Meddled>().Single(m => m.Id == 1).Group = 5);

    // Guards OriginShape.IsConvertedAsItsKey.
    [Fact]
    public void WhenAForeignKeyIsReadAsAnother_WhatItReadIsNotBelieved()
        => _odd.Check(
            db => db.Set<Child>().Where(b => b.ParentId == 99).OrderBy(b => b.Id).Select(b => b.Id).ToList(),
            db => db.Set<Child>().Single(m => m.Id == 1).ParentId = 1);

    // Guards OriginQueryContext.Count: it isn't counted for the collection that it is of.
    [Fact]
    public void WhenAnIncludedForeignKeyIsReadAsAnother_ItsRowIsNotMissed()
        => _odd.Check(
            db => db.Set<Child>().Where(b => b.Kind == 3).OrderBy(b => b.Id).Select(b => b.Id).ToList(),
            db => db.Remove(db.Set<Parent>().Include(p => p.Children).Single(m => m.Id == 99)));

    // Guards IncludeReader.HasExactKey: one of two rows is never counted.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void WhenTwoRowsAreOneEntity_NeitherIsMissed(int kind)
        => _odd.Check(
            db => db.Set<Book>().Where(b => b.Kind == kind).OrderBy(b => b.ShelfId).Select(b => new { b.ShelfId, b.Code }).ToList(),
            db => db.Remove(db.Set<Shelf>().Include(s => s.Books).Single(s => s.Id == 1)));

    // Guards StoreValue.Rounds.
    [Fact]
    public void WhenTwoIntegersAreOneInTheStore_BothAreFound()
        => _odd.Check(
            db => db.Set<Big>().Where(b => b.Number == 9007199254740992L).OrderBy(b => b.Id).Select(b => b.Id).ToList(),
            db => db.Add(new Big { Id = 2, Number = 9007199254740993L }));

    // Guards TableColumns: neither column can anchor.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhenTwoColumnsAreOneInUpperCase_EachIsItself(bool first)
        => _odd.Check(
            db => (first ? db.Set<Accent>().Where(b => b.A == 1) : db.Set<Accent>().Where(b => b.B == 1)).OrderBy(b => b.Id).Select(b => b.Id).ToList(),
            db => db.Add(new Accent { Id = 2, A = first ? 1 : 7, B = first ? 7 : 1 }));

    // Guards StoreKind.Boolean: every number but 0 is true.
    [Fact]
    public void WhenABooleanIsANumberToAnotherModel_ItsAnswersEnd()
    {
        Lights(cached: true);
        Lights(cached: true).ShouldBe("1");
        using (var db = _odd.Open())
        {
            db.Add(new Lamp { Id = 2, Level = 2 });
            db.SaveChanges();
        }

        Lights(cached: false).ShouldBe("1,2");
        Lights(cached: true).ShouldBe("1,2");
    }

    [Fact]
    public void WhenABooleanSetWriteMeetsANumber_TheNumbersAnswersEnd()
    {
        _odd.Execute("INSERT INTO \"Lamps\" (\"Id\", \"Level\") VALUES (5, 2)");
        _odd.Check(
            db => db.Set<Lamp>().Where(l => l.Level == 2).Select(l => l.Id).ToList(),
            _ =>
            {
                using var db = Light(cached: true);
                db.Set<Light>().Where(l => l.Level).ExecuteDelete();
            });
    }

    private string Lights(bool cached)
    {
        using var db = Light(cached);
        return string.Join(',', db.Set<Light>().Where(l => l.Level).OrderBy(l => l.Id).Select(l => l.Id).ToList());
    }

    private LightContext Light(bool cached)
    {
        var builder = new DbContextOptionsBuilder<LightContext>().UseSqlite(_odd.ConnectionString).Quiet();
        if (cached)
        {
            builder.UseZooCache(_odd.Cache, z => z.CacheAll());
        }

        return new LightContext((DbContextOptions<LightContext>)builder.Options);
    }
}
