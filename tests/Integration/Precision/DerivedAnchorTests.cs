using Microsoft.EntityFrameworkCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>Conditions outside of LIMIT, OFFSET, GROUP BY, windows and set operations, and inside.</summary>
public abstract class DerivedAnchorTests(Provider provider) : PrecisionTests(provider)
{
    public sealed class OnSqlite() : DerivedAnchorTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : DerivedAnchorTests(Provider.Postgres);

    // Guards DerivedTable.MayEnter: LIMIT.
    [Fact]
    public void WhenAFilterStandsOutsideOfALimit_RowsOfOthersMoveItsRows()
        => Check(
            db => db.Posts.OrderBy(p => p.Id).Take(3).Where(p => p.BlogId == 2).Select(p => p.Title).ToList(),
            Leaves(),
            Ends(db => db.Remove(db.Posts.Find(1)!), db => db.Add(New(0, 3)), db => db.Posts.Where(p => p.Id == 0).ExecuteDelete()));

    // Guards DerivedTable.MayEnter: OFFSET.
    [Fact]
    public void WhenAFilterStandsOutsideOfAnOffset_RowsOfOthersMoveItsRows()
        => Check(
            db => db.Posts.OrderBy(p => p.Id).Skip(3).Where(p => p.BlogId == 2).Select(p => p.Title).ToList(),
            Leaves(),
            Ends(db => db.Add(New(0, 3)), db => db.Posts.Where(p => p.BlogId == 3).ExecuteDelete(), db => db.Posts.Where(p => p.BlogId == 1).ExecuteDelete()));

    [Fact]
    public void WhenAPageIsAnchored_OnlyItsListsRowsMoveIt()
        => Check(
            db => db.Posts.Where(p => p.BlogId == 1).OrderBy(p => p.Id).Skip(1).Take(1).Select(p => p.Title).ToList(),
            Leaves(db => db.Posts.Find(3)!.Title += "!", db => db.Add(New(0, 2))),
            Ends(db => db.Posts.Find(2)!.Title += "!", db => db.Posts.Find(1)!.BlogId = 2, db => db.Posts.Find(5)!.BlogId = 1));

    [Fact]
    public void WhenAnAggregateIsAnchored_OtherRowsLeaveIt()
    {
        foreach (var ask in new Func<LibraryContext, object?>[]
                 {
                     db => db.Posts.Count(p => p.BlogId == 1),
                     db => db.Posts.Where(p => p.BlogId == 1).Sum(p => p.Score),
                     db => db.Posts.Where(p => p.BlogId == 1).Max(p => (int?)p.Score),
                     db => db.Posts.Where(p => p.BlogId == 1).Select(p => p.Score).Distinct().OrderBy(s => s).ToList(),
                     db => db.Posts.Where(p => p.BlogId == 1).GroupBy(p => p.AuthorId).Select(g => new { g.Key, Count = g.Count() }).OrderBy(g => g.Count).ThenBy(g => g.Key).ToList(),
                 })
        {
            Check(
                ask,
                Leaves(db => db.Posts.Find(3)!.Score++),
                Ends(db => db.Posts.Find(5)!.BlogId = 1, db => db.Posts.Find(5)!.BlogId = 3));
        }
    }

    [Fact]
    public void WhenAnythingIsAskedAbout_OtherRowsLeaveIt()
        => Check(
            db => db.Posts.Any(p => p.BlogId == 3),
            Leaves(db => db.Posts.Find(1)!.BlogId = 2),
            Ends(db => db.Posts.Find(5)!.BlogId = 1, db => db.Add(New(7, 3))));

    [Fact]
    public void WhenADistinctStandsBetween_TheFilterOutsideHoldsInside()
        => Check(
            db => db.Posts.Select(p => new { p.BlogId, p.Score }).Distinct().Where(x => x.BlogId == 1).OrderBy(x => x.Score).ToList(),
            Leaves(db => db.Posts.Find(3)!.Score++),
            Ends(db => db.Posts.Find(1)!.Score++, db => db.Posts.Find(5)!.BlogId = 1));

    // Guards DerivedTable.MayEnter: GROUP BY, on what it groups by.
    [Fact]
    public void WhenGroupsAreJoinedOnTheirKey_OtherGroupsRowsLeaveIt()
        => Check(
            db => (from b in db.Blogs
                   join g in db.Posts.GroupBy(p => p.BlogId).Select(g => new { g.Key, Sum = g.Sum(p => p.Score) }) on b.Id equals g.Key
                   where b.Id == 1
                   select b.Name + g.Sum).ToList(),
            Leaves(db => db.Posts.Find(3)!.Score++, db => db.Blogs.Find(2)!.Name += "!"),
            Ends(db => db.Posts.Find(1)!.Score++, db => db.Posts.Find(5)!.BlogId = 1, db => db.Blogs.Find(1)!.Name += "!"));

