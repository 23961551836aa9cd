using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>What a query uses and what it only shows are told apart: a write to a column that it doesn't use leaves its answer alone, unless the answer shows the
/// row. Each write that ends an answer would be overlooked if its column didn't count as used, or its row as shown.</summary>
public abstract class UsedColumnTests(Provider provider) : PrecisionTests(provider)
{
    public sealed class OnSqlite() : UsedColumnTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : UsedColumnTests(Provider.Postgres)
    {
        // Guards ColumnUses.Find, Sources.TableOf: post 6 has no such remark, so the key that the remark's row would copy from the post is NULL. SQLite has no APPLY.
        [Fact]
        public void WhenTheKeyIsShownByWhatIsAppliedToTheRow_TheRowCounts()
        {
            Check(
                db => db.Posts.Where(p => p.Score > 30)
                    .Select(p => new { Of = p.Remarks.Where(r => r.Mark == 7).Select(r => new { p.Id, r.Text }).FirstOrDefault(), p.Title })
                    .ToList().OrderBy(x => x.Title).ToList(),
                [],
                Ends(Titled(6, "a")));
            Check(
                db => db.Posts.Where(p => p.Score > 30)
                    .Select(p => new { Of = p.Remarks.Where(r => r.Mark == 7).Select(r => new { Post = p, r.Text }).FirstOrDefault(), p.Title })
                    .ToList().OrderBy(x => x.Title).ToList(),
                [],
                Ends(Titled(6, "b")));
            Check(
                db => (from p in db.Posts.Where(p => p.Score > 30)
                       from r in db.Remarks.Where(r => r.PostId == p.Id && r.Mark == 7).Select(r => new { Key = (int?)p.Id, r.Text }).DefaultIfEmpty()
                       select new { r.Key, r.Text, p.Title }).ToList().OrderBy(x => x.Title).ToList(),
                [],
                Ends(Titled(6, "c")));

            // The row's own key, which comes later, will do.
            Check(
                db => (from p in db.Posts.Where(p => p.Score > 30)
                       from r in db.Remarks.Where(r => r.PostId == p.Id && r.Mark == 7).Select(r => new { Key = (int?)p.Id, r.Text }).DefaultIfEmpty()
                       select new { r.Key, r.Text, p.Id, p.Title }).ToList().OrderBy(x => x.Title).ToList(),
                Leaves(Titled(1, "d")),
                Ends(Titled(6, "e")));
        }
    }

    private static Action<LibraryContext> Titled(int post, string title) => db => db.Posts.Find(post)!.Title = title;

    private static Action<LibraryContext> Scored(int post, int score) => db => db.Posts.Find(post)!.Score = score;

    /// <summary>Nothing is known of the row but its key.</summary>
    private static Action<LibraryContext> TitledUnread(int post, string title) => db =>
    {
        var stub = new Post { Id = post, Title = "" };
        db.Attach(stub);
        stub.Title = title;
    };

    // Guards ColumnUses: WHERE; BoundDependencies.KeysIn.
    [Fact]
    public void WhenRowsAreFiltered_OnlyThoseThatAreShownAndTheColumnsOfTheFilterCount()
        => Check(
            db => db.Posts.Where(p => p.Score > 30).OrderBy(p => p.Id).ToList(),
            Leaves(
                Titled(1, "a"), TitledUnread(2, "b"), db => db.Posts.Find(3)!.BlogId = 1,
                db => db.Posts.Where(p => p.Id == 1).ExecuteUpdate(s => s.SetProperty(p => p.Title, p => p.Title + "c"))),
            Ends(
                Titled(4, "d"), TitledUnread(5, "e"), Scored(1, 31), Scored(6, 1), db => db.Add(New(7, blog: 1, score: 99)), db => db.Remove(db.Posts.Find(5)!),
                db => db.Posts.Where(p => p.Id == 4).ExecuteUpdate(s => s.SetProperty(p => p.Title, "f")),
                db => db.Posts.ExecuteUpdate(s => s.SetProperty(p => p.Title, "g")),

                // Guards SetWriteRows.Image: what it sets.
                db => db.Posts.Where(p => p.Id == 2).ExecuteUpdate(s => s.SetProperty(p => p.Score, 77))));

