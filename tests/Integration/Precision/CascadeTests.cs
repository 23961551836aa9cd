using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>
/// Rows that the database deletes, or cuts off, with the row that they point to: which they are is known if they were read
/// with it, all of them, and are written by the same save. The first post has remarks of marks 2 and 0.
/// </summary>
public abstract class CascadeTests(Provider provider) : PrecisionTests(provider)
{
    public sealed class OnSqlite() : CascadeTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : CascadeTests(Provider.Postgres)
    {
        // Guards EFWrite.DoubtWrittenBy: another write comes and goes between this write's first bump and its first command. SQLite
        // would let nobody else write there.
        [Theory]
        [InlineData("insert")]
        [InlineData("sql")]
        public void WhenARowComesBetweenTheBumpAndTheCommand_ItsAnswersEndToo(string how)
        {
            FillMarks();
            var met = false;
            using var db = Library.Open(more: b => b.AddInterceptors(new BeforeCommand(sql =>
            {
                if (!met && sql.Contains("DELETE", StringComparison.Ordinal))
                {
                    met = true;
                    Write(other => Insert(other, how));
                    Marks();
                    Marks().Hits.ShouldBe("", "all are marked");
                }
            })));
            db.Remove(db.Posts.Include(p => p.Remarks).Single(p => p.Id == 1));
            db.SaveChanges();
            met.ShouldBeTrue();
            Marks().Lists.ShouldBe("0:21,42,51 1:22,31,52,61 2:32,41,62");
            Marks().Hits.ShouldBe("0,1,2");
        }
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("cacheable")]
    [InlineData("hit")]
    [InlineData("list")]
    [InlineData("limited")]
    [InlineData("with blog")]
    public void WhenTheCollectionWasIncluded_OnlyItsRowsAnswersEnd(string how)
    {
        FillMarks();
        if (how == "hit")
        {
            Write(db => db.Posts.Include(p => p.Remarks).Cacheable().Single(p => p.Id == 1));
        }

        Write(db =>
        {
            var posts = db.Posts.Include(p => p.Remarks);
            db.Remove(how switch
            {
                "plain" => posts.Single(p => p.Id == 1),
                "list" => posts.Where(p => p.BlogId == 1).ToList().Single(p => p.Id == 1),
                "limited" => posts.OrderBy(p => p.Id).First(),
                "with blog" => posts.Include(p => p.Blog).Single(p => p.Id == 1),
                "cacheable" or "hit" => posts.Cacheable().Single(p => p.Id == 1),
                _ => throw new ArgumentOutOfRangeException(nameof(how)),
            });
            if (how is "cacheable" or "hit")
            {
                db.Last()!.Source.ShouldBe(how == "hit" ? QueryResultSource.Hit : QueryResultSource.Miss);
            }
        });
        Marks().ShouldBe(("0:21,42,51 1:22,31,52,61 2:32,41,62", "1"));
    }

    [Fact]
    public async Task WhenTheCollectionWasIncludedAsynchronously_OnlyItsRowsAnswersEnd()
    {
        FillMarks();
        await using (var db = Library.Open())
        {
            db.Remove(await db.Posts.Include(p => p.Remarks).SingleAsync(p => p.Id == 1));
            await db.SaveChangesAsync();
        }

        Marks().ShouldBe(("0:21,42,51 1:22,31,52,61 2:32,41,62", "1"));
    }

    [Fact]
    public void WhenTheIncludedCollectionIsEmpty_AllAnswersAreLeft()
    {
        Write(db => db.Remarks.RemoveRange(db.Remarks.Where(r => r.PostId == 1)));
        FillMarks();
        Write(db => db.Remove(db.Posts.Include(p => p.Remarks).Single(p => p.Id == 1)));
        Marks().Hits.ShouldBe("0,1,2");
    }

    // The third blog has the fifth post, which is the first author's.
    [Fact]
    public void WhenTheRowsAreCutOff_OnlyTheirAnswersEnd()
    {
        FillAuthors();
        Write(db => db.Remove(db.Blogs.Include(b => b.Posts).Single(b => b.Id == 3)));
        Authors().ShouldBe(("1:1/1,3/2,5/ 2:2/1,4/2,6/", "2"));
    }

