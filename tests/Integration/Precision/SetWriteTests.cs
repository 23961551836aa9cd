using Microsoft.EntityFrameworkCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>ExecuteUpdate and ExecuteDelete: their WHERE says which rows they write, their setters what these become.</summary>
public abstract class SetWriteTests(Provider provider) : ListTests(provider)
{
    public sealed class OnSqlite() : SetWriteTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : SetWriteTests(Provider.Postgres);

    // Guards SetWriteRows.ImagesOf: the values of the WHERE are the old ones, and the new ones of what isn't set.
    [Fact]
    public void WhenASetIsWrittenByItsList_OtherListsStay()
    {
        Check(db => db.Posts.Where(p => p.BlogId == 2).ExecuteUpdate(s => s.SetProperty(p => p.Title, "t")), "1:1,2 2:3,4 3:5", "1,3");
        var id = 2;
        Check(db => db.Posts.Where(p => p.BlogId == id && p.Score > 30).ExecuteUpdate(s => s.SetProperty(p => p.Score, p => p.Score + 1)), "1:1,2 2:3,4 3:5", "1,3");
        Check(db => db.Posts.Where(p => new int?[] { 1, 2 }.Contains(p.BlogId)).ExecuteUpdate(s => s.SetProperty(p => p.Title, "u")), "1:1,2 2:3,4 3:5", "3");
        Check(db => db.Posts.Where(p => p.BlogId == 1 || p.BlogId == 3).ExecuteUpdate(s => s.SetProperty(p => p.Title, "v")), "1:1,2 2:3,4 3:5", "2");
        Check(db => db.Posts.Where(p => p.BlogId == null).ExecuteUpdate(s => s.SetProperty(p => p.Title, "w")), "1:1,2 2:3,4 3:5", "1,2,3");
    }

