using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Writes;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Precision;

public sealed class NarrowPost
{
    public int Id { get; set; }
    public string Title { get; set; } = "";
    public long? BlogId { get; set; }
    public string AuthorId { get; set; } = "";
    public int Score { get; set; }
}

/// <summary>The posts' table as another program knows it: without a foreign key, or not at all by the column, or by another type.</summary>
public sealed class NarrowContext(DbContextOptions<NarrowContext> options, string kind) : DbContext(options)
{
    public string Kind { get; } = kind;

    public DbSet<NarrowPost> Posts => Set<NarrowPost>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<NarrowPost>(post =>
        {
            post.ToTable("Posts").Property(p => p.Id).ValueGeneratedNever();
            post.Property(p => p.AuthorId).HasConversion(a => Guid.Parse(a), g => g.ToString());
            switch (Kind)
            {
                case "absent":
                    post.Ignore(p => p.BlogId);
                    break;
                case "text" when Database.IsSqlite():
                    // SQLite compares by the column's affinity: the text '2' is the number 2.
                    post.Property(p => p.BlogId).HasConversion(b => $"{b}", t => long.Parse(t)).HasColumnType("TEXT");
                    break;
                case "indexed":
                    post.HasIndex(p => p.BlogId);
                    break;
            }
        });
    }
}

public abstract class FamilyTests(Provider provider) : ListTests(provider)
{
    public sealed class OnSqlite() : FamilyTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : FamilyTests(Provider.Postgres);

