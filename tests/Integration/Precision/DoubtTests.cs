using Microsoft.EntityFrameworkCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>Rows of which a context has no proof, or a wrong idea: all lists end.</summary>
public abstract class DoubtTests(Provider provider) : ListTests(provider)
{
    public sealed class OnSqlite() : DoubtTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : DoubtTests(Provider.Postgres);

    // Guards RowImages.Of: original values that nobody has read prove nothing.
    [Theory]
    [InlineData("attach")]
    [InlineData("update")]
    [InlineData("modified")]
    [InlineData("set")]
    public void WhenAStubIsSaved_ItsOriginalValuesAreNotBelieved(string how)
    {
        FillLists();
        Write(db =>
        {
            var stub = New(1, how == "update" ? 2 : 3);
            switch (how)
            {
                case "attach":
                    db.Attach(stub).Entity.BlogId = 2;
                    break;
                case "update":
                    db.Update(stub);
                    break;
                case "modified":
                    db.Entry(stub).State = EntityState.Modified;
                    stub.BlogId = 2;
                    break;
                default:
                    db.Attach(stub).CurrentValues.SetValues(new { BlogId = (int?)2 });
                    break;
            }
        });
        Lists().ShouldBe(("1:2 2:1,3,4 3:5", ""));
    }

    [Fact]
    public void WhenAStubIsDeleted_ItsOriginalValuesAreNotBelieved()
    {
        FillLists();
        Write(db => db.Remove(New(5, 1)));
        Lists().ShouldBe(("1:1,2 2:3,4 3:", ""));
    }