    [Fact]
    public void WhenTwoAreDeletedAtOnce_OnlyTheirRowsAnswersEnd()
    {
        FillMarks();
        Write(db => db.RemoveRange(db.Posts.Include(p => p.Remarks).Where(p => p.Id == 1 || p.Id == 4).ToList()));
        Marks().ShouldBe(("0:21,51 1:22,31,52,61 2:32,62", "1"));
        Write(db => db.RemoveRange(db.Remarks.Where(r => r.Mark == 0)));
        FillMarks();
        Write(db => db.Remove(db.Posts.Include(p => p.Remarks).Single(p => p.Id == 2)));
        Marks().Hits.ShouldBe("0,2");
    }

    // Guards IncludeReader, Reading.MissesRows, Reading.HasEnded and LoadedRows.Count: rows that weren't read, or that aren't
    // written by the save, go all the same.
    [Theory]
    [InlineData("not included")]
    [InlineData("filtered")]
    [InlineData("limited")]
    [InlineData("split")]
    [InlineData("half")]
    [InlineData("failed")]
    [InlineData("detached")]
    [InlineData("cleared")]
    [InlineData("tracked before")]
    [InlineData("twice")]
    [InlineData("explicitly")]
    public void WhenRowsAreNotKnown_TheirAnswersEndToo(string how)
    {
        FillMarks();
        using (var db = Library.Open())
        {
            db.Remove(Read(db, how));
            db.SaveChanges();
        }

        Marks().Lists.ShouldBe("0:21,42,51 1:22,31,52,61 2:32,41,62");
    }

    // Guards Belief: whoever has given the post another remark has bumped its remarks.
    [Theory]
    [InlineData("insert")]
    [InlineData("sql")]
    [InlineData("own sql")]
    [InlineData("own insert")]
    public void WhenARowCameSinceTheyWereRead_ItsAnswersEndToo(string how)
    {
        using var db = Library.Open();
        var post = db.Posts.Include(p => p.Remarks).Single(p => p.Id == 1);
        if (how.StartsWith("own", StringComparison.Ordinal))
        {
            using var transaction = db.Database.BeginTransaction();
            Insert(db, how);
            db.ChangeTracker.Entries<Remark>().Where(e => e.Entity.Number == 3).ToList().ForEach(e => e.State = EntityState.Detached);
            transaction.Commit();
        }
        else
        {
            Write(other => Insert(other, how));
        }

        FillMarks();
        db.Remove(post);
        db.SaveChanges();
        Marks().Lists.ShouldBe("0:21,42,51 1:22,31,52,61 2:32,41,62");
    }

    // Guards EFWrite.Note: another write comes and goes between this write's mark and its bump.
    [Theory]
    [InlineData("insert")]
    [InlineData("sql")]
    public void WhenARowComesBetweenTheMarkAndTheBump_ItsAnswersEndToo(string how)
    {
        FillMarks();
        using var db = Library.Open();
        var met = false;
        db.Remove(db.Posts.Include(p => p.Remarks).Single(p => p.Id == 1));
        Library.Cache.Probe = step =>
        {
            if (!met && step == WriteStep.Begun)
            {
                met = true;
                Write(other => Insert(other, how));
                Marks();
            }
        };
        db.SaveChanges();
        Library.Cache.Probe = null;
        met.ShouldBeTrue();
        Marks().Lists.ShouldBe("0:21,42,51 1:22,31,52,61 2:32,41,62");
        Marks().Hits.ShouldBe("0,1,2");
    }

    // The row that moves in keeps what it was, its author, for which the post wasn't deleted or read.
    [Fact]
    public void WhenARowMovedInSinceTheyWereRead_ItsAnswersEndToo()
    {
        using var db = Library.Open();
        var blog = db.Blogs.Include(b => b.Posts).Single(b => b.Id == 3);
        Write(other => other.Posts.Single(p => p.Id == 2).BlogId = 3);
        FillAuthors();
        db.Remove(blog);
        db.SaveChanges();
        Authors().Lists.ShouldBe("1:1/1,3/2,5/ 2:2/,4/2,6/");
    }

