using Microsoft.EntityFrameworkCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>What a condition says of the tables that are joined to the one that it is about.</summary>
public abstract class JoinAnchorTests(Provider provider) : PrecisionTests(provider)
{
    public sealed class OnSqlite() : JoinAnchorTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : JoinAnchorTests(Provider.Postgres);

    // Guards SelectScope.Carry: equality carries the value from one preserved table to the other.
    [Fact]
    public void WhenAnInnerJoinEquatesColumns_TheValueHoldsForBoth()
        => Check(
            db => (from p in db.Posts join b in db.Blogs on p.BlogId equals b.Id where b.Id == 1 orderby p.Id select p.Title + b.Name).ToList(),
            Leaves(db => db.Posts.Find(3)!.Title += "!", db => db.Blogs.Find(2)!.Name += "!", db => db.Posts.Find(3)!.BlogId = 3),
            Ends(db => db.Posts.Find(1)!.Title += "!", db => db.Blogs.Find(1)!.Name += "!", db => db.Posts.Find(5)!.BlogId = 1, db => db.Posts.Find(1)!.BlogId = 2));

    [Fact]
    public void WhenTheWhereEquatesColumns_TheValueHoldsForBoth()
        => Check(
            db => (from p in db.Posts from b in db.Blogs where p.BlogId == b.Id && p.BlogId == 1 orderby p.Id select p.Title + b.Name).ToList(),
            Leaves(db => db.Posts.Find(3)!.Title += "!", db => db.Blogs.Find(2)!.Name += "!"),
            Ends(db => db.Posts.Find(1)!.Title += "!", db => db.Blogs.Find(1)!.Name += "!", db => db.Posts.Find(5)!.BlogId = 1));

    // Guards Conditions.ReadEquality: columns of two types aren't equated by what is hashed of them.
    [Fact]
    public void WhenAJoinEquatesUnlikeColumns_BothSidesAreStillRight()
        => Check(
            db => (from p in db.Posts join b in db.Blogs on (long)p.Score equals (long)b.Id * 10 where b.Id == 1 orderby p.Id select p.Title + b.Name).ToList(),
            Leaves(db => db.Blogs.Find(2)!.Name += "!"),
            Ends(db => db.Posts.Find(1)!.Title += "!", db => db.Posts.Find(5)!.Score = 10, db => db.Blogs.Find(1)!.Name += "!"));