    // Guards ColumnUses: ORDER BY, LIMIT.
    [Fact]
    public void WhenAPageIsShown_WhatSortsItCounts()
        => Check(
            db => db.Posts.OrderBy(p => p.Title).ThenBy(p => p.Id).Skip(1).Take(2).ToList(),
            Leaves(Scored(1, 7), Scored(6, 7), db => db.Posts.Find(4)!.BlogId = 1),
            Ends(Titled(6, "Post 0"), Titled(1, "Post 9"), Scored(2, 1), db => db.Add(New(0, blog: 1))));

    // Guards ColumnUses: LIMIT below an include.
    [Fact]
    public void WhenAPageIncludesOthers_TheirRowsCount()
        => Check(
            db => db.Posts.OrderByDescending(p => p.Score).Take(2).Include(p => p.Remarks).Include(p => p.Blog).ToList(),
            Leaves(
                Titled(1, "a"), db => db.Blogs.Find(1)!.Name += "!", db => db.Remarks.Find(1, 1)!.Text += "!",
                db => db.Blogs.Where(b => b.Id == 2).ExecuteUpdate(s => s.SetProperty(b => b.Visits, 99))),
            Ends(
                Titled(6, "b"), db => db.Blogs.Find(3)!.Name += "!", db => db.Remarks.Find(5, 2)!.Text += "!", Scored(1, 99),
                db => db.Add(new Remark { PostId = 6, Number = 7 }), db => db.Posts.Find(6)!.BlogId = 1));

    // Guards ColumnUses: ON.
    [Fact]
    public void WhenRowsAreJoined_WhatTheyAreJoinedByCounts()
    {
        Check(
            db => db.Posts.Join(db.Blogs, p => p.Score, b => b.Visits, (p, b) => new { p, b.Id, b.Name }).ToList(),
            Leaves(Titled(1, "a"), db => db.Blogs.Find(1)!.Name += "!"),
            Ends(db => db.Blogs.Find(1)!.Visits = 20, db => db.Blogs.Find(1)!.Name += "!", Titled(2, "b"), Scored(2, 21)));
        Check(
            db => db.Posts.OrderBy(p => p.Id).LeftJoin(db.Blogs, p => p.Score, b => b.Visits, (p, b) => new { p.Id, Blog = b }).ToList(),
            Leaves(Titled(1, "c"), db => db.Blogs.Find(1)!.Name += "!"),
            Ends(db => db.Blogs.Find(3)!.Visits = 30, db => db.Blogs.Find(3)!.Name += "!", Scored(3, 31)));
    }

    // Guards ColumnUses: a subquery that finds nothing.
    [Fact]
    public void WhenNothingIsFound_WhatItIsSoughtByCounts()
        => Check(
            db => db.Posts.Where(p => p.Score == 60).Select(p => new { p.Id, p.Title, Of = db.Blogs.FirstOrDefault(b => b.Visits == p.Score) }).ToList(),
            Leaves(db => db.Blogs.Find(1)!.Name += "!"),
            Ends(db => db.Blogs.Find(1)!.Visits = 60, db => db.Blogs.Find(1)!.Name += "!", db => db.Blogs.Find(1)!.Visits = 1));

    // Guards UsedAndShown.Of: without shown columns no keys are needed; with them, where there are no keys, all count as used.
    [Fact]
    public void WhenRowsAreCounted_OnlyWhatIsCountedByCounts()
    {
        Check(db => db.Posts.Count(p => p.BlogId == 1), Leaves(Titled(1, "a"), TitledUnread(2, "b"), Scored(1, 3)), Ends(db => db.Posts.Find(1)!.BlogId = 2));
        Check(db => db.Posts.Where(p => p.BlogId == 2).Sum(p => p.Score), Leaves(Titled(3, "a"), TitledUnread(4, "b")), Ends(Scored(3, 4)));
        Check(db => db.Posts.Where(p => p.BlogId == 2).Max(p => p.Title), Leaves(Scored(3, 5)), Ends(Titled(3, "z")));
        Check(db => db.Posts.Any(p => p.Score > 100), Leaves(Titled(3, "b")), Ends(Scored(3, 101)));
        Check(db => db.Posts.Where(p => p.Score > 1).Select(p => p.Title).ToList().Order().ToList(), Leaves(db => db.Posts.Find(3)!.BlogId = 1), Ends(Titled(3, "c"), Scored(3, 1)));
    }