    // Guards IncludedRows.Witness: EF deletes the row by the key that it had, meets none, and is told not to mind; the database deletes it with its post.
    [Fact]
    public void WhenARowWasRenumberedSinceTheyWereRead_ItsAnswersEndToo()
    {
        static object? Renumbered(LibraryContext db) => db.Remarks.Where(r => r.PostId == 1 && r.Number == 99).Select(r => r.Text).ToList();
        using var db = Library.Open(more: b => b.AddInterceptors(new SuppressesRefusals()));
        var post = db.Posts.Include(p => p.Remarks).Single(p => p.Id == 1);
        Write(other => other.Remarks.Where(r => r.PostId == 1 && r.Number == 2).ExecuteUpdate(s => s.SetProperty(r => r.Number, 99)));
        var before = Fill(Renumbered);
        db.Remove(post);
        db.SaveChanges();

        var after = Uncached(Renumbered);
        after.ShouldNotBe(before);
        Ask(Renumbered).Answer.ShouldBe(after);
    }

    // A row that was tracked with its old blog isn't deleted or cut off by EF: the database does it.
    [Fact]
    public void WhenARowMovedInThatWasTrackedBefore_ItsAnswersEndToo()
    {
        using var db = Library.Open();
        db.Posts.Single(p => p.Id == 2);
        Write(other => other.Posts.Single(p => p.Id == 2).BlogId = 3);
        var blog = db.Blogs.Include(b => b.Posts).Single(b => b.Id == 3);
        FillAuthors();
        db.Remove(blog);
        db.SaveChanges();
        Authors().Lists.ShouldBe("1:1/1,3/2,5/ 2:2/,4/2,6/");
    }

    // Guards TableRegistry.WereKnown: writes before the family was known have not bumped it.
    [Fact]
    public void WhenTheCollectionIsAskedForTheFirstTimeWhileAWriteIsUnderWay_ItsRowIsNotMissed()
    {
        using var db = Library.Open();
        Post? post = null;
        using (var writer = Library.Open(more: b => b.AddInterceptors(new BeforeCommand(sql =>
               {
                   if (post is null && sql.Contains("INSERT", StringComparison.Ordinal))
                   {
                       post = db.Posts.Include(p => p.Remarks).Single(p => p.Id == 1);
                   }
               }))))
        {
            Insert(writer, "insert");
            writer.SaveChanges();
        }

        FillMarks();
        post!.Remarks.Count.ShouldBe(2);
        db.Remove(post);
        db.SaveChanges();
        Marks().Lists.ShouldBe("0:21,42,51 1:22,31,52,61 2:32,41,62");
    }

    // Guards TableRegistry.WereKnown: nobody bumps a family that the table has no place for.
    [Fact]
    public void WhenTheTableHasMoreFamiliesThanAreKept_ItsRowsAreNotMissed()
    {
        FillMarks();
        LearnMoreFamilies("REMARKS");
        using var db = Library.Open();
        var post = db.Posts.Include(p => p.Remarks).Single(p => p.Id == 1);
        Write(other => Insert(other, "insert"));
        FillMarks();
        db.Remove(post);
        db.SaveChanges();
        Marks().Lists.ShouldBe("0:21,42,51 1:22,31,52,61 2:32,41,62");
    }

    [Fact]
    public void WhenTheSaveIsRolledBackAndSavedAgain_ItsAnswersEnd()
    {
        using var db = Library.Open();
        var post = db.Posts.Include(p => p.Remarks).Single(p => p.Id == 1);
        db.Remove(post);
        using (var transaction = db.Database.BeginTransaction())
        {
            db.SaveChanges(acceptAllChangesOnSuccess: false);
            transaction.Rollback();
        }

        Write(other => Insert(other, "insert"));
        FillMarks();
        db.SaveChanges();
        Marks().Lists.ShouldBe("0:21,42,51 1:22,31,52,61 2:32,41,62");
    }