    // Guards SelectScope.ReadOn: from the preserved key to the foreign key, whether there are posts or not.
    [Fact]
    public void WhenAnIncludeHangsOnAKey_OtherParentsRowsLeaveIt()
        => Check(
            db => db.Blogs.AsNoTracking().Include(b => b.Posts.OrderBy(p => p.Id)).Where(b => b.Id == 1).ToList(),
            Leaves(db => db.Posts.Find(3)!.Title += "!", db => db.Blogs.Find(2)!.Name += "!", db => db.Posts.Find(3)!.BlogId = 3, db => db.Add(New(7, 2))),
            Ends(
                db => db.Posts.Find(1)!.Title += "!",
                db => db.Posts.Find(5)!.BlogId = 1,
                db => db.Blogs.Find(1)!.Name += "!",
                db => db.Posts.Where(p => p.BlogId == 1).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, (int?)null)),
                db => db.Add(New(8, 1))));

    // Guards SelectScope: what holds inside LIMIT holds for what it gives.
    [Fact]
    public void WhenTheKeyStandsInsideALimit_TheIncludeOutsideIsAnchoredToo()
        => Check(
            db => db.Blogs.AsNoTracking().Include(b => b.Posts.OrderBy(p => p.Id)).FirstOrDefault(b => b.Id == 1),
            Leaves(db => db.Posts.Find(3)!.Title += "!", db => db.Blogs.Find(2)!.Name += "!"),
            Ends(db => db.Posts.Find(1)!.Title += "!", db => db.Posts.Find(5)!.BlogId = 1, db => db.Blogs.Find(1)!.Name += "!", db => db.Add(New(8, 1))));

    // A post's blog says nothing of the post's key, so remarks have no anchor.
    [Fact]
    public void WhenAnIncludeGoesTwoHops_TheSecondIsRight()
        => Check(
            db => db.Blogs.AsNoTracking().Include(b => b.Posts.OrderBy(p => p.Id)).ThenInclude(p => p.Remarks.OrderBy(r => r.Number)).Where(b => b.Id == 1).ToList(),
            Leaves(db => db.Posts.Find(3)!.Title += "!", db => db.Blogs.Find(2)!.Name += "!"),
            Ends(db => db.Remarks.Find(1, 1)!.Text += "!", db => db.Posts.Find(5)!.BlogId = 1, db => db.Remarks.Find(5, 1)!.Text += "!", db => db.Add(new Remark { PostId = 2, Number = 3 })));

    [Fact]
    public void WhenAParentIsIncluded_TheChildsKeySaysNothingOfIt()
        => Check(
            db => db.Posts.AsNoTracking().Include(p => p.Blog).Where(p => p.Id == 1).ToList(),
            Leaves(db => db.Posts.Find(3)!.Title += "!"),
            Ends(db => db.Blogs.Find(1)!.Name += "!", db => db.Posts.Find(1)!.BlogId = 2, db => db.Blogs.Find(2)!.Name += "!"));

    // Guards SelectScope.ReadOn: ON restricts which rows match, never which rows of the preserved side there are.
    [Fact]
    public void WhenOnIsAboutThePreservedSide_ItDoesNotAnchorIt()
        => Check(
            db => db.Blogs.LeftJoin(db.Posts, b => new { Id = (int?)b.Id, b.Topic }, p => new { Id = p.BlogId, Topic = Topic.Food }, (b, p) => new { b.Name, Title = p == null ? "" : p.Title })
                .OrderBy(x => x.Name).ThenBy(x => x.Title).ToList(),
            Leaves(),
            Ends(db => db.Blogs.Find(2)!.Name += "!", db => db.Blogs.Find(3)!.Topic = Topic.Food, db => db.Posts.Find(5)!.Title += "!"));

    // Guards SelectScope: what a nullable source gives holds for no row but its own.
    [Fact]
    public void WhenTheNullableSideIsFiltered_ThePreservedSideIsNot()
        => Check(
            db => db.Blogs.LeftJoin(db.Posts.Where(p => p.BlogId == 1), b => b.Id, p => p.BlogId, (b, p) => new { b.Name, Title = p == null ? "" : p.Title })
                .OrderBy(x => x.Name).ThenBy(x => x.Title).ToList(),
            Leaves(db => db.Posts.Find(3)!.Title += "!"),
            Ends(db => db.Blogs.Find(2)!.Name += "!", db => db.Posts.Find(1)!.Title += "!", db => db.Posts.Find(5)!.BlogId = 1));

    // Guards SelectScope.ReadOn: what WHERE says of one nullable side holds for the next that hangs on it.
    [Fact]
    public void WhenJoinsHangOnWhatWhereAsksOfANullableSide_OtherRowsLeaveIt()
        => Check(
            db => (from a in db.Authors
                   join p in db.Posts on a.Id equals p.AuthorId into ps
                   from p in ps.DefaultIfEmpty()
                   join r in db.Remarks on p.Id equals r.PostId into rs
                   from r in rs.DefaultIfEmpty()
                   where p.Id == 3
                   orderby a.Name, r.Number
                   select a.Name + r.Text).ToList(),
            Leaves(db => db.Remarks.Find(1, 1)!.Text += "!", db => db.Posts.Find(1)!.Title += "!"),
            Ends(db => db.Remarks.Find(3, 1)!.Text += "!", db => db.Posts.Find(3)!.AuthorId = Author.Key(3), db => db.Authors.Find(Author.Key(3))!.Name += "!"));

    // Guards SelectScope.ReadOn: ON restricts which rows of its own side match, not which of another's do.
    [Fact]
    public void WhenOnIsAboutAnEarlierNullableSide_ItDoesNotAnchorIt()
        => Check(
            db => db.Posts.LeftJoin(db.Blogs, p => p.BlogId, b => b.Id, (p, b) => new { p, b })
                .LeftJoin(db.Remarks, x => new { x.p.Id, x.b!.Status }, r => new { Id = r.PostId, Status = 1 }, (x, r) => new { x.p.Title, Name = x.b == null ? "" : x.b.Name, Text = r == null ? "" : r.Text })
                .OrderBy(x => x.Title).ThenBy(x => x.Text).ToList(),
            Leaves(),
            Ends(db => db.Blogs.Find(1)!.Name += "!", db => db.Blogs.Find(1)!.Status = 1, db => db.Remarks.Find(1, 1)!.Text += "!"));

    // Guards ColumnFact.UnlessNull: where the parameter is NULL, rows without a match are asked for, and any row may be one's match.
    [Fact]
    public void WhenAWhereAsksForNullsOfTheNullableSide_AnyRowMayFillThem()
    {
        int? none = null;
        Check(
            db => db.Blogs.LeftJoin(db.Posts, b => b.Id, p => p.BlogId, (b, p) => new { b.Name, p }).Where(x => x.p!.BlogId == none).Select(x => x.Name).OrderBy(n => n).ToList(),
            Leaves(),
            Ends(db => db.Posts.Find(5)!.BlogId = 1, db => db.Add(New(7, 3)), db => db.Remove(db.Posts.Find(7)!), db => db.Blogs.Find(3)!.Name += "!"));
    }

    [Fact]
    public void WhenAWhereAsksForTheMissingMatch_AnyRowMayBeIt()
        => Check(
            db => db.Blogs.LeftJoin(db.Posts, b => b.Id, p => p.BlogId, (b, p) => new { b.Name, p }).Where(x => x.p == null).Select(x => x.Name).OrderBy(n => n).ToList(),
            Leaves(),
            Ends(db => db.Posts.Find(5)!.BlogId = 1, db => db.Add(New(7, 3)), db => db.Remove(db.Posts.Find(7)!)));

    // Guards ColumnFact.UnlessNull: the same question, with a value.
    [Fact]
    public void WhenAWhereAsksForAValueOfTheNullableSide_ItAnchorsIt()
    {
        int? first = 1;
        Check(
            db => db.Blogs.LeftJoin(db.Posts, b => b.Id, p => p.BlogId, (b, p) => new { b.Name, p }).Where(x => x.p!.BlogId == first).OrderBy(x => x.p!.Id).Select(x => x.Name + x.p!.Title).ToList(),
            Leaves(db => db.Posts.Find(3)!.Title += "!"),
            Ends(db => db.Posts.Find(1)!.Title += "!", db => db.Posts.Find(5)!.BlogId = 1, db => db.Blogs.Find(1)!.Name += "!"));
    }

    // Guards ColumnFact.UnlessNull: a column of the row that may be absent, over a reference.
    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public void WhenAParentsColumnIsAskedFor_ParentsThatAreAbsentCount(int? blog)
        => Check(
            db => db.Posts.Where(p => p.Parent!.BlogId == blog).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
            Leaves(),
            Ends(
                db => db.Posts.Find(3)!.BlogId = blog,
                db => db.Posts.Find(5)!.ParentId = blog == null ? 1 : 3,
                db => db.Posts.Where(p => p.Id == 6).ExecuteUpdate(s => s.SetProperty(p => p.ParentId, blog == null ? 1 : 3))));

    // Guards Sources.Of: what stands to the left of a RIGHT JOIN may be absent.
    [Fact]
    public void WhenARightJoinFollows_OnlyItsOwnTableIsAnchored()
    {
        Check(
            db => db.Posts.RightJoin(db.Blogs, p => p.BlogId, b => b.Id, (p, b) => new { p, b }).Where(x => x.b.Id == 2).Select(x => x.b.Name + (x.p == null ? "" : x.p.Title)).OrderBy(x => x).ToList(),
            Leaves(db => db.Blogs.Find(3)!.Name += "!"),
            Ends(db => db.Posts.Find(3)!.Title += "!", db => db.Posts.Find(2)!.BlogId = 2, db => db.Blogs.Find(2)!.Name += "!"));
        Check(
            db => db.Posts.RightJoin(db.Blogs, p => p.BlogId, b => b.Id, (p, b) => new { p, b }).Where(x => x.p!.BlogId == null).Select(x => x.b.Name).OrderBy(x => x).ToList(),
            Leaves(),
            Ends(db => db.Posts.Find(5)!.BlogId = 1, db => db.Add(New(7, 3))));
    }

    [Fact]
    public void WhenWhatARightJoinPreservesIsFiltered_TheOtherSideIsRight()
        => Check(
            db => db.Posts.Where(p => p.BlogId == 2).RightJoin(db.Blogs, p => p.BlogId, b => b.Id, (p, b) => new { b.Name, Title = p == null ? "" : p.Title }).OrderBy(x => x.Name).ThenBy(x => x.Title).ToList(),
            Leaves(),
            Ends(db => db.Posts.Find(3)!.Title += "!", db => db.Posts.Find(5)!.BlogId = 2, db => db.Blogs.Find(2)!.Name += "!", db => db.Posts.Find(3)!.BlogId = 1));

    [Fact]
    public void WhenJoinsFollowOneAnother_EachIsRight()
        => Check(
            db => (from p in db.Posts
                   join b in db.Blogs on p.BlogId equals b.Id into bs
                   from b in bs.DefaultIfEmpty()
                   join q in db.Posts on b.Id equals q.BlogId into qs
                   from q in qs.DefaultIfEmpty()
                   where p.BlogId == 1
                   orderby p.Id, q.Id
                   select p.Title + b.Name + q.Title).ToList(),
            Leaves(db => db.Blogs.Find(2)!.Name += "!"),
            Ends(db => db.Posts.Find(1)!.Title += "!", db => db.Blogs.Find(1)!.Name += "!", db => db.Posts.Find(5)!.BlogId = 1));
}
