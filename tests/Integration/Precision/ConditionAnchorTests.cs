using Microsoft.EntityFrameworkCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>ORs, lists, negations and subqueries.</summary>
public abstract class ConditionAnchorTests(Provider provider) : PrecisionTests(provider)
{
    public sealed class OnSqlite() : ConditionAnchorTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : ConditionAnchorTests(Provider.Postgres);

    // Guards SelectScope.OfAlternatives: one anchor for each branch.
    [Fact]
    public void WhenEachBranchOfAnOrIsAnchored_RowsOfNoneLeaveIt()
        => Check(
            db => db.Posts.Where(p => p.BlogId == 1 || p.AuthorId == Author.Key(2)).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
            Leaves(db => db.Posts.Find(3)!.Title += "!", db => db.Posts.Find(5)!.Title += "!"),
            Ends(db => db.Posts.Find(1)!.Title += "!", db => db.Posts.Find(4)!.Title += "!", db => db.Posts.Find(3)!.BlogId = 1, db => db.Posts.Find(5)!.AuthorId = Author.Key(2), db => db.Posts.Find(4)!.AuthorId = Author.Key(1)));

    // Guards SelectScope.OfAlternatives: a branch without an anchor.
    [Fact]
    public void WhenABranchOfAnOrIsNotAnchored_AnyRowMayEnter()
        => Check(
            db => db.Posts.Where(p => p.BlogId == 1 || p.Score == 50).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
            Leaves(),
            Ends(db => db.Posts.Find(5)!.Title += "!", db => db.Posts.Find(3)!.Score = 50, db => db.Posts.Find(3)!.Score = 1));

    [Fact]
    public void WhenAnOrStandsBesideAnEquality_TheEqualityIsEnough()
        => Check(
            db => db.Posts.Where(p => p.BlogId == 1 && (p.Score == 10 || p.Title == "x")).OrderBy(p => p.Id).Select(p => p.Score).ToList(),
            Leaves(db => db.Posts.Find(3)!.Score = 10),
            Ends(db => db.Posts.Find(2)!.Score = 10, db => (db.Posts.Find(5)!.BlogId, db.Posts.Find(5)!.Score) = (1, 10), db => (db.Posts.Find(3)!.BlogId, db.Posts.Find(3)!.Title) = (1, "x")));

    // Guards Conditions.ReadFact: whatever is negated gives nothing.
    [Fact]
    public void WhenTheConditionIsNegated_RowsThatEnterAreSeen()
    {
        List<int?> list = [1, 2];
        foreach (var ask in new Func<LibraryContext, object?>[]
                 {
                     db => db.Posts.Where(p => p.BlogId != 1).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
                     db => db.Posts.Where(p => !(p.BlogId == 1)).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
                     db => db.Posts.Where(p => !list.Contains(p.BlogId)).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
                     db => db.Posts.Where(p => !EF.Constant(list).Contains(p.BlogId)).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
                     db => db.Posts.Where(p => !EF.Parameter(list).Contains(p.BlogId)).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
                     db => db.Posts.Where(p => p.BlogId != null && p.BlogId > 2).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
                     db => db.Posts.Where(p => !(p.BlogId == 1 && p.Score > 0)).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
                     db => db.Posts.Where(p => (p.BlogId == 1) == false).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
                     db => db.Posts.Where(p => p.BlogId == 1 ? false : p.Score > 0).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
                 })
        {
            Check(ask, Leaves(), Ends(db => db.Posts.Find(5)!.Title += "!", db => db.Posts.Find(1)!.BlogId = 3, db => db.Posts.Find(1)!.BlogId = 1));
        }
    }

    // Guards AnchorValue.TryAddHashes and StoreValue.NullHash: NULL in a list is a value.
    [Fact]
    public void WhenAListHasANull_RowsWithoutAParentCount()
    {
        List<int?> list = [1, null];
        foreach (var ask in new Func<LibraryContext, object?>[]
                 {
                     db => db.Posts.Where(p => list.Contains(p.BlogId)).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
                     db => db.Posts.Where(p => EF.Constant(list).Contains(p.BlogId)).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
                     db => db.Posts.Where(p => EF.Parameter(list).Contains(p.BlogId)).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
                     db => db.Posts.Where(p => p.BlogId == 1 || p.BlogId == null).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
                 })
        {
            Check(ask, Leaves(), Ends(db => db.Posts.Find(3)!.BlogId = null, db => db.Posts.Find(6)!.Title += "!", db => db.Posts.Find(3)!.BlogId = 2));
        }
    }

