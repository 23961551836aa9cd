using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>Entities that don't hold what the store has, and columns that the store makes.</summary>
public abstract class StrangeRowTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : StrangeRowTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : StrangeRowTests(Provider.Postgres);

    private readonly Scratch<StrangeContext> _scratch = new(o => new StrangeContext(o), StrangeContext.Fill, provider: provider);

    public void Dispose() => _scratch.Dispose();

    // Guards OriginShape.ReaderOf: not through a setter.
    [Fact]
    public void WhenASetterNormalises_WhatItKeepsIsNotBelieved() => Check<BySetter>();

    // Guards OriginShape: constructed.
    [Fact]
    public void WhenAConstructorNormalises_WhatItKeepsIsNotBelieved() => Check<ByConstructor>();

    // Guards OriginShape.ReaderOf: not through a getter.
    [Fact]
    public void WhenAGetterNormalises_WhatIsKeptCounts() => Check<ByGetter>();

    // Guards OriginShape.IsStoreValue.
    [Fact]
    public void WhenAConverterReadsSeveralValuesAsOne_WhatItReadIsNotBelieved() => Check<ByConverter>();

    // Guards RowImages.Of: what the store makes isn't known before it has.
    [Fact]
    public void WhenTheStoreGivesADefault_TheListThatTheRowEntersEnds()
    {
        Ask<ByDefault>(7).Ids.ShouldBe("");
        Ask<ByDefault>(1).Ids.ShouldBe("1");
        Write(db => db.Add(new ByDefault { Id = 7 }));
        Ask<ByDefault>(7).Ids.ShouldBe("7");
        Ask<ByDefault>(7).Source.ShouldBe(QueryResultSource.Hit);
        Write(db => db.Set<ByDefault>().Single(r => r.Id == 7).Group = 1);
        Ask<ByDefault>(7).Ids.ShouldBe("");
        Ask<ByDefault>(1).Ids.ShouldBe("1,7");
        Ask<ByDefault>(2);
        Write(db => db.Add(new ByDefault { Id = 8, Group = 1 }));
        Ask<ByDefault>(1).Ids.ShouldBe("1,7,8");
    }

    // Guards TableFacts.IsFixed: the store changes a computed column when another is set.
    [Theory]
    [InlineData("save")]
    [InlineData("stub")]
    [InlineData("set")]
    [InlineData("list")]
    public void WhenTheStoreComputesAColumn_BothListsEnd(string how)
    {
        Ask<ByComputation>(1).Ids.ShouldBe("1");
        Ask<ByComputation>(2).Ids.ShouldBe("2");
        Write(db =>
        {
            switch (how)
            {
                case "save":
                    db.Set<ByComputation>().Single(r => r.Id == 1).Number = 25;
                    break;
                case "stub":
                    db.Update(new ByComputation { Id = 1, Number = 25 });
                    break;
                case "set":
                    db.Set<ByComputation>().Where(r => r.Id == 1).ExecuteUpdate(s => s.SetProperty(r => r.Number, 25));
                    break;
                default:
                    db.Set<ByComputation>().Where(r => r.Group == 1).ExecuteUpdate(s => s.SetProperty(r => r.Number, 25));
                    break;
            }
        });
        Ask<ByComputation>(1).Ids.ShouldBe("");
        Ask<ByComputation>(2).Ids.ShouldBe("1,2");
    }

    // A token that matched proves nothing of the rest of the row: a set write leaves it as it is.
    [Fact]
    public void WhenATokenStillMatches_TheRestOfTheRowIsNotProven()
    {
        using var db = _scratch.Open();
        var row = db.Set<ByToken>().Single(r => r.Id == 1);
        Write(other => other.Set<ByToken>().Where(r => r.Id == 1).ExecuteUpdate(s => s.SetProperty(r => r.Group, 3)));
        Ask<ByToken>(3).Ids.ShouldBe("1,3");
        row.Group = 2;
        row.Version++;
        db.SaveChanges();
        Ask<ByToken>(1).Ids.ShouldBe("");
        Ask<ByToken>(2).Ids.ShouldBe("1,2");
        Ask<ByToken>(3).Ids.ShouldBe("3");
    }

    // Guards OriginQueryContext.StartTracking: the entity type is the proxy's; and OriginShape.ReaderOf: shadows.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhenTheForeignKeyIsAShadow_ItsListsEndAndNoOther(bool proxies)
    {
        for (var i = 1; i <= 3; i++)
        {
            Sheets(i).ShouldBe(($"{i}", QueryResultSource.Miss));
            Sheets(i).ShouldBe(($"{i}", QueryResultSource.Hit));
        }

        using (var db = _scratch.Open(more: proxies ? b => b.UseLazyLoadingProxies() : null))
        {
            var sheet = db.Set<Sheet>().Single(s => s.Id == 1);
            (sheet.GetType() != typeof(Sheet)).ShouldBe(proxies);
            sheet.Folder = db.Set<Folder>().Single(f => f.Id == 2);
            db.SaveChanges();
        }

        Sheets(1).ShouldBe(("", QueryResultSource.Miss));
        Sheets(2).ShouldBe(("1,2", QueryResultSource.Miss));
        Sheets(3).ShouldBe(("3", QueryResultSource.Hit));
        if (proxies)
        {
            using var db = _scratch.Open(z => z.CacheAll(), b => b.UseLazyLoadingProxies());
            db.Set<Folder>().Single(f => f.Id == 2).Sheets.Count.ShouldBe(2);
        }

        (string Ids, QueryResultSource Source) Sheets(int folder)
        {
            using var db = _scratch.Open(z => z.CacheAll());
            return (string.Join(',', db.Set<Sheet>().Where(s => EF.Property<int?>(s, "FolderId") == folder).OrderBy(s => s.Id).Select(s => s.Id).ToList()), db.Last()!.Source);
        }
    }

    /// <summary>The store has 11, the entity 1. The row leaves the list of 11 for that of 2.</summary>
    private void Check<T>()
        where T : class, IGrouped
    {
        foreach (var group in new[] { 11, 1, 2 })
        {
            Ask<T>(group).Ids.ShouldBe(group switch { 11 => "1", 1 => "", _ => "2" });
            Ask<T>(group).Source.ShouldBe(QueryResultSource.Hit);
        }

        Write(db =>
        {
            var row = db.Set<T>().Single(r => r.Id == 1);
            row.Group = 2;
            db.Entry(row).Property(r => r.Group).IsModified = true;
        });
        Ask<T>(11).Ids.ShouldBe("");
        Ask<T>(1).Ids.ShouldBe("");
        Ask<T>(2).Ids.ShouldBe("1,2");
    }

    private (string Ids, QueryResultSource Source) Ask<T>(int group)
        where T : class
    {
        using var db = _scratch.Open(z => z.CacheAll());
        var ids = db.Set<T>().Where(r => EF.Property<int?>(r, "Group") == group).Select(r => EF.Property<int>(r, "Id")).OrderBy(i => i).ToList();
        return (string.Join(',', ids), db.Last()!.Source);
    }

    private void Write(Action<StrangeContext> write)
    {
        using var db = _scratch.Open();
        write(db);
        db.SaveChanges();
    }
}