    // Guards RowImage.Proof, by OldValue(believed): whoever has written the row since it was read has bumped its key.
    [Theory]
    [InlineData("context")]
    [InlineData("update")]
    [InlineData("list")]
    [InlineData("sql")]
    [InlineData("cascade")]
    public void WhenTheRowWasWrittenSinceItWasRead_AllListsAreRight(string how)
    {
        using var db = Library.Open();
        var post = db.Posts.Single(p => p.Id == 5);
        Write(other =>
        {
            switch (how)
            {
                case "context":
                    other.Posts.Single(p => p.Id == 5).BlogId = 1;
                    break;
                case "update":
                    other.Posts.Where(p => p.Id == 5).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, 1));
                    break;
                case "list":
                    other.Posts.Where(p => p.BlogId == 3).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, 1));
                    break;
                case "sql":
                    other.Database.ExecuteSqlRaw("UPDATE \"Posts\" SET \"BlogId\" = 1 WHERE \"Id\" = 5");
                    break;
                default:
                    other.Remove(other.Blogs.Single(b => b.Id == 3));
                    break;
            }
        });
        FillLists();
        Fill(d => d.Posts.Where(p => p.BlogId == null).OrderBy(p => p.Id).Select(p => p.Id).ToList());
        post.BlogId = 2;
        db.SaveChanges();
        ShouldBeRight("1:1,2 2:3,4,5 3:");
        Ask(d => d.Posts.Where(p => p.BlogId == null).OrderBy(p => p.Id).Select(p => p.Id).ToList()).Answer
            .ShouldBe(Uncached(d => d.Posts.Where(p => p.BlogId == null).OrderBy(p => p.Id).Select(p => p.Id).ToList()));
    }

    // Guards TableRegistry.Contest: somebody else's write comes and goes between this write's first bump and its command. From then
    // on this one can't know what the row was, and all lists are marked.
    [Theory]
    [InlineData("context")]
    [InlineData("update")]
    [InlineData("sql")]
    public void WhenTheRowIsWrittenBetweenTheBumpAndTheCommand_AllListsAreRight(string how)
    {
        FillLists();
        var met = false;
        using var db = Library.Open(more: b => b.AddInterceptors(new BeforeCommand(sql =>
        {
            if (!met && sql.Contains("UPDATE", StringComparison.Ordinal))
            {
                met = true;
                Write(other => Move(other, how, post: 1, blog: 3));
                Lists();
                Lists().ShouldBe(("1:2 2:3,4 3:1,5", ""), "all are marked");
            }
        })));
        db.Posts.Single(p => p.Id == 1).BlogId = 2;
        db.SaveChanges();
        met.ShouldBeTrue();
        ShouldBeRight("1:2 2:1,3,4 3:5");
    }

    // Guards EFWrite.Note: between this write's mark and its bump.
    [Fact]
    public void WhenTheRowIsWrittenBetweenTheMarkAndTheBump_AllListsAreRight()
    {
        FillLists();
        using var db = Library.Open();
        var post = db.Posts.Single(p => p.Id == 1);
        var met = false;
        Library.Cache.Probe = step =>
        {
            if (!met && step == WriteStep.Begun)
            {
                met = true;
                Write(other => Move(other, "context", post: 1, blog: 3));
                Lists();
            }
        };
        post.BlogId = 2;
        db.SaveChanges();
        Library.Cache.Probe = null;
        met.ShouldBeTrue();
        ShouldBeRight("1:2 2:1,3,4 3:5");
    }

    // Guards RowImages.Remember: what was read was another row.
    [Fact]
    public void WhenAnEntryGetsAnotherKey_WhatWasReadIsNotItsRows()
    {
        FillLists();
        Write(db =>
        {
            var entry = db.Entry(db.Posts.Single(p => p.Id == 1));
            entry.State = EntityState.Detached;
            entry.Entity.Id = 3;
            entry.Property(p => p.Id).OriginalValue = 3;
            entry.State = EntityState.Unchanged;
            entry.Entity.BlogId = 3;
        });
        Lists().ShouldBe(("1:1,2 2:4 3:3,5", ""));
    }

    // Guards OriginQueryContext.MayRemember: HasForeignMaterialization.
    [Fact]
    public void WhenAnInterceptorMaterialises_WhatItMakesIsNotBelieved()
    {
        FillLists();
        using (var db = Library.Open(more: b => b.AddInterceptors(new MovesPosts())))
        {
            var post = db.Posts.Single(p => p.Id == 1);
            post.BlogId.ShouldBe(3);
            post.BlogId = 2;
            db.SaveChanges();
        }

        Lists().ShouldBe(("1:2 2:1,3,4 3:5", ""));
    }

    // Guards OriginQueryContext.MayRemember: CommandWitness.HasSeenUnaltered.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhenAnInterceptorChangesTheCommandOrItsAnswer_ItIsNotBelieved(bool answers)
    {
        FillLists();
        using (var db = Library.Open(more: b => b.AddInterceptors(new ChangesSql(answers))))
        {
            var post = db.Posts.Single(p => p.Id == 1);
            post.BlogId.ShouldBe(3);
            post.BlogId = 2;
            db.SaveChanges();
        }

        Lists().ShouldBe(("1:2 2:1,3,4 3:5", ""));
    }

    // Guards QueryDependencies.ReadsRowsAsStored.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhenRawSqlComputesTheColumn_ItIsNotBelieved(bool cached)
    {
        FillLists();
        using (var db = Library.Open())
        {
            var sql = db.Posts.FromSqlRaw("SELECT \"Id\", \"Title\", 3 AS \"BlogId\", \"AuthorId\", \"ParentId\", \"Score\" FROM \"Posts\"");
            var post = (cached ? sql.Cacheable(o => o.DependsOn<Post>()) : sql).Single(p => p.Id == 1);
            post.BlogId.ShouldBe(3);
            post.BlogId = 2;
            db.SaveChanges();
        }

        Lists().ShouldBe(("1:2 2:1,3,4 3:5", ""));
    }

    private static void Move(LibraryContext db, string how, int post, int blog)
    {
        switch (how)
        {
            case "context":
                db.Posts.Single(p => p.Id == post).BlogId = blog;
                break;
            case "update":
                db.Posts.Where(p => p.Id == post).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, blog));
                break;
            default:
                db.Database.ExecuteSql($"UPDATE \"Posts\" SET \"BlogId\" = {blog} WHERE \"Id\" = {post}");
                break;
        }
    }
}
