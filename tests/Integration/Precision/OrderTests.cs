using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>Pages, and least and greatest values: an update that doesn't touch or cross them leaves them alone.</summary>
public abstract class OrderTests : PrecisionTests
{
    protected OrderTests(Provider provider)
        : base(provider)
        => Write(db => db.Posts.ToList().ForEach(p => p.Score *= 1_000));

    public sealed class OnSqlite() : OrderTests(Provider.Sqlite)
    {
        // Guards TableRegistry.IsWrittenInSql: to SQLite the text is behind all numbers, and EF reads it as 0.
        [Fact]
        public void WhenSqlHasWrittenATextIntoAColumnOfIntegers_ItsPlaceIsNotTheNumberThatEFReads()
        {
            Write(db => db.Database.ExecuteSqlRaw("UPDATE Posts SET Score = 'abc' WHERE Id = 1"));
            CheckPage(db => db.Posts.OrderBy(p => p.Score).Skip(2).Take(2).ToList(), Ends(Scored(1, 1)));
            Write(db => db.Database.ExecuteSqlRaw("UPDATE Posts SET Score = 'abc' WHERE Id = 1"));
            CheckPage(db => db.Posts.OrderByDescending(p => p.Score).Skip(1).Take(1).ToList(), Ends(Scored(1, 15)));
        }
    }

    [NeedsPostgres]
    public sealed class OnPostgres() : OrderTests(Provider.Postgres)
    {
        // Guards RowImage.MoveIn: NULL is behind all values. To SQLite it is before them, as a small number would be.
        [Fact]
        public void WhenAValueWasNull_TheRowMayCrossThePage()
            => CheckPage(db => db.Posts.OrderBy(p => p.ParentId).ThenBy(p => p.Id).Skip(1).Take(1).ToList(), Ends(db => db.Posts.Find(6)!.ParentId = 1));
    }

    private static Action<LibraryContext> Scored(int post, int score) => db => db.Posts.Find(post)!.Score = score * 1_000;

    /// <summary>Nothing is known of the row but its key.</summary>
    private static Action<LibraryContext> ScoredUnread(int post, int score) => db =>
    {
        var stub = new Post { Id = post, Title = "" };
        db.Attach(stub);
        stub.Score = score * 1_000;
    };

    // Guards OrderUse.IntervalIn: a page. Posts 3 and 4, 30 000 to 40 000; scores are told in thousands.
    [Fact]
    public void WhenAPageIsAsked_WhatStaysBeforeOrBehindItLeavesIt()
        => Check(
            db => db.Posts.OrderBy(p => p.Score).ThenBy(p => p.Id).Skip(2).Take(2).ToList(),
            Leaves(Scored(6, 65), Scored(6, 55), Scored(1, 15), Scored(2, 12), Scored(2, -5), Scored(5, 62), Scored(5, 50)),
            Ends(
                Scored(1, 99), Scored(1, 10), Scored(6, 33), Scored(6, 34), Scored(6, 60), Scored(5, 39), Scored(5, 50), Scored(3, 31), Scored(2, 32), Scored(2, 20),
                db => db.Add(New(7, blog: 1, score: 1)), db => db.Remove(db.Posts.Find(1)!)));

    // Guards OrderUse.IntervalIn: rows of one value lie on both sides of the page's edge.
    [Fact]
    public void WhenRowsTie_TheEdgeIsPartOfThePage()
    {
        Write(Scored(4, 30));
        Write(Scored(5, 30));
        Check(
            db => db.Posts.OrderBy(p => p.Score).ThenByDescending(p => p.Title).Skip(2).Take(1).ToList(),
            Leaves(Scored(1, 11), Scored(6, 70)),
            Ends(Scored(6, 30), Scored(6, 70), Scored(5, 29), Scored(5, 30), Scored(5, 31), db => db.Posts.Find(3)!.Title = "Post 9"));
    }

