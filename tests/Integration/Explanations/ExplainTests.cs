using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.EFCore.Dependencies;
using ZooCache.Integration.Tests.Precision;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Explanations;

/// <summary>What is told of a query, of pending changes, and of a miss; and that telling does nothing.</summary>
public abstract class ExplainTests(Provider provider) : PrecisionTests(provider)
{
    public sealed class OnSqlite() : ExplainTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : ExplainTests(Provider.Postgres);

    [Fact]
    public void WhenAQueryIsAnchored_ItsRowsAreTold()
    {
        using var db = Library.Open();
        var (id, author) = (1, Author.Key(1));
        var list = db.Posts.Where(p => p.BlogId == id && p.AuthorId == author).Cacheable();
        list.ExplainCache().Tables.ShouldBe([new TableDependency("Posts", "AuthorId = @author and BlogId = @id", null)]);
        db.Posts.Cacheable().ExplainCache(q => q.Count(p => p.BlogId == id)).Tables.ShouldBe([new TableDependency("Posts", "BlogId = @id", null) { UsedColumns = new ValueList<string>(["BlogId"]) }]);
        db.Blogs.Include(b => b.Posts).Where(b => b.Id == id).Cacheable().ExplainCache().Tables
            .ShouldBe([new TableDependency("Blogs", "Id = @id", null), new TableDependency("Posts", "BlogId = @id", null)]);
    }

    [Fact]
    public void WhenAQueryDependsOnAWholeTable_TheReasonIsTold()
    {
        using var db = Library.Open();
        db.Posts.Where(p => p.Score > 10).Cacheable().ExplainCache().Tables
            .ShouldBe([new TableDependency("Posts", null, ExplainReasons.NoEquality) { UsedColumns = new ValueList<string>(["Score"]), DependsOnShownRows = true }]);
        var none = (int?)null;
        db.Blogs.SelectMany(b => db.Posts.Where(p => p.BlogId == b.Id).DefaultIfEmpty(), (b, p) => new { b, p })
            .Where(x => x.p!.ParentId == none).Cacheable().ExplainCache().Tables
            .ShouldContain(t => t.Table == "Posts" && t.Reason == ExplainReasons.Unbound);
        using var whole = Library.Open(z => z.WholeTables());
        whole.Posts.Where(p => p.BlogId == 1).Cacheable().ExplainCache().Tables.ShouldBe([new TableDependency("Posts", null, ExplainReasons.WholeTables)]);
    }

    [Fact]
    public void WhenAQueryIsExplained_ItIsToldHowItWouldBeAnsweredAndNothingIsAsked()
    {
        var commands = new CommandLog();
        using var db = Library.Open(more: b => b.AddInterceptors(commands));
        var list = db.Posts.AsNoTracking().Where(p => p.BlogId == 1).Cacheable();
        db.Posts.Where(p => p.BlogId == 1).ExplainCache().Bypass.ShouldBe("not-requested");
        list.ExplainCache().Next.ShouldBe(new QueryOutcome(QueryResultSource.Miss, "not-found"));
        commands.Count.ShouldBe(0);
        list.ToList();
        list.ExplainCache().Next!.Source.ShouldBe(QueryResultSource.Hit);
        commands.Count.ShouldBe(1);
        Write(other => other.Posts.Single(p => p.Id == 1).BlogId = 2);
        var next = list.ExplainCache().Next!;
        next.Reason.ShouldBe("invalidated");
        next.InvalidatedBy.ShouldBe(new InvalidationTrace("Posts by BlogId", "SaveChanges"));
        commands.Count.ShouldBe(1);
    }

    // EF evaluates db.Posts.Count() by itself, and makes a parameter of it.
    [Fact]
    public void WhenAParameterIsAQuery_ItIsTheOuterOneThatIsExplained()
    {
        using var db = Library.Open(z => z.CacheAll());
        var blogs = db.Blogs.Where(b => b.Id == 1).Select(b => new { b.Name, Posts = db.Posts.Count(), Remarks = db.Remarks.Count() });
        blogs.ExplainCache().Tables.ShouldBe([new TableDependency("Blogs", "Id = a constant", null)]);
        blogs.Single().Remarks.ShouldBe(12);
    }