    // Guards ColumnUses: what takes part in a comparison of rows.
    [Fact]
    public void WhenRowsAreCompared_AllOfThemCount()
    {
        Check(
            db => db.Posts.Select(p => new { p.Id, p.BlogId, p.Score }).Distinct().Where(p => p.Score > 0).OrderBy(p => p.Id).ToList(),
            Leaves(Titled(1, "a")), Ends(Scored(1, 5)));
        Check(
            db => db.Posts.Where(p => p.Score > 1).Select(p => new { p.Id, p.Title }).Union(db.Posts.Where(p => p.Score < 0).Select(p => new { p.Id, p.Title })).OrderBy(p => p.Id).ToList(),
            Leaves(db => db.Posts.Find(1)!.BlogId = 2), Ends(Titled(1, "b"), Scored(1, 1)));
        Check(
            db => db.Posts.GroupBy(p => p.Score).Select(g => new { g.Key, Count = g.Count(), Last = g.Max(p => p.Title) }).OrderBy(g => g.Key).ToList(),
            Leaves(db => db.Posts.Find(2)!.BlogId = 2), Ends(Scored(2, 60), Titled(2, "z")));
        Check(
            db => db.Posts.GroupBy(p => p.BlogId).Select(g => g.OrderByDescending(p => p.Score).First()).ToList().OrderBy(p => p?.Id).ToList(),
            Leaves(TitledUnread(1, "d")), Ends(Scored(3, 1000), Titled(3, "e"), db => db.Posts.Find(5)!.BlogId = 2));
    }

    // Guards ColumnUses: subqueries.
    [Fact]
    public void WhenASubqueryChooses_WhatItUsesCounts()
    {
        Check(
            db => db.Blogs.Where(b => b.Posts.Any(p => p.Score > 40)).OrderBy(b => b.Id).ToList(),
            Leaves(Titled(1, "a"), Titled(5, "b"), db => db.Blogs.Find(1)!.Name += "!"),
            Ends(Scored(1, 41), db => db.Blogs.Find(3)!.Name += "!", db => db.Posts.Find(5)!.BlogId = null));
        Check(
            db => db.Blogs.OrderBy(b => b.Id).Select(b => new { b.Id, b.Name, Top = b.Posts.OrderByDescending(p => p.Score).Select(p => p.Title).FirstOrDefault() }).ToList(),
            Leaves(db => db.Posts.Find(3)!.ParentId = 1),
            Ends(Titled(4, "c"), Scored(3, 2000), db => db.Blogs.Find(1)!.Name += "!"));
        Check(
            db => db.Posts.Where(p => p.Score == db.Posts.Max(o => o.Score)).ToList(),
            Leaves(Titled(1, "d")),
            Ends(Scored(1, 5000), Titled(1, "e")));
    }

    // Guards ColumnUses: what is computed of columns.
    [Fact]
    public void WhenAValueIsComputed_ItsColumnsCount()
        => Check(
            db => db.Posts.OrderBy(p => p.Id).Select(p => new { p.Id, Score = p.Score + 1, IsOld = p.BlogId == null }).ToList(),
            Leaves(Titled(1, "a")),
            Ends(Scored(1, 2), db => db.Posts.Find(6)!.BlogId = 1));

    // Guards UsedAndShown.ShowsAll: a unique column names one row, which isn't all that a set write concerns.
    [Fact]
    public void WhenARowIsFoundByAUniqueColumn_OthersDontCount()
        => Check(
            db => db.Blogs.Single(b => b.Email == "1@x"),
            Leaves(
                db => db.Blogs.Where(b => b.Id == 2).ExecuteUpdate(s => s.SetProperty(b => b.Visits, b => b.Visits + 1)),
                db => db.Blogs.Where(b => b.Id == 2).ExecuteUpdate(s => s.SetProperty(b => b.Place.Street, "a"))),
            Ends(
                db => db.Blogs.Where(b => b.Id == 1).ExecuteUpdate(s => s.SetProperty(b => b.Visits, b => b.Visits + 1)),
                db => db.Blogs.ExecuteUpdate(s => s.SetProperty(b => b.Visits, b => b.Visits + 1)),
                db => db.Blogs.Find(1)!.Place.Street = "b"));