    // The first author's posts 3 and 5.
    [Fact]
    public void WhenAPageIsNotFull_NothingGetsBehindIt()
        => Check(
            db => db.Posts.Where(p => p.AuthorId == Author.Key(1)).OrderBy(p => p.Score).Skip(1).Take(10).ToList(),
            Leaves(Scored(1, 5), Scored(2, 60), Scored(4, 31), Scored(1, 20)),
            Ends(Scored(1, 40), Scored(1, 1), Scored(1, 99), Scored(3, 60), Scored(3, 101), db => db.Posts.Find(2)!.AuthorId = Author.Key(1)));

    [Fact]
    public void WhenThereIsNoLimit_NothingGetsBehindThePage()
        => Check(db => db.Posts.OrderBy(p => p.Score).Skip(4).ToList(), Leaves(Scored(1, 15), Scored(4, 42)), Ends(Scored(1, 99), Scored(6, 1)));

    [Fact]
    public void WhenAPageIsEmpty_NoUpdateFillsIt()
        => Check(
            db => db.Posts.OrderBy(p => p.Score).Skip(6).Take(2).ToList(),
            Leaves(Scored(1, 99), ScoredUnread(2, 98), db => db.Posts.Where(p => p.Id == 4).ExecuteUpdate(s => s.SetProperty(p => p.Score, 97_000))),
            Ends(db => db.Add(New(7, blog: 1, score: 1))));

    [Fact]
    public void WhenTheGreatestComeFirst_ThePageEndsBelow()
    {
        Check(
            db => db.Posts.OrderByDescending(p => p.Score).Take(2).ToList(),
            Leaves(Scored(1, 15), Scored(4, 42)),
            Ends(Scored(4, 51), Scored(4, 40), Scored(1, 70), Scored(6, 61)));
        Check(
            db => db.Posts.Where(p => p.AuthorId == Author.Key(1)).OrderByDescending(p => p.Score).Skip(1).Take(5).ToList(),
            Leaves(Scored(1, 75)), Ends(Scored(1, 20), Scored(5, 25), Scored(3, 22)));
        Check(db => db.Posts.OrderByDescending(p => p.Score).First(), Leaves(Scored(4, 42)), Ends(Scored(4, 99), Scored(4, 40)));
    }

    // Guards OrderUse.Of, IntervalIn: MAX and MIN.
    [Fact]
    public void WhenAnExtremeIsAsked_WhatDoesNotReachItLeavesIt()
    {
        Check(
            db => db.Posts.Max(p => p.Score),
            Leaves(Scored(1, 21), Scored(5, 52), Scored(2, -7)),
            Ends(
                db => db.Posts.Find(1)!.Score = 60_001, Scored(1, 10), db => db.Posts.Find(6)!.Score = 59_999, Scored(6, 60), Scored(1, 61), Scored(1, 10), Scored(6, 1), db => db.Add(New(7, blog: 1, score: 100_000)), db => db.Remove(db.Posts.Find(7)!), ScoredUnread(3, 101), ScoredUnread(3, 30)));
        Check(
            db => db.Posts.Where(p => p.AuthorId == Author.Key(2)).Min(p => p.Score),
            Leaves(Scored(4, 45), Scored(1, -100)),
            Ends(
                db => db.Posts.Find(2)!.Score = -6_999, Scored(2, -7), db => db.Posts.Find(4)!.Score = -7_001, Scored(4, -20), Scored(4, 40), Scored(2, 99), db => db.Posts.Find(6)!.AuthorId = Author.Key(1)));
        Check(
            db => db.Posts.Where(p => p.AuthorId == Author.Key(3)).Max(p => (int?)p.Score),
            Leaves(Scored(4, 1), Scored(1, 2)),
            Ends(db => db.Add(New(8, blog: 1, score: 3)), Scored(8, 4)));
    }

