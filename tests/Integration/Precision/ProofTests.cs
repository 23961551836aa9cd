using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.EFCore.Setup;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>Rows that this context's queries have read, and that nobody has written since: the write knows what they were.</summary>
public abstract class ProofTests(Provider provider) : ListTests(provider)
{
    public sealed class OnSqlite() : ProofTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : ProofTests(Provider.Postgres);

    [Theory]
    [InlineData("query")]
    [InlineData("find")]
    [InlineData("hit")]
    [InlineData("async")]
    [InlineData("include")]
    [InlineData("split")]
    public async Task WhenAQueryHasReadTheRow_ItsOldAndItsNewListEndAndNoOther(string how)
    {
        FillLists();
        if (how == "hit")
        {
            Ask(db => db.Posts.Single(p => p.Id == 1));
        }

        await using (var db = Library.Open(z => z.CacheAll()))
        {
            var post = how switch
            {
                "find" => db.Posts.Find(1)!,
                "async" => await db.Posts.SingleAsync(p => p.Id == 1),
                "include" => db.Blogs.Include(b => b.Posts).Single(b => b.Id == 1).Posts.Single(p => p.Id == 1),
                "split" => db.Blogs.Include(b => b.Posts).AsSplitQuery().Single(b => b.Id == 1).Posts.Single(p => p.Id == 1),
                _ => db.Posts.Single(p => p.Id == 1),
            };
            if (how == "hit")
            {
                db.Last().ShouldBe(Outcomes.Hit);
            }

            post.BlogId = 2;
            await db.SaveChangesAsync();
        }

        Lists().ShouldBe(("1:2 2:1,3,4 3:5", "3"));
    }