    // Guards DerivedTable.MayEnter: GROUP BY, on something else.
    [Fact]
    public void WhenGroupsAreFilteredByWhatTheyAreNotGroupedBy_AnyRowCounts()
    {
        Check(
            db => db.Posts.GroupBy(p => p.AuthorId).Select(g => new { g.Key, Max = g.Max(p => p.BlogId) }).Where(x => x.Max == 2).OrderBy(x => x.Key).ToList(),
            Leaves(),
            Ends(db => db.Posts.Find(2)!.BlogId = 3, db => db.Posts.Find(2)!.BlogId = 1));
        Check(
            db => (from b in db.Blogs
                   join g in db.Posts.GroupBy(p => p.AuthorId).Select(g => new { g.Key, Max = g.Max(p => p.BlogId) }) on b.Id equals g.Max
                   where b.Id == 2
                   select b.Name + g.Max).ToList(),
            Leaves(),
            Ends(db => db.Posts.Find(2)!.BlogId = 3, db => db.Posts.Find(2)!.BlogId = 1));
    }

    // Guards DerivedTable.MayEnter: windows that are partitioned by the column.
    [Fact]
    public void WhenTheFirstOfEachGroupIsAsked_ItIsRight()
        => Check(
            db => db.Blogs.Where(b => b.Id == 1).Select(b => new { b.Name, First = db.Posts.Where(p => p.BlogId == b.Id).OrderBy(p => p.Score).Select(p => new { p.Id, p.Title }).FirstOrDefault() }).ToList(),
            Leaves(db => db.Blogs.Find(2)!.Name += "!"),
            Ends(db => db.Posts.Find(1)!.Title += "!", db => db.Posts.Find(2)!.Score = 9, db => (db.Posts.Find(5)!.BlogId, db.Posts.Find(5)!.Score) = (1, 1), db => db.Posts.Find(5)!.Title += "!"));

    // Guards DerivedTable.MayEnter: windows that are partitioned by something else.
    [Fact]
    public void WhenTheFirstOfEachGroupIsFilteredByAnotherColumn_AnyRowMayComeFirst()
    {
        foreach (var ask in new Func<LibraryContext, object?>[]
                 {
                     db => (from a in db.Authors from p in db.Posts.Where(p => p.AuthorId == a.Id).OrderBy(p => p.Score).Take(1) where p.BlogId == 1 orderby p.Id select p.Title).ToList(),
                     db => (from a in db.Authors from p in db.Posts.Where(p => p.AuthorId == a.Id).OrderBy(p => p.Score).Take(1).DefaultIfEmpty() where p.BlogId == 1 orderby p.Id select p.Title).ToList(),
                     db => db.Authors.Select(a => db.Posts.Where(p => p.AuthorId == a.Id).OrderBy(p => p.Score).FirstOrDefault()).Where(p => p!.BlogId == 1).Select(p => p!.Title).OrderBy(t => t).ToList(),
                 })
        {
            Check(
                ask,
                Leaves(),
                Ends(db => db.Posts.Find(5)!.Score = 0, db => db.Posts.Where(p => p.Id == 5).ExecuteUpdate(s => s.SetProperty(p => p.Score, 99)), db => db.Add(New(7, 3, author: 2, score: -1)), db => db.Remove(db.Posts.Find(7)!)));
        }
    }

    [Fact]
    public void WhenPagesOfCollectionsAreIncluded_TheyAreRight()
        => Check(
            db => db.Blogs.AsNoTracking().Where(b => b.Id == 1).Include(b => b.Posts.OrderBy(p => p.Score).Take(1)).ToList(),
            Leaves(),
            Ends(db => db.Posts.Find(2)!.Score = 0, db => db.Posts.Find(2)!.Title += "!", db => (db.Posts.Find(5)!.BlogId, db.Posts.Find(5)!.Score) = (1, -1)));

    [Fact]
    public void WhenEachOperandIsAnchored_OtherRowsLeaveThem()
    {
        foreach (var ask in new Func<LibraryContext, object?>[]
                 {
                     db => db.Posts.Where(p => p.BlogId == 1).Select(p => p.Score).Concat(db.Posts.Where(p => p.BlogId == 2).Select(p => p.Score)).OrderBy(s => s).ToList(),
                     db => db.Posts.Where(p => p.BlogId == 1).Select(p => p.Score).Union(db.Posts.Where(p => p.BlogId == 2).Select(p => p.Score)).OrderBy(s => s).ToList(),
                 })
        {
            Check(
                ask,
                Leaves(db => db.Posts.Find(5)!.Score++),
                Ends(db => db.Posts.Find(1)!.Score++, db => db.Posts.Find(3)!.Score++, db => db.Posts.Find(5)!.BlogId = 2, db => db.Posts.Find(5)!.BlogId = 3));
        }
    }