    [Theory]
    [InlineData("list")]
    [InlineData("constant")]
    [InlineData("inline")]
    [InlineData("array")]
    public void WhenAskedByAList_RowsOfNoneOfItsValuesLeaveIt(string how)
    {
        List<int?> list = [1, 2];
        int?[] array = [1, 2];
        Check(
            db => (how switch
            {
                "list" => db.Posts.Where(p => list.Contains(p.BlogId)),
                "constant" => db.Posts.Where(p => EF.Constant(list).Contains(p.BlogId)),
                "inline" => db.Posts.Where(p => new int?[] { 1, 2 }.Contains(p.BlogId)),
                _ => db.Posts.Where(p => array.Contains(p.BlogId)),
            }).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
            Leaves(db => db.Posts.Find(5)!.Title += "!"),
            Ends(db => db.Posts.Find(1)!.Title += "!", db => db.Posts.Find(3)!.Title += "!", db => db.Posts.Find(5)!.BlogId = 2, db => db.Posts.Find(5)!.BlogId = 3));
    }

    [Fact]
    public void WhenTheListIsOneParameter_TheAnswerIsRight()
    {
        List<int?> list = [1, 2];
        Check(
            db => db.Posts.Where(p => EF.Parameter(list).Contains(p.BlogId)).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
            Leaves(),
            Ends(db => db.Posts.Find(1)!.Title += "!", db => db.Posts.Find(5)!.BlogId = 2, db => db.Posts.Find(5)!.BlogId = 3));
    }

    // Guards AnchorValue.TryAddHashes: the values are those of the execution.
    [Fact]
    public void WhenTheListIsAnother_SoAreItsValues()
    {
        foreach (var list in new List<int?>[] { [1], [2, 3], [2], [3, 2] })
        {
            Check(
                db => db.Posts.Where(p => list.Contains(p.BlogId)).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
                list.Contains(1) ? Leaves(db => db.Posts.Find(3)!.Title += "!") : Leaves(db => db.Posts.Find(1)!.Title += "!"),
                list.Contains(1) ? Ends(db => db.Posts.Find(1)!.Title += "!") : Ends(db => db.Posts.Find(3)!.Title += "!"));
        }
    }

    [Fact]
    public void WhenTheListIsEmpty_NothingCanEnter()
    {
        List<int?> list = [];
        Check(
            db => db.Posts.Where(p => list.Contains(p.BlogId)).Select(p => p.Title).ToList(),
            Leaves(db => db.Posts.Find(5)!.Title += "!", db => db.Posts.Find(5)!.BlogId = 1, db => db.Posts.Find(5)!.BlogId = null),
            Ends());
    }

    // Guards Anchor.MaximumValues.
    [Theory]
    [InlineData(64)]
    [InlineData(65)]
    public void WhenTheListIsLong_ItsLastValueCountsToo(int count)
    {
        var list = Enumerable.Range(1000, count - 1).Append(5).ToList();
        Check(
            db => db.Posts.Where(p => list.Contains(p.Id)).Select(p => p.Title).ToList(),
            count <= 64 ? Leaves(db => db.Posts.Find(1)!.Title += "!") : Leaves(),
            Ends(db => db.Posts.Find(5)!.Title += "!", db => db.Add(New(1000, 1)), db => db.Posts.Where(p => p.Id == 1000).ExecuteDelete()));
    }