    // Guards ColumnUses: the order's column counts as used where it stands besides.
    [Fact]
    public void WhenTheColumnIsUsedBesides_EachUpdateOfItCounts()
    {
        CheckPage(db => db.Posts.Where(p => p.Score > 15_000).OrderBy(p => p.Score).Skip(1).Take(1).ToList(), Ends(Scored(1, 16), Scored(1, 10)));
        CheckPage(db => db.Posts.Where(p => db.Posts.Any(o => o.Score == p.Score + 1)).OrderBy(p => p.Score).Take(1).ToList(), Ends(db => db.Posts.Find(6)!.Score = 40_001, Scored(6, 60)));
        CheckPage(db => db.Posts.OrderBy(p => p.Score).ThenBy(p => -p.Score).Take(2).Select(p => new { p.Id, p.Score, Twice = p.Score * 2 }).ToList(), Ends(Scored(6, 1), Scored(6, 60)));
        CheckPage(db => db.Posts.OrderBy(p => p.Score % 7).Take(2).Select(p => new { p.Id, p.Score }).ToList(), Ends(db => db.Posts.Find(6)!.Score = 7, db => db.Posts.Find(5)!.Score = 14));
        CheckPage(db => db.Posts.Select(p => p.Score).Distinct().OrderBy(s => s).Take(2).ToList(), Ends(Scored(6, 2), Scored(6, 60)));
        CheckPage(db => db.Posts.Max(p => -p.Score), Ends(Scored(6, -100), Scored(6, 60)));
        CheckPage(db => db.Posts.Where(p => p.Score < 1_000_000).Max(p => p.Score), Ends(Scored(6, 1_001), Scored(6, 60)));
        CheckPage(db => db.Posts.GroupBy(p => p.AuthorId).Select(g => g.Max(p => p.Score)).ToList().Order().ToList(), Ends(Scored(3, 35), Scored(3, 30)));
        CheckPage(db => db.Posts.Select(p => p.Score).Distinct().Max(), Ends(Scored(6, 1), Scored(6, 62)));
    }

    // Guards OrderUse.Of: another list is shown than the one that is cut; TableColumns.IsOrdered: what isn't an integer.
    [Fact]
    public void WhenItIsNoPageOfIntegers_EachUpdateOfTheColumnCounts()
    {
        CheckPage(db => db.Posts.OrderBy(p => p.Score).Take(2).Include(p => p.Remarks).ToList(), Ends(Scored(6, 1), Scored(6, 60)));
        CheckPage(db => db.Posts.OrderBy(p => p.Score).Take(3).OrderBy(p => p.Title).Skip(1).ToList(), Ends(Scored(6, 2), Scored(6, 60)));
        CheckPage(db => db.Posts.Join(db.Blogs, p => p.BlogId, b => b.Id, (p, b) => new { p, b }).OrderBy(x => x.p.Score).Take(2).ToList(), Ends(Scored(5, 3), Scored(5, 50)));
        CheckPage(db => db.Posts.OrderBy(p => p.Title).Skip(1).Take(1).ToList(), Ends(db => db.Posts.Find(6)!.Title = "A", db => db.Posts.Find(6)!.Title = "Z"));
        CheckPage(db => db.Posts.OrderBy(p => p.Score).Select(p => new { p.Id, p.Title }).Skip(2).Take(2).ToList(), Ends(Scored(1, 99), Scored(1, 10)));
        CheckPage(db => db.Posts.OrderBy(p => p.Score).Select(p => new { p.Title, p.Score }).Skip(2).Take(2).ToList(), Ends(Scored(6, 4), Scored(6, 60), db => db.Posts.Find(4)!.Title = "B"));
        CheckPage(db => db.Shapes.OrderBy(s => s.Size).ThenBy(s => s.Id).Take(2).ToList(), Ends(db => db.Shapes.Find(21)!.Size = -5, db => db.Shapes.Find(21)!.Size = 5));
        CheckPage(db => db.Animals.OrderBy(a => a.Owner).ThenBy(a => a.Id).Skip(1).Take(1).ToList(), Ends(db => db.Animals.Find(4)!.Owner = -5, db => db.Animals.Find(4)!.Owner = 5));
    }