    // Guards SetWriteRows.Image: New is what it is set to.
    [Theory]
    [InlineData("constant")]
    [InlineData("parameter")]
    [InlineData("async")]
    public async Task WhenASetIsMoved_BothListsEndAndNoOther(string how)
    {
        int? to = 2;
        FillLists();
        await using (var db = Library.Open())
        {
            _ = how switch
            {
                "constant" => db.Posts.Where(p => p.BlogId == 1).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, 2)),
                "parameter" => db.Posts.Where(p => p.BlogId == 1).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, to)),
                _ => await db.Posts.Where(p => p.BlogId == 1).ExecuteUpdateAsync(s => s.SetProperty(p => p.BlogId, to)),
            };
        }

        Lists().ShouldBe(("1: 2:1,2,3,4 3:5", "3"));
    }

    [Fact]
    public void WhenASetLosesItsParent_ItsListAndThatOfTheOrphansEnd()
    {
        int? none = null;
        foreach (var parameter in new[] { false, true })
        {
            Write(db => db.Posts.Where(p => p.Id <= 2).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, 1)));
            Fill(Orphans);
            Check(
                db => db.Posts.Where(p => p.BlogId == 1).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, parameter ? none : (int?)null)), "1: 2:3,4 3:5", "2,3");
            Ask(Orphans).Answer.ShouldBe(Uncached(Orphans));
        }

        static object? Orphans(LibraryContext db) => db.Posts.Where(p => p.BlogId == null).OrderBy(p => p.Id).Select(p => p.Id).ToList();
    }

    // Guards SetWriteRows: a value that isn't a constant or a parameter isn't known.
    [Theory]
    [InlineData("itself")]
    [InlineData("column")]
    [InlineData("conditional")]
    [InlineData("subquery")]
    public void WhenASetIsMovedByAnExpression_AllListsAreRight(string how)
    {
        FillLists();
        Write(db => _ = how switch
        {
            "itself" => db.Posts.Where(p => p.BlogId == 1).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, p => p.BlogId + 1)),
            "column" => db.Posts.Where(p => p.BlogId == 1).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, p => p.Score / p.Score + 1)),
            "conditional" => db.Posts.Where(p => p.BlogId == 1).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, p => p.Score > 0 ? 2 : 3)),
            _ => db.Posts.Where(p => p.BlogId == 1).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, p => db.Blogs.Where(b => b.Status == 1).Max(b => b.Id))),
        });
        ShouldBeRight("1: 2:1,2,3,4 3:5");
    }

    // Guards SetWriteRows.ImagesOf: what is set isn't what it was.
    [Fact]
    public void WhenASetIsWrittenByKey_ItsListsAreNotKnown()
    {
        Check(db => db.Posts.Where(p => p.Id == 1).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, 2)), "1:2 2:1,3,4 3:5", null);
        Check(db => db.Posts.Where(p => p.Id == 1 && p.BlogId == 2).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, 1)), "1:1,2 2:3,4 3:5", "3");
        Check(db => db.Posts.Where(p => p.AuthorId == Author.Key(1) && p.BlogId == 1).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, 3)), "1:2 2:3,4 3:1,5", "2");
    }

    [Fact]
    public void WhenTheConditionIsNotKnown_AllListsAreRight()
    {
        Check(db => db.Posts.Where(p => p.BlogId != 1 && p.BlogId < 3).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, 1)), "1:1,2,3,4 2: 3:5", null);
        Check(db => db.Posts.Where(p => p.BlogId == 3 || p.Score == 10).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, 2)), "1:2,3,4 2:1,5 3:", null);
        Check(db => db.Posts.Where(p => p.Blog!.Topic == Topic.Food).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, 3)), "1: 2:1,5 3:2,3,4", null);
        Check(db => db.Posts.ExecuteUpdate(s => s.SetProperty(p => p.BlogId, 1)), "1:1,2,3,4,5,6 2: 3:", null);
        Check(db => db.Posts.Where(p => db.Blogs.Any(b => b.Id == p.BlogId && b.Id == 1)).OrderBy(p => p.Id).Take(2).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, 2)), "1:3,4,5,6 2:1,2 3:", null);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(200)]
    public void WhenTheListIsLong_AllItsRowsAreSeen(int count)
    {
        var ids = Enumerable.Range(1000, count - 1).Append(5).ToList();
        var blogs = Enumerable.Range(1000, count - 1).Select(i => (int?)i).Append(3).ToList();
        Check(db => db.Posts.Where(p => ids.Contains(p.Id)).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, 2)), "1:1,2 2:3,4,5 3:", null);
        Write(db => db.Posts.Where(p => p.Id == 5).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, 3)));
        Check(db => db.Posts.Where(p => blogs.Contains(p.BlogId)).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, 2)), "1:1,2 2:3,4,5 3:", null);
    }

    [Fact]
    public void WhenASetIsDeletedByItsList_ItsListEndsAndItsRowsRemarksAreGone()
    {
        foreach (var post in new[] { 1, 5 })
        {
            Fill(db => db.Remarks.Where(r => r.PostId == post).Select(r => r.Text).OrderBy(t => t).ToList());
        }

        Check(db => db.Posts.Where(p => p.BlogId == 3).ExecuteDelete(), "1:1,2 2:3,4 3:", null);
        Ask(db => db.Remarks.Where(r => r.PostId == 5).Select(r => r.Text).OrderBy(t => t).ToList()).Answer.ShouldBe(Uncached(db => db.Remarks.Where(r => r.PostId == 5).Select(r => r.Text).OrderBy(t => t).ToList()));
    }

    // Guards TableRegistry.MapCascade: the deleted row's key is what its dependents' foreign key was.
    [Fact]
    public void WhenAParentIsDeletedByKey_ItsListEndsAndNoOther()
    {
        Check(db => db.Blogs.Where(b => b.Id == 1).ExecuteDelete(), "1: 2:3,4 3:5", "2,3");
        Check(db => db.Remove(db.Blogs.Single(b => b.Id == 3)), "1: 2:3,4 3:", "1,2");
        Fill(db => db.Posts.Where(p => p.BlogId == null).OrderBy(p => p.Id).Select(p => p.Id).ToList());
        Check(db => db.Blogs.Where(b => b.Topic == Topic.Tech).ExecuteDelete(), "1: 2: 3:", null);
        Ask(db => db.Posts.Where(p => p.BlogId == null).OrderBy(p => p.Id).Select(p => p.Id).ToList()).Answer
            .ShouldBe(Uncached(db => db.Posts.Where(p => p.BlogId == null).OrderBy(p => p.Id).Select(p => p.Id).ToList()));
    }

    // Guards TableRegistry.MapCascade and Follow: two steps down.
    [Fact]
    public void WhenADeleteCascadesTwoSteps_AllListsAreRight()
    {
        Fill(db => db.Remarks.Where(r => r.PostId == 1).Select(r => r.Text).OrderBy(t => t).ToList());
        Check(db => db.Authors.Where(a => a.Id == Author.Key(1)).ExecuteDelete(), "1:2 2:4 3:", null);
        Ask(db => db.Remarks.Where(r => r.PostId == 1).Select(r => r.Text).OrderBy(t => t).ToList()).Answer.ShouldBe(Uncached(db => db.Remarks.Where(r => r.PostId == 1).Select(r => r.Text).ToList()));
        Check(db => db.Remove(new Author { Id = Author.Key(2) }), "1: 2: 3:", null);
    }

    [Fact]
    public void WhenACompositeConditionIsGiven_OtherValuesStay()
    {
        foreach (var (tenant, status) in new[] { (1, 0), (1, 1), (2, 0) })
        {
            Fill(Ask(tenant, status));
        }

        Write(db => db.Blogs.Where(b => b.Tenant == 1 && b.Status == 1).ExecuteUpdate(s => s.SetProperty(b => b.Status, 0)));
        this.Ask(Ask(2, 0)).Source.ShouldBe(EFCore.QueryResultSource.Hit);
        this.Ask(Ask(1, 0)).Answer.ShouldBe(Uncached(Ask(1, 0)));
        this.Ask(Ask(1, 1)).Answer.ShouldBe(Uncached(Ask(1, 1)));

        static Func<LibraryContext, object?> Ask(int tenant, int status) => db => db.Blogs.Where(b => b.Tenant == tenant && b.Status == status).OrderBy(b => b.Id).Select(b => b.Name).ToList();
    }

    // Guards SetWriteRows.AddTo: MayChangeKeys.
    [Fact]
    public void WhenAKeyThatOthersPointToIsChanged_TheirListsAreRight()
    {
        Library.Execute(Provider == Provider.Postgres
            ? "ALTER TABLE \"Posts\" DROP CONSTRAINT \"FK_Posts_Blogs_BlogId\"; ALTER TABLE \"Posts\" ADD CONSTRAINT x FOREIGN KEY (\"BlogId\") REFERENCES \"Blogs\" (\"Id\") ON UPDATE CASCADE"
            : "PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = replace(sql, 'REFERENCES \"Blogs\" (\"Id\")', 'REFERENCES \"Blogs\" (\"Id\") ON UPDATE CASCADE') WHERE name = 'Posts'; PRAGMA writable_schema = RESET");
        Library.Database.ClearPool();
        Check(db => db.Blogs.Where(b => b.Id == 3).ExecuteUpdate(s => s.SetProperty(b => b.Id, 9)), "1:1,2 2:3,4 3:", null);
        Check(db => db.Blogs.Where(b => b.Id == 9).ExecuteUpdate(s => s.SetProperty(b => b.Id, 3)), "1:1,2 2:3,4 3:5", null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhenASetIsMovedInATransaction_TheListsAreRightAfterIt(bool commit)
    {
        FillLists();
        using (var db = Library.Open())
        using (var transaction = db.Database.BeginTransaction())
        {
            db.Posts.Where(p => p.BlogId == 1).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, 2));
            if (commit)
            {
                transaction.Commit();
            }
        }

        Lists().ShouldBe((commit ? "1: 2:1,2,3,4 3:5" : "1:1,2 2:3,4 3:5", "3"));
    }

    private void Check(Action<LibraryContext> write, string expected, string? hits)
    {
        FillLists();
        Write(write);
        TrueLists().ShouldBe(expected);
        var (lists, stayed) = Lists();
        lists.ShouldBe(expected);
        if (hits is not null)
        {
            stayed.ShouldBe(hits);
        }
    }
}