    [Fact]
    public void WhenASubqueryIsCorrelatedWithAnAnchoredRow_OtherRowsLeaveIt()
    {
        foreach (var ask in new Func<LibraryContext, object?>[]
                 {
                     db => db.Blogs.Where(b => b.Id == 1).Select(b => new { b.Name, Count = db.Posts.Count(p => p.BlogId == b.Id) }).ToList(),
                     db => db.Blogs.Where(b => b.Id == 1 && db.Posts.Count(p => p.BlogId == b.Id) > 2).Select(b => b.Name).ToList(),
                     db => db.Blogs.Where(b => b.Id == 1 && db.Posts.Any(p => p.BlogId == b.Id && p.Score == 50)).Select(b => b.Name).ToList(),
                     db => db.Blogs.Where(b => b.Id == 1 && !db.Posts.Any(p => p.BlogId == b.Id && p.Score == 50)).Select(b => b.Name).ToList(),
                     db => db.Blogs.Where(b => b.Id == 1 && (b.Visits == 7 || db.Posts.Any(p => p.BlogId == b.Id && p.Score == 50))).Select(b => b.Name).ToList(),
                     db => db.Blogs.Where(b => b.Id == 1).OrderBy(b => b.Posts.Count).Select(b => b.Posts.Sum(p => p.Score)).ToList(),
                     db => db.Blogs.Where(b => b.Id == 1).Select(b => b.Posts.OrderBy(p => p.Id).Select(p => p.Title).ToList()).ToList(),
                 })
        {
            Check(
                ask,
                Leaves(db => db.Posts.Find(3)!.Score++, db => db.Blogs.Find(2)!.Name += "!"),
                Ends(db => db.Posts.Find(5)!.BlogId = 1, db => db.Posts.Find(5)!.BlogId = 3));
        }
    }

    // Guards SelectScope.Find: only what is known of every outer row.
    [Fact]
    public void WhenASubqueryIsCorrelatedWithAnyRow_AnyRowCounts()
    {
        foreach (var ask in new Func<LibraryContext, object?>[]
                 {
                     db => db.Blogs.Where(b => b.Id == 1 || db.Posts.Any(p => p.BlogId == b.Id && p.Score == 30)).OrderBy(b => b.Id).Select(b => b.Name).ToList(),
                     db => db.Blogs.Where(b => !(b.Id == 1 && db.Posts.Any(p => p.BlogId == b.Id && p.Score == 30)) && db.Posts.Any(p => p.BlogId == b.Id && p.Score == 30)).OrderBy(b => b.Id).Select(b => b.Name).ToList(),
                     db => db.Blogs.OrderBy(b => b.Id).Select(b => new { b.Name, Count = db.Posts.Count(p => p.BlogId == b.Id && p.Score == 30) }).ToList(),
                     db => db.Blogs.Where(b => db.Posts.Where(p => p.Score == 30).Select(p => p.BlogId).Contains(b.Id)).OrderBy(b => b.Id).Select(b => b.Name).ToList(),
                 })
        {
            Check(ask, Leaves(), Ends(db => db.Posts.Find(3)!.Score = 31, db => db.Posts.Find(5)!.Score = 30, db => (db.Posts.Find(5)!.Score, db.Posts.Find(3)!.Score) = (50, 30)));
        }
    }

    [Fact]
    public void WhenAListIsASubquery_TheSubqueryIsAnchoredByItself()
        => Check(
            db => db.Blogs.Where(b => db.Posts.Where(p => p.AuthorId == Author.Key(2)).Select(p => p.BlogId).Contains(b.Id)).OrderBy(b => b.Id).Select(b => b.Id).ToList(),
            Leaves(db => db.Posts.Find(5)!.Title += "!", db => db.Posts.Find(5)!.BlogId = 1),
            Ends(db => db.Posts.Find(2)!.BlogId = 3, db => db.Posts.Find(1)!.AuthorId = Author.Key(2)));

    [Fact]
    public void WhenTheParameterIsAnother_SoIsTheAnchor()
    {
        for (var i = 1; i <= 3; i++)
        {
            var id = i;
            Check(
                db => db.Posts.Where(p => p.BlogId == id).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
                Leaves(db => db.Posts.First(p => p.BlogId != id).Title += "!"),
                Ends(db => db.Posts.First(p => p.BlogId == id).Title += "!"));
        }
    }
}