    // Guards BoundDependencies: a part with NULL in it; RowImage.MoveIn: to NULL and from it.
    [Fact]
    public void WhenValuesAreNull_NothingIsTakenForAPlaceInTheOrder()
    {
        CheckPage(
            db => db.Posts.OrderBy(p => p.ParentId).ThenBy(p => p.Id).Skip(2).Take(2).ToList(),
            Ends(db => db.Posts.Find(1)!.ParentId = 6, db => db.Posts.Find(1)!.ParentId = null, db => db.Posts.Find(6)!.ParentId = 1, db => db.Posts.Find(3)!.ParentId = 5));
        CheckPage(db => db.Posts.OrderByDescending(p => p.ParentId == null).Take(3).ToList().OrderBy(p => p.Id).ToList(), Ends(db => db.Posts.Find(1)!.ParentId = 2, db => db.Posts.Find(1)!.ParentId = null));
        CheckPage(db => db.Posts.Max(p => p.ParentId), Ends(db => db.Posts.Find(3)!.ParentId = 6, db => db.Posts.Find(3)!.ParentId = null, ParentUnread(3, 6), ParentUnread(3, null)));
    }

    // Guards RowImage.MoveIn, FamilyOutcome: what the value was isn't known.
    [Fact]
    public void WhenTheOldValueIsNotKnown_EachUpdateCounts()
        => Check(
            db => db.Posts.OrderBy(p => p.Score).Skip(2).Take(2).ToList(),
            Leaves(ScoredTitled(6, "a")),
            Ends(
                ScoredUnread(6, 1), ScoredUnread(6, 60),
                db => db.Posts.Where(p => p.Id == 6).ExecuteUpdate(s => s.SetProperty(p => p.Score, 2_000)),
                db => db.Posts.Where(p => p.Id == 6).ExecuteUpdate(s => s.SetProperty(p => p.Score, p => p.Score + 60_000)),
                db => db.Database.ExecuteSqlRaw("UPDATE \"Posts\" SET \"Score\" = 3000 WHERE \"Id\" = 6"),
                db => db.Update(new Post { Id = 6, Title = "b", AuthorId = Author.Key(2), Score = 61_000 })));

    // Guards OrderedRead.Proof: somebody has written the column since it was read. Post 6 isn't on the page, before or after.
    [Theory]
    [InlineData("context")]
    [InlineData("update")]
    [InlineData("sql")]
    [InlineData("again")]
    public void WhenTheColumnWasWrittenSinceItWasRead_ItsOldValueIsNotBelieved(string how)
    {
        Fill(Page);
        using var db = Library.Open();
        var post = db.Posts.Single(p => p.Id == 6);
        switch (how)
        {
            case "context":
                Write(Scored(6, 5));
                break;
            case "update":
                Write(other => other.Posts.Where(p => p.Id == 6).ExecuteUpdate(s => s.SetProperty(p => p.Score, 5_000)));
                break;
            case "sql":
                Write(other => other.Database.ExecuteSqlRaw("UPDATE \"Posts\" SET \"Score\" = 5000 WHERE \"Id\" = 6"));
                break;
            default:
                post.Score = 5_000;
                db.SaveChanges();
                break;
        }

        var before = Fill(Page);
        post.Score = 65_000;
        db.SaveChanges();

        var after = Uncached(Page);
        after.ShouldNotBe(before);
        Ask(Page).Answer.ShouldBe(after);
    }

    // Guards OrderedRead.Proof: what others do to other columns doesn't count against it.
    [Fact]
    public void WhenAnotherColumnWasWrittenSince_TheOldValueIsBelieved()
    {
        Fill(Page);
        using var db = Library.Open();
        var post = db.Posts.Single(p => p.Id == 6);
        Write(other => other.Posts.Find(6)!.Title = "a");
        Fill(Page);

        post.Score = 65_000;
        db.SaveChanges();

        Ask(Page).Source.ShouldBe(QueryResultSource.Hit);
    }