    [Fact]
    public void WhenARowThatWasReadIsDeleted_ItsListEndsAndNoOther()
    {
        Write(db => db.Posts.Where(p => p.Id == 5).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, 2)));
        FillLists();
        Write(db => db.Remarks.Remove(db.Remarks.Find(1, 1)!));
        Lists().ShouldBe(("1:1,2 2:3,4,5 3:", "1,2,3"));
        Write(db => db.Remove(db.Posts.Find(1)!));
        Lists().Lists.ShouldBe("1:2 2:3,4,5 3:");
    }

    [Fact]
    public void WhenARowIsInserted_ItsListEndsAndNoOther()
    {
        FillLists();
        Write(db => db.Add(New(7, 2)));
        Lists().ShouldBe(("1:1,2 2:3,4,7 3:5", "1,3"));
    }

    // Guards OriginStore: EF's original values are the application's to set.
    [Fact]
    public void WhenTheOriginalValueIsOverwritten_WhatWasReadCounts()
    {
        FillLists();
        Write(db =>
        {
            var post = db.Posts.Find(1)!;
            db.Entry(post).Property(p => p.BlogId).OriginalValue = 3;
            post.BlogId = 2;
        });
        Lists().ShouldBe(("1:2 2:1,3,4 3:5", "3"));
    }

    // Guards OriginQueryContext.StartTracking: what was read is noted before the application gets the entity.
    [Fact]
    public void WhenTheEntityIsChangedAsSoonAsItIsTracked_WhatWasReadCounts()
    {
        FillLists();
        Write(db =>
        {
            db.ChangeTracker.Tracked += (_, e) =>
            {
                if (e.Entry.Entity is Post { Id: 1 } tracked)
                {
                    tracked.BlogId = 3;
                    e.Entry.OriginalValues.SetValues(tracked);
                }
            };
            var post = db.Posts.Single(p => p.Id == 1);
            post.BlogId = 2;
        });
        Lists().Lists.ShouldBe("1:2 2:1,3,4 3:5");
    }

    [Fact]
    public void WhenSomebodyElseWritesAnotherRow_WhatWasReadStillCounts()
    {
        using var db = Library.Open();
        var post = db.Posts.Single(p => p.Id == 1);
        Write(other => other.Posts.Find(2)!.Title += "!");
        FillLists();
        post.BlogId = 2;
        db.SaveChanges();
        Lists().ShouldBe(("1:2 2:1,3,4 3:5", "3"));
    }

    // Guards EFWrite.Note: a second save may not go by what was read before the first.
    [Fact]
    public void WhenTheSameEntityIsSavedTwice_TheListInBetweenEndsToo()
    {
        using var db = Library.Open();
        var post = db.Posts.Single(p => p.Id == 1);
        post.BlogId = 2;
        db.SaveChanges();
        FillLists();
        post.BlogId = 3;
        db.SaveChanges();
        ShouldBeRight("1:2 2:3,4 3:1,5");
    }

    [Fact]
    public void WhenTheEntityIsReadAgainAfterTheSave_ItsNextMoveIsRight()
    {
        using var db = Library.Open();
        db.Posts.Single(p => p.Id == 1).BlogId = 2;
        db.SaveChanges();
        FillLists();
        db.ChangeTracker.Clear();
        db.Posts.Single(p => p.Id == 1).BlogId = 3;
        db.SaveChanges();
        Lists().ShouldBe(("1:2 2:3,4 3:1,5", "1"));
    }

    [Fact]
    public void WhenASaveFailsAndIsRepaired_TheListsAreRight()
    {
        FillLists();
        using var db = Library.Open();
        var post = db.Posts.Single(p => p.Id == 1);
        post.BlogId = 2;
        var wrong = New(3, 1);
        db.Add(wrong);
        Should.Throw<DbUpdateException>(() => db.SaveChanges());
        FillLists();
        db.Entry(wrong).State = EntityState.Detached;
        db.SaveChanges();
        ShouldBeRight("1:2 2:1,3,4 3:5");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhenSavedInATransaction_TheListsAreRightAfterIt(bool commit)
    {
        FillLists();
        using var db = Library.Open();
        var post = db.Posts.Single(p => p.Id == 1);
        using (var transaction = db.Database.BeginTransaction())
        {
            post.BlogId = 2;
            db.SaveChanges();
            post.BlogId = 3;
            db.SaveChanges();
            if (commit)
            {
                transaction.Commit();
            }
        }

        ShouldBeRight(commit ? "1:2 2:3,4 3:1,5" : "1:1,2 2:3,4 3:5");
        post.BlogId = commit ? 1 : 2;
        db.SaveChanges();
        ShouldBeRight(commit ? "1:1,2 2:3,4 3:5" : "1:2 2:1,3,4 3:5");
    }

    [Fact]
    public void WhenRolledBackToASavepoint_TheNextSaveIsRight()
    {
        FillLists();
        using var db = Library.Open();
        var post = db.Posts.Single(p => p.Id == 1);
        using (var transaction = db.Database.BeginTransaction())
        {
            transaction.CreateSavepoint("before");
            post.BlogId = 2;
            db.SaveChanges();
            transaction.RollbackToSavepoint("before");
            transaction.Commit();
        }

        ShouldBeRight("1:1,2 2:3,4 3:5");
        post.BlogId = 3;
        db.SaveChanges();
        ShouldBeRight("1:2 2:3,4 3:1,5");
    }

    // Guards ContextCache.ResetState: what one lease has read isn't the next one's.
    [Fact]
    public void WhenContextsArePooled_ALeaseBeginsWithNothing()
    {
        FillLists();
        var builder = new DbContextOptionsBuilder<LibraryContext>().UseZooCache(Library.Cache);
        Library.Database.Use(builder);
        var factory = new Microsoft.EntityFrameworkCore.Infrastructure.PooledDbContextFactory<LibraryContext>(builder.Options, poolSize: 1);
        using (var first = factory.CreateDbContext())
        {
            first.Posts.Single(p => p.Id == 1);
            OriginsOf(first).ShouldBe(1);
        }

        using (var second = factory.CreateDbContext())
        {
            OriginsOf(second).ShouldBe(0);
            var stub = New(1, 3);
            second.Attach(stub);
            stub.BlogId = 2;
            second.SaveChanges();
        }

        Lists().Lists.ShouldBe("1:2 2:1,3,4 3:5");
        FillLists();
        using (var third = factory.CreateDbContext())
        {
            third.Posts.Single(p => p.Id == 1).BlogId = 1;
            third.SaveChanges();
        }

        Lists().ShouldBe(("1:1,2 2:3,4 3:5", "3"));
    }

    [Fact]
    public void WhenTheTrackerIsCleared_AStubOfTheRowIsNotBelieved()
    {
        FillLists();
        Write(db =>
        {
            db.Posts.Single(p => p.Id == 1);
            db.ChangeTracker.Clear();
            var stub = New(1, 3);
            db.Attach(stub);
            stub.BlogId = 2;
        });
        Lists().ShouldBe(("1:2 2:1,3,4 3:5", ""));
    }

    [Fact]
    public void WhenARowSharesTwoTables_BothListsOfItsOwnerEnd()
    {
        foreach (var owner in new[] { 1, 2, 3 })
        {
            Fill(db => db.Animals.Where(a => a.Owner == owner).OrderBy(a => a.Id).Select(a => a.Id).ToList());
        }

        Write(db => db.Dogs.Find(2)!.Owner = 3);
        Source(1).ShouldBe(("1", false));
        Source(2).ShouldBe(("3,4", true));
        Source(3).ShouldBe(("2", false));

        (string, bool) Source(int owner)
        {
            using var db = Library.Open(z => z.CacheAll());
            var ids = string.Join(',', db.Animals.Where(a => a.Owner == owner).OrderBy(a => a.Id).Select(a => a.Id).ToList());
            return (ids, db.Last() == Outcomes.Hit);
        }
    }

    private static int OriginsOf(DbContext db) => ((IInfrastructure<IServiceProvider>)db).Instance.GetRequiredService<ContextCache>().Origins.Count;
}