    [Fact]
    public void WhenRowsAreTakenAwayOrShared_TheSecondOperandCounts()
    {
        Check(
            db => db.Posts.Where(p => p.BlogId == 1).Select(p => p.Score).Except(db.Posts.Where(p => p.BlogId == 2).Select(p => p.Score)).OrderBy(s => s).ToList(),
            Leaves(db => db.Posts.Find(5)!.Score++),
            Ends(db => db.Posts.Find(3)!.Score = 10, db => db.Posts.Find(3)!.Score = 11));
        Check(
            db => db.Posts.Where(p => p.BlogId == 1).Select(p => p.Score).Intersect(db.Posts.Where(p => p.BlogId == 2).Select(p => p.Score)).OrderBy(s => s).ToList(),
            Leaves(db => db.Posts.Find(5)!.Score++),
            Ends(db => db.Posts.Find(3)!.Score = 10, db => db.Posts.Find(3)!.Score = 11));
    }

    // Guards DerivedTable.Push: a filter on the result holds for both operands' rows, also of EXCEPT and INTERSECT.
    [Fact]
    public void WhenAFilterStandsOutsideOfASetOperation_EachOperandIsRight()
    {
        Check(
            db => db.Posts.Select(p => new { p.BlogId, p.Score }).Concat(db.Blogs.Select(b => new { BlogId = (int?)b.Id, Score = b.Visits })).Where(x => x.BlogId == 1).OrderBy(x => x.Score).ToList(),
            Leaves(db => db.Posts.Find(3)!.Score++, db => db.Blogs.Find(2)!.Visits++),
            Ends(db => db.Posts.Find(1)!.Score++, db => db.Blogs.Find(1)!.Visits += 100, db => db.Posts.Find(5)!.BlogId = 1));
        Check(
            db => db.Posts.Select(p => new { Blog = p.BlogId, p.Score }).Except(db.Posts.Select(p => new { Blog = (int?)p.Score, p.Score })).Where(x => x.Blog == 2).OrderBy(x => x.Score).ToList(),
            Leaves(),
            Ends(db => db.Posts.Find(3)!.Score = 2, db => db.Posts.Find(3)!.Score = 3));
        Check(
            db => db.Posts.Select(p => new { Post = p.Id, Mark = p.Score }).Except(db.Remarks.Select(r => new { Post = r.PostId, r.Mark })).Where(x => x.Post == 3).OrderBy(x => x.Mark).ToList(),
            Leaves(db => db.Posts.Find(1)!.Score++, db => db.Remarks.Find(1, 1)!.Mark = 7),
            Ends(db => db.Remarks.Find(3, 1)!.Mark = db.Posts.Find(3)!.Score, db => db.Posts.Find(3)!.Score++));
        Check(
            db => db.Posts.Select(p => new { Post = p.Id, Mark = p.Score }).Intersect(db.Remarks.Select(r => new { Post = r.PostId, r.Mark })).Where(x => x.Post == 5).OrderBy(x => x.Mark).ToList(),
            Leaves(db => db.Posts.Find(1)!.Score++, db => db.Remarks.Find(1, 1)!.Mark = 8),
            Ends(db => db.Remarks.Find(5, 1)!.Mark = db.Posts.Find(5)!.Score, db => db.Posts.Find(5)!.Score++));
    }

    // Guards DerivedTable.Push: columns of the second operand are known by their places.
    [Fact]
    public void WhenTheOperandsColumnsDiffer_PlacesCount()
        => Check(
            db => db.Posts.Select(p => new { A = p.BlogId, B = p.ParentId }).Concat(db.Posts.Select(p => new { A = p.ParentId, B = p.BlogId })).Where(x => x.A == 1).OrderBy(x => x.B).ToList(),
            Leaves(db => db.Posts.Find(6)!.ParentId = 5),
            Ends(db => db.Posts.Find(5)!.ParentId = 1, db => db.Posts.Find(6)!.BlogId = 1));

    // Guards DerivedTable.Outputs: what one operand says isn't said of the other's rows.
    [Fact]
    public void WhenTheOperandsValuesDiffer_NothingIsCarriedOutwards()
        => Check(
            db => db.Posts.Where(p => p.BlogId == 1).Concat(db.Posts.Where(p => p.BlogId == 2)).Join(db.Blogs, p => p.BlogId, b => b.Id, (p, b) => p.Title + b.Name).OrderBy(t => t).ToList(),
            Leaves(db => db.Posts.Find(5)!.Title += "!"),
            Ends(db => db.Blogs.Find(2)!.Name += "!", db => db.Blogs.Find(1)!.Name += "!", db => db.Posts.Find(5)!.BlogId = 2));

    // Guards DerivedTable.Outputs: what both say is.
    [Fact]
    public void WhenTheOperandsValuesAreOne_ItIsCarriedOutwards()
        => Check(
            db => db.Posts.Where(p => p.BlogId == 1 && p.Score > 5).Concat(db.Posts.Where(p => p.BlogId == 1 && p.Score < 15)).Join(db.Blogs, p => p.BlogId, b => b.Id, (p, b) => p.Title + b.Name).OrderBy(t => t).ToList(),
            Leaves(db => db.Blogs.Find(2)!.Name += "!", db => db.Posts.Find(5)!.Title += "!"),
            Ends(db => db.Blogs.Find(1)!.Name += "!", db => db.Posts.Find(5)!.BlogId = 1));
}