    // Guards TableRegistry.WasKnown: nobody has told of the column's writes when the row was read.
    [Fact]
    public void WhenTheRowWasReadBeforeAnybodyAskedForThePage_ItsOldValueIsNotBelieved()
    {
        using var db = Library.Open();
        var post = db.Posts.Single(p => p.Id == 6);
        Write(Scored(6, 5));
        var before = Fill(Page);

        post.Score = 65_000;
        db.SaveChanges();

        var after = Uncached(Page);
        after.ShouldNotBe(before);
        Ask(Page).Answer.ShouldBe(after);
    }

    // Guards QueryDependencies.Bind: the table has its share of families.
    [Fact]
    public void WhenThereAreTooManyFamilies_ThePageIsRight()
    {
        LearnMoreFamilies("POSTS");
        CheckPage(db => db.Posts.OrderBy(p => p.Score).Skip(2).Take(2).ToList(), Ends(Scored(1, 99), Scored(1, 10), Scored(6, 33)));
    }

    // Guards BoundDependencies.CrossedIn: an anchor of several values.
    [Fact]
    public void WhenSeveralValuesAreAsked_EachHasItsOrder()
    {
        int?[] blogs = [1, 2];
        Check(
            db => db.Posts.Where(p => blogs.Contains(p.BlogId)).OrderBy(p => p.Score).Skip(1).Take(1).ToList(),
            Leaves(Scored(5, 11), Scored(4, 45), Scored(3, 31), Scored(1, 5)),
            Ends(Scored(4, 19), Scored(3, 18), Scored(1, 99), db => db.Posts.Find(5)!.BlogId = 2));
    }

    [Fact]
    public void WhenExplained_TheOrderIsTold()
    {
        using var db = Library.Open();
        var page = db.Posts.Where(p => p.BlogId == 1).OrderBy(p => p.Score).Take(2).Cacheable();
        var table = page.ExplainCache().Tables.ShouldHaveSingleItem();
        table.OrderedBy.ShouldBe("Score");
        table.ToString().ShouldBe("Posts: rows with BlogId = a constant, in BlogId, and in its part of the order of Score, and all of each row that it shows");

        page.ToList();
        db.Posts.Find(1)!.Score = 11_000;
        db.Cache().ExplainPendingChanges().ToString().ShouldContain("in BlogId, Score");
        db.SaveChanges();
        page.ToList();
        db.Cache().LastQuery!.ToString().ShouldStartWith("Miss (invalidated by SaveChanges to Posts by ");
    }

    // Guards OrderUse.IntervalIn: an extreme that is NULL says nothing of the number of rows. The first author's posts have no parents.
    [Fact]
    public void WhenAllValuesAreNull_OneThatIsSetIsTheExtreme()
    {
        CheckPage(db => db.Posts.Where(p => p.AuthorId == Author.Key(1)).Min(p => p.ParentId), Ends(db => db.Posts.Find(3)!.ParentId = 6));
        Write(db => db.Posts.ToList().ForEach(p => p.ParentId = null));
        CheckPage(
            db => db.Posts.Max(p => p.ParentId),
            Ends(db => db.Posts.Find(3)!.ParentId = 1, db => db.Posts.Find(3)!.ParentId = null, db => db.Posts.Where(p => p.Id == 3).ExecuteUpdate(s => s.SetProperty(p => p.ParentId, 1))));
    }

    private static Action<LibraryContext> ParentUnread(int post, int? parent) => db =>
    {
        var stub = new Post { Id = post, Title = "", ParentId = -1 };
        db.Attach(stub);
        stub.ParentId = parent;
    };

    private static Action<LibraryContext> ScoredTitled(int post, string title) => db => db.Posts.Find(post)!.Title = title;

    /// <summary>The third and the fourth.</summary>
    private static object? Page(LibraryContext db) => db.Posts.OrderBy(p => p.Score).Skip(2).Take(2).ToList();

    /// <summary>Each write changes the answer.</summary>
    protected void CheckPage(Func<LibraryContext, object?> ask, Action<LibraryContext>[] ends) => Check(ask, [], ends);
}