    private static Post Read(LibraryContext db, string how)
    {
        var included = db.Posts.Include(p => p.Remarks);
        switch (how)
        {
            case "not included":
                return db.Posts.Single(p => p.Id == 1);
            case "filtered":
                return db.Posts.Include(p => p.Remarks.Where(r => r.Number == 1)).Single(p => p.Id == 1);
            case "limited":
                return db.Posts.Include(p => p.Remarks.OrderBy(r => r.Number).Take(1)).Single(p => p.Id == 1);
            case "split":
                return included.AsSplitQuery().Single(p => p.Id == 1);
            case "half":
                using (var enumerator = included.OrderBy(p => p.Id).ThenBy(p => p.Score).AsEnumerable().GetEnumerator())
                {
                    enumerator.MoveNext().ShouldBeTrue();
                    db.Entry(enumerator.Current.Remarks[1]).State = EntityState.Detached;
                    return enumerator.Current;
                }

            case "failed":
                // The second row's remark can't be materialised: the first one's post has it, and nothing else.
                var seen = 0;
                db.ChangeTracker.Tracking += (_, e) =>
                {
                    if (e.Entry.Entity is Remark && ++seen == 2)
                    {
                        throw new InvalidOperationException("half read");
                    }
                };
                Should.Throw<InvalidOperationException>(() => included.Single(p => p.Id == 1));
                return db.Posts.Local.Single();
            case "detached":
                var detached = included.Single(p => p.Id == 1);
                db.Entry(detached.Remarks[1]).State = EntityState.Detached;
                return detached;
            case "cleared":
                var cleared = included.Single(p => p.Id == 1);
                db.ChangeTracker.Clear();
                return db.Attach(new Post { Id = cleared.Id, AuthorId = cleared.AuthorId }).Entity;
            case "tracked before":
                var before = db.Attach(new Remark { PostId = 1, Number = 2, Mark = 1 });
                var met = included.Single(p => p.Id == 1);
                before.State = EntityState.Detached;
                return met;
            case "twice":
                var filtered = db.Posts.Include(p => p.Parent!.Remarks.Where(r => r.Number == 1)).Include(p => p.Remarks).Single(p => p.Id == 2);
                return filtered.Parent!;
            case "explicitly":
                var alone = db.Posts.Single(p => p.Id == 1);
                db.Entry(alone).Collection(p => p.Remarks).Query().Where(r => r.Number == 1).Load();
                db.Entry(alone).Collection(p => p.Remarks).IsLoaded = true;
                return alone;
            default:
                throw new ArgumentOutOfRangeException(nameof(how));
        }
    }

    private static void Insert(LibraryContext db, string how)
    {
        if (how.EndsWith("sql", StringComparison.Ordinal))
        {
            db.Database.ExecuteSqlRaw("INSERT INTO \"Remarks\" (\"PostId\", \"Number\", \"Mark\", \"Text\") VALUES (1, 3, 1, 'new')");
            return;
        }

        db.Add(new Remark { PostId = 1, Number = 3, Mark = 1, Text = "new" });
        db.SaveChanges();
    }

    /// <summary>The remarks of each mark, and the marks whose remarks were a hit.</summary>
    private (string Lists, string Hits) Marks()
        => Lists("012", (db, mark) => string.Join(',', db.Remarks.Where(r => r.Mark == mark).OrderBy(r => r.PostId).ThenBy(r => r.Number).Select(r => $"{r.PostId}{r.Number}").ToList()));

    /// <summary>The posts of each author with their blogs, and the authors whose posts were a hit.</summary>
    private (string Lists, string Hits) Authors()
        => Lists("12", (db, author) =>
        {
            var id = Author.Key(author);
            return string.Join(',', db.Posts.Where(p => p.AuthorId == id).OrderBy(p => p.Id).Select(p => $"{p.Id}/{p.BlogId}").ToList());
        });

    private (string Lists, string Hits) Lists(string keys, Func<LibraryContext, int, string> ask)
    {
        var (lists, hits) = (new List<string>(), new List<char>());
        foreach (var key in keys)
        {
            using var db = Library.Open(z => z.CacheAll());
            lists.Add($"{key}:{ask(db, key - '0')}");
            if (db.Last()!.Source == QueryResultSource.Hit)
            {
                hits.Add(key);
            }
        }

        return (string.Join(' ', lists), string.Join(',', hits));
    }

    private void FillMarks()
    {
        Marks();
        Marks().Hits.ShouldBe("0,1,2");
    }

    private void FillAuthors()
    {
        Authors();
        Authors().Hits.ShouldBe("1,2");
    }
}