    [Fact]
    public void WhenThereIsNothingToExplain_TheErrorSaysWhatToDo()
    {
        using var uncached = Library.Uncached();
        Should.Throw<InvalidOperationException>(() => uncached.Posts.ExplainCache()).Message.ShouldContain("UseZooCache()");
        Should.Throw<InvalidOperationException>(() => new List<Post>().AsQueryable().ExplainCache()).Message.ShouldContain("one of the context's sets");
    }

    [Fact]
    public void WhenPendingChangesAreExplained_TheirBumpsAreToldAndNothingIsBumped()
    {
        var list = (LibraryContext d) => (object)d.Posts.Where(p => p.BlogId == 1).OrderBy(p => p.Id).Select(p => new { p.Id, p.Title }).ToList();
        Fill(list);
        var sequence = Library.Cache.GetStatistics().Sequence;
        using var db = Library.Open();
        db.Posts.Single(p => p.Id == 1).BlogId = 2;
        db.Update(New(5, blog: 3));
        var told = db.Cache().ExplainPendingChanges();
        told.IsDatabase.ShouldBeFalse();
        told.Rows.Select(r => (r.Table, r.Change)).ShouldBe([("Posts", "Update"), ("Posts", "Update")]);
        BumpBy(told.Rows[0], "BlogId").IsPrecise.ShouldBeTrue();
        BumpBy(told.Rows[0], "BlogId").Reason.ShouldContain("has read the row");
        BumpBy(told.Rows[1], "Id").IsPrecise.ShouldBeTrue();
        BumpBy(told.Rows[1], "BlogId").IsPrecise.ShouldBeFalse();
        BumpBy(told.Rows[1], "BlogId").Reason.ShouldContain("no query of this context has read it");
        $"{told}".ShouldContain("answers by BlogId: all (");
        Library.Cache.GetStatistics().Sequence.ShouldBe(sequence);
        Ask(list).Source.ShouldBe(QueryResultSource.Hit);

        // What was told is what happens, and the telling has used nothing up.
        db.ChangeTracker.Entries<Post>().Single(e => e.Entity.Id == 5).State = EntityState.Detached;
        FillOthers();
        db.SaveChanges();
        Ask(list).Answer.ShouldBe(Uncached(list));
        Ask(d => d.Posts.Where(p => p.BlogId == 3).Select(p => new { p.Id, p.Title }).ToList()).Source.ShouldBe(QueryResultSource.Hit);

        void FillOthers() => Fill(d => d.Posts.Where(p => p.BlogId == 3).Select(p => new { p.Id, p.Title }).ToList());
    }

    [Fact]
    public void WhenARowIsDeletedWithItsCollection_OtherRowsAreNotTold()
    {
        Fill(d => d.Remarks.Where(r => r.Mark == 1).Select(r => r.Text).ToList());
        using var db = Library.Open();
        db.Remove(db.Posts.Include(p => p.Remarks).Single(p => p.Id == 1));
        db.Cache().ExplainPendingChanges().Rows.Select(r => $"{r.Change} {r.Table}").ShouldBe(["Delete Remarks", "Delete Remarks", "Delete Posts"]);
        db.Cache().ExplainPendingChanges().Tables.ShouldNotContain(t => t.Name == "Remarks" && t.IsWhole);
    }

    [Fact]
    public void WhenAnAnswerWasInvalidated_TheMissTellsByWhat()
    {
        var list = (LibraryContext d) => (object)d.Posts.Where(p => p.BlogId == 1).Select(p => p.Id).ToList();
        MissAfter(db => db.Posts.Where(p => p.BlogId == 1).ExecuteUpdate(s => s.SetProperty(p => p.Score, 1))).ShouldBe(new InvalidationTrace("Posts by BlogId", "SetWrite"));
        MissAfter(db => db.Database.ExecuteSqlRaw("UPDATE \"Posts\" SET \"Score\" = 2")).ShouldBe(new InvalidationTrace("Posts by BlogId", "RawSql"));
        MissAfter(db => db.Cache().Invalidate<Post>()).ShouldBe(new InvalidationTrace("Posts by BlogId", "Manual"));

        InvalidationTrace? MissAfter(Action<LibraryContext> write)
        {
            Fill(list);
            Write(write);
            using var db = Library.Open(z => z.CacheAll());
            list(db);
            return db.Last()!.InvalidatedBy;
        }
    }

    private static Bump BumpBy(RowInvalidation row, string column) => row.Bumps.Single(b => b.UsedColumns is null && b.Columns is [var only] && only == column);
}