    // Guards RowImage.HashOf: what an image doesn't prove of a family is bumped whole.
    [Theory]
    [InlineData("absent")]
    [InlineData("plain")]
    [InlineData("indexed")]
    [InlineData("text")]
    public void WhenAnotherModelWritesTheTable_ItsWritesEndTheAnchoredAnswers(string kind)
    {
        var hasColumn = kind != "absent";
        var (insert, update, move, remove) = hasColumn
            ? ("1:1,2 2:3,4 3:5,7", "1:1,2 2:3,4 3:5,7", "1:1,2 2:3,4,7 3:5", "1:1,2 2:3,4 3:5")
            : ("1:1,2 2:3,4 3:5", "1:1,2 2:3,4 3:5", "1:1,2 2:3,4,7 3:5", "1:1,2 2:3,4 3:5");
        Check(db => db.Add(new NarrowPost { Id = 7, Title = "seven", BlogId = 3, AuthorId = Author.Key(3).ToString() }), insert);
        Check(db => db.Posts.Single(p => p.Id == 5).Title = "five", update);
        Ask(db => db.Posts.Where(p => p.BlogId == 3).OrderBy(p => p.Id).Select(p => p.Title).ToList()).Answer.ShouldBe(Uncached(db => db.Posts.Where(p => p.BlogId == 3).OrderBy(p => p.Id).Select(p => p.Title).ToList()));
        if (hasColumn)
        {
            Check(db => db.Posts.Single(p => p.Id == 7).BlogId = 2, move);
            Check(db => db.Posts.Where(p => p.BlogId == 2 && p.Id == 7).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, 3L)), insert);
            Check(db => db.Posts.Where(p => p.BlogId == 3 && p.Id > 5).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, 2L)), move);
        }
        else
        {
            Write(db => db.Posts.Single(p => p.Id == 7).BlogId = 2);
        }

        Check(db => db.Remove(db.Posts.Single(p => p.Id == 7)), remove);
        Check(db => db.Posts.Where(p => p.Id == 5).ExecuteDelete(), "1:1,2 2:3,4 3:");

        void Check(Action<NarrowContext> write, string expected)
        {
            FillLists();
            Fill(db => db.Posts.Where(p => p.BlogId == 3).OrderBy(p => p.Id).Select(p => p.Title).ToList());
            using (var db = Narrow(kind))
            {
                write(db);
                db.SaveChanges();
            }

            ShouldBeRight(expected);
        }
    }

    // Guards TableRegistry.Register: cascades are the table's, whichever model told of them.
    [Fact]
    public void WhenAnotherModelKnowsTheCascades_TheirRowsAreRight()
    {
        Ask(db => db.Remarks.Where(r => r.PostId == 1).Select(r => r.Text).ToList());
        Fill(db => db.Remarks.Where(r => r.PostId == 1).Select(r => r.Text).ToList());
        Fill(db => db.Remarks.Where(r => r.PostId == 3).Select(r => r.Text).OrderBy(t => t).ToList());
        Fill(db => db.Posts.Where(p => p.ParentId == 1).Select(p => p.Id).ToList());
        using (var db = Narrow("plain"))
        {
            db.Remove(db.Posts.Single(p => p.Id == 1));
            db.SaveChanges();
        }

        Ask(db => db.Remarks.Where(r => r.PostId == 1).Select(r => r.Text).ToList()).Answer.ShouldBe(Dump.Of(new List<string>()));
        Ask(db => db.Posts.Where(p => p.ParentId == 1).Select(p => p.Id).ToList()).Answer.ShouldBe(Dump.Of(new List<int>()));
        Ask(db => db.Remarks.Where(r => r.PostId == 3).Select(r => r.Text).OrderBy(t => t).ToList()).Source.ShouldBe(QueryResultSource.Hit);
    }

    // Guards TableRegistry.Learn: what is in flight is mapped again before the family counts as usable.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhenAFamilyIsLearntWhileAWriteIsInFlight_NothingOfItIsKeptInBetween(bool set)
    {
        using (var writer = Library.Open())
        using (var transaction = writer.Database.BeginTransaction())
        {
            if (set)
            {
                writer.Posts.Where(p => p.Id == 1).ExecuteUpdate(s => s.SetProperty(p => p.BlogId, 2));
            }
            else
            {
                writer.Posts.Single(p => p.Id == 1).BlogId = 2;
                writer.SaveChanges();
            }

            if (Provider == Provider.Postgres)
            {
                Lists().ShouldBe(("1:1,2 2:3,4 3:5", ""));
                Lists().Lists.ShouldBe("1:1,2 2:3,4 3:5");
            }

            transaction.Commit();
        }

        ShouldBeRight("1:2 2:1,3,4 3:5");
    }

    // The same between the first bump and the command of a save without a transaction, on both databases.
    [Fact]
    public void WhenAFamilyIsLearntBetweenTheBumpAndTheCommand_NothingOfItIsKept()
    {
        var met = false;
        using (var writer = Library.Open(more: b => b.AddInterceptors(new BeforeCommand(sql =>
               {
                   if (!met && sql.Contains("UPDATE", StringComparison.Ordinal))
                   {
                       met = true;
                       Lists();
                       Lists().Lists.ShouldBe("1:1,2 2:3,4 3:5");
                   }
               }))))
        {
            writer.Posts.Single(p => p.Id == 1).BlogId = 2;
            writer.SaveChanges();
        }

        met.ShouldBeTrue();
        ShouldBeRight("1:2 2:1,3,4 3:5");
    }

    // Guards TableRegistry.MaximumFamilies and IsUsable: later families depend on the table.
    [Fact]
    public void WhenATableHasMoreFamiliesThanAreKept_FurtherQuestionsAreRight()
    {
        LearnMoreFamilies("POSTS");
        FillLists();
        Write(db => db.Posts.Find(1)!.BlogId = 2);
        Lists().ShouldBe(("1:2 2:1,3,4 3:5", ""));

        // A look-up by key stays precise.
        Fill(db => db.Posts.AsNoTracking().Single(p => p.Id == 1));
        Write(db => db.Posts.Find(3)!.Title += "!");
        Ask(db => db.Posts.AsNoTracking().Single(p => p.Id == 1)).Source.ShouldBe(QueryResultSource.Hit);
    }

    // Guards WrittenRows: the whole table, once the rows are many.
    [Theory]
    [InlineData(127)]
    [InlineData(129)]
    [InlineData(300)]
    public void WhenManyRowsAreSavedAtOnce_TheirListsAreRight(int count)
    {
        FillLists();
        Write(db =>
        {
            for (var i = 0; i < count; i++)
            {
                db.Add(New(1000 + i, 2));
            }

            db.Add(New(9999, 3));
        });
        var (lists, hits) = Lists();
        lists.ShouldBe(TrueLists());
        hits.ShouldBe(count < WrittenRows.MaximumOfATable ? "1" : "");
        FillLists();
        Write(db => db.RemoveRange(db.Posts.Where(p => p.Id >= 1000).OrderBy(p => p.Id).ToList()));
        ShouldBeRight("1:1,2 2:3,4 3:5");
    }

    private NarrowContext Narrow(string kind)
    {
        var builder = new DbContextOptionsBuilder<NarrowContext>();
        Library.Database.Use(builder);
        builder.UseZooCache(Library.Cache);
        builder.ReplaceService<Microsoft.EntityFrameworkCore.Infrastructure.IModelCacheKeyFactory, ByKind>();
        return new NarrowContext(builder.Options, kind);
    }

    private sealed class ByKind : Microsoft.EntityFrameworkCore.Infrastructure.IModelCacheKeyFactory
    {
        public object Create(DbContext context, bool designTime) => (context.GetType(), (context as NarrowContext)?.Kind, designTime);
    }
}