    // Guards BoundDependencies.MaximumShown: many rows are said less exactly.
    [Theory]
    [InlineData(64)]
    [InlineData(65)]
    public void WhenManyRowsAreShown_EachOfThemCounts(int count)
    {
        Write(db => db.AddRange(Enumerable.Range(100, count).Select(id => New(id, blog: 1, score: 1000))));
        Check(
            db => db.Posts.Where(p => p.Score > 500).OrderBy(p => p.Id).ToList(),
            count == 64 ? Leaves(Titled(1, "a")) : [],
            Ends(Titled(100, "b"), TitledUnread(100 + count - 1, "c")));
        if (count > 64)
        {
            Fill(Many);
            Write(Titled(1, "d"));
            Ask(Many).Source.ShouldBe(QueryResultSource.Miss);
        }

        static object? Many(LibraryContext db) => db.Posts.Where(p => p.Score > 500).OrderBy(p => p.Id).ToList();
    }

    // Guards StoreValue.TryHash of a row set: a key that was read is hashed as one that is written.
    [Fact]
    public void WhenTheKeyIsNoInteger_TheRowCounts()
        => Check(
            db => db.Authors.Where(a => a.Name != "x").OrderBy(a => a.Name).ToList(),
            Leaves(),
            Ends(db => db.Authors.Find(Author.Key(1))!.Name += "!", db => db.Authors.Find(Author.Key(2))!.Name = "x"));

    // Guards ColumnUses and the key of a type that is kept in two tables: its own isn't shown.
    [Fact]
    public void WhenATypeIsKeptInTwoTables_BothCount()
        => Check(
            db => db.Animals.Where(a => a.Name != "cow").OrderBy(a => a.Id).ToList(),
            Leaves(),
            Ends(db => db.Dogs.Find(2)!.Trick = "sits", db => db.Animals.Find(1)!.Name = "tom", db => db.Animals.Find(3)!.Name = "ox", db => db.Dogs.Find(4)!.Kennel = 9));

    // Guards ChangesExplainer: WrittenRows.MaximumOfATable.
    [Theory]
    [InlineData(128)]
    [InlineData(129)]
    public void WhenManyPendingChangesAreExplained_ThatTheyMakeAWholeTableIsTold(int rows)
    {
        Fill(db => db.Posts.Find(1));
        using var db = Library.Open();
        db.AddRange(Enumerable.Range(100, rows).Select(id => New(id, blog: 1)));
        db.Cache().ExplainPendingChanges().Tables.Single(t => t.Name == "Posts").IsWhole.ShouldBe(rows > 128);
        db.SaveChanges();
        Ask(d => d.Posts.Find(1)).Source.ShouldBe(rows > 128 ? QueryResultSource.Miss : QueryResultSource.Hit);
    }

    // Guards RowImages.Of and ChangesExplainer: what is told is what happens.
    [Fact]
    public void WhenPendingChangesAreExplained_AnswersThatDontUseWhatIsSetAreTold()
    {
        Fill(db => db.Posts.Count(p => p.Score > 30));
        using var db = Library.Open();
        db.Posts.Find(1)!.Title = "a";
        var told = db.Cache().ExplainPendingChanges().Rows.Single().Bumps.Single(b => b.UsedColumns is ["Score"]);
        told.IsNone.ShouldBeTrue();
        $"{told}".ShouldBe("answers in Score: none (the write sets none of these columns)");
        db.Posts.Find(1)!.Score = 31;
        told = db.Cache().ExplainPendingChanges().Rows.Single().Bumps.Single(b => b.UsedColumns is ["Score"]);
        told.IsNone.ShouldBeFalse();
        told.IsPrecise.ShouldBeFalse();
        $"{told}".ShouldBe("answers in Score: all (they depend on all rows of the table)");
        db.SaveChanges();
        using var other = Library.Open(z => z.CacheAll());
        other.Posts.Count(p => p.Score > 30).ShouldBe(4);
        other.Cache().LastQuery!.InvalidatedBy.ShouldBe(new InvalidationTrace("Posts in Score", "SaveChanges"));
    }
}
