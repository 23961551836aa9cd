using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using ZooCache.EFCore;
using ZooCache.EFCore.Dependencies;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Precision;

public sealed class Word
{
    public int Id { get; set; }

    /// <summary>By the store's own collation.</summary>
    public string Plain { get; set; } = "";

    /// <summary>By a collation of the model's, which takes different texts for one.</summary>
    public string Loose { get; set; } = "";

    /// <summary>The same, with the collation in its type.</summary>
    public string Typed { get; set; } = "";

    /// <summary>Goes to the store in one of three spellings, by turns.</summary>
    public string Unsteady { get; set; } = "";

    /// <summary>As a letter.</summary>
    public bool Flag { get; set; }

    public int Count { get; set; }
}

/// <summary>In a table of its own, so that writes to words leave it alone.</summary>
public sealed class Phrase
{
    public int Id { get; set; }

    /// <summary>By a collation of the model's, which takes different texts for one.</summary>
    public string Text { get; set; } = "";
}

/// <summary>In a table of its own as well.</summary>
public sealed class Label
{
    public int Id { get; set; }

    /// <summary>By the store's own collation.</summary>
    public string Text { get; set; } = "";
}

public sealed class WordContext(DbContextOptions<WordContext> options) : DbContext(options)
{
    [ThreadStatic]
    private static int _turn;

    public DbSet<Word> Words => Set<Word>();

    public DbSet<Phrase> Phrases => Set<Phrase>();

    public DbSet<Label> Labels => Set<Label>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        if (Database.IsNpgsql())
        {
            modelBuilder.HasCollation("loose", locale: "und-u-ks-level1", provider: "icu", deterministic: false);
        }

        var loose = Database.IsNpgsql() ? "loose" : "NOCASE";
        modelBuilder.Entity<Label>().Property(n => n.Id).ValueGeneratedNever();
        modelBuilder.Entity<Label>().HasIndex(n => n.Text);
        modelBuilder.Entity<Phrase>(phrase =>
        {
            phrase.Property(p => p.Id).ValueGeneratedNever();
            phrase.HasIndex(p => p.Text);
            phrase.Property(p => p.Text).UseCollation(loose);
        });
        modelBuilder.Entity<Word>(word =>
        {
            word.Property(w => w.Id).ValueGeneratedNever();
            word.HasIndex(w => w.Plain);
            word.HasIndex(w => w.Loose);
            word.HasIndex(w => w.Typed);
            word.Property(w => w.Typed).HasColumnType(Database.IsNpgsql() ? "varchar(20) COLLATE \"loose\"" : "TEXT COLLATE NOCASE");
            word.HasIndex(w => w.Unsteady);
            word.HasIndex(w => w.Flag);
            word.Property(w => w.Loose).UseCollation(loose);
            word.Property(w => w.Flag).HasConversion(new BoolToStringConverter("no", "yes"));
            word.Property(w => w.Unsteady).HasConversion(new ValueConverter<string, string>(
                v => v + Spelling(), t => t.Substring(0, t.Length - 2)));
        });
    }

    private static string Spelling() => "/" + "abc"[++_turn % 3];

    public static void Fill(WordContext db)
    {
        ArgumentNullException.ThrowIfNull(db);
        db.AddRange(
            new Phrase { Id = 11, Text = "one" },
            new Label { Id = 21, Text = "one" },
            new Word { Id = 1, Plain = "one", Loose = "one", Unsteady = "one" },
            new Word { Id = 2, Plain = "two", Loose = "two", Unsteady = "two", Flag = true });
        db.SaveChanges();
    }
}

/// <summary>Texts whose equality is the store's business.</summary>
public abstract class TextTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : TextTests(Provider.Sqlite)
    {
        // Guards TextEquality.Hash: to NOCASE, of what follows a NUL the length alone counts. PostgreSQL keeps no NUL.
        [Fact]
        public void WhenTextsDifferBehindANul_TheStoresEqualityCounts()
        {
            string asked = "a\0b", written = "A\0c";
            Func<WordContext, object?> ask = db => db.Words.Where(w => w.Loose == asked).OrderBy(w => w.Id).Select(w => new { w.Id, w.Count }).ToList();
            Ask(ask);
            Write(db => db.Add(new Word { Id = 7, Loose = written }));
            Ask(ask);
            Write(db => db.Words.Single(w => w.Id == 7).Count++);
            Ask(ask);
            Write(db => db.Words.Single(w => w.Id == 7).Loose = "gone");
            Ask(ask);
            Write(db => db.Words.Single(w => w.Id == 2).Loose = written);
            Ask(ask);
            Write(db => db.Words.Where(w => w.Loose == written).ExecuteDelete());
            Ask(ask);
        }
    }

    // Guards TextEquality.Fold: to citext, in one locale or another, each of them is an i.
    [Theory]
    [InlineData("i")]
    [InlineData("\u0130")]
    [InlineData("\u0131")]
    public void WhenAnIIsDottedOrNot_ItsHashIsTheCapitals(string text) => TextEquality.Hash(text).ShouldBe(TextEquality.Hash("I"));

    [NeedsPostgres]
    public sealed class OnPostgres() : TextTests(Provider.Postgres);

    private readonly Scratch<WordContext> _scratch = new(o => new WordContext(o), WordContext.Fill, provider: provider);

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("one", "one", true)]
    [InlineData("one", "one", false)]
    [InlineData("ONE", "one", true)]
    [InlineData("one", "ONE", false)]
    [InlineData("one ", "one", true)]
    [InlineData("ｏｎｅ", "ONE", false)]
    public void WhenATextIsSpeltInTwoWays_TheStoresEqualityCounts(string asked, string written, bool list)
        => Check(
            db => (list ? db.Words.Where(w => new[] { asked, "none" }.Contains(w.Plain)) : db.Words.Where(w => w.Plain == asked))
                .OrderBy(w => w.Id).Select(w => new { w.Id, w.Count }).ToList(),
            written);

    // Guards TextEquality.IsKnown(column): "loose" takes "é" and "E" for one, which the hash doesn't.
    [Theory]
    [InlineData("one", "ONE")]
    [InlineData("ONE", "one")]
    [InlineData("öne", "ONE")]
    [InlineData("one", "öne")]
    public void WhenTheColumnHasACollationOfItsOwn_TheStoresEqualityCounts(string asked, string written)
        => Check(db => db.Words.Where(w => w.Loose == asked).OrderBy(w => w.Id).Select(w => new { w.Id, w.Count }).ToList(), written);

    // Guards TextEquality.WithoutLength: the type goes on.
    [Theory]
    [InlineData("one", "ONE")]
    [InlineData("öne", "one")]
    [InlineData("one", "öne")]
    public void WhenTheCollationStandsInTheType_TheStoresEqualityCounts(string asked, string written)
    {
        Ask(db => db.Words.Where(w => w.Typed == asked).OrderBy(w => w.Id).Select(w => w.Id).ToList());
        Write(db => db.Words.Single(w => w.Id == 2).Typed = written);
        Ask(db => db.Words.Where(w => w.Typed == asked).OrderBy(w => w.Id).Select(w => w.Id).ToList());
    }

    // Guards Collated.KindOf: outside of a set operation, "loose" holds for the other operand's texts as well.
    [Theory]
    [InlineData("Concat", "one", "ONE")]
    [InlineData("Concat", "öne", "one")]
    [InlineData("Concat", "one", "öne")]
    [InlineData("Union", "öne", "one")]
    [InlineData("Union", "one", "öne")]
    [InlineData("Except", "öne", "one")]
    [InlineData("Except", "one", "öne")]
    [InlineData("Nested", "öne", "one")]
    [InlineData("Nested", "one", "öne")]
    [InlineData("Except nested", "öne", "one")]
    [InlineData("Except nested", "one", "öne")]
    public void WhenTextsOfTwoCollationsStandInOneColumn_TheStoresEqualityCounts(string operation, string asked, string written)
    {
        Check(db => Lines(db).Where(l => l.Text == asked).OrderBy(l => l.Id).ToList(), written);

        IQueryable<Line> Lines(WordContext db)
        {
            var phrases = db.Phrases.Select(p => new Line { Id = p.Id, Text = p.Text });
            var words = db.Words.Select(w => new Line { Id = w.Id, Text = w.Plain });
            var labels = db.Labels.Select(n => new Line { Id = n.Id, Text = n.Text });
            return operation switch
            {
                "Concat" => phrases.Concat(words),
                "Union" => words.Union(phrases),
                "Nested" => labels.Concat(phrases).Concat(words),
                "Except nested" => words.Except(labels.Concat(phrases)),
                _ => words.Except(phrases),
            };
        }
    }

    // Guards Collated.KindOf, in SelectScope: whether equal texts are one is the set operation's to say as well.
    [Theory]
    [InlineData("join")]
    [InlineData("left join")]
    [InlineData("subquery")]
    [InlineData("set write")]
    public void WhenAColumnOfTwoCollationsIsEqualToAnother_TheStoresEqualityCounts(string how)
    {
        const string Asked = "öne";
        if (how == "set write")
        {
            Ask(Of("one"));
            Write(db => Lines(db).Join(db.Words, l => l.Text, w => w.Plain, (l, w) => w).ExecuteUpdate(u => u.SetProperty(w => w.Count, 5)));
            Ask(Of("one"));
        }
        else
        {
            Check(
                db => (how switch
                {
                    "join" => Lines(db).Join(db.Words, l => l.Text, w => w.Plain, (l, w) => new Line { Id = w.Count, Text = l.Text }),
                    "left join" => Lines(db).LeftJoin(db.Words, l => l.Text, w => w.Plain, (l, w) => new Line { Id = w == null ? 0 : w.Count, Text = l.Text }),
                    _ => Lines(db).Select(l => new Line { Id = db.Words.Where(w => w.Plain == l.Text).Sum(w => w.Count + 1), Text = l.Text }),
                }).OrderBy(l => l.Id).ToList(),
                "one");
        }

        static IQueryable<Line> Lines(WordContext db) => db.Labels.Select(n => new Line { Id = n.Id, Text = n.Text })
            .Concat(db.Phrases.Select(p => new Line { Id = p.Id, Text = p.Text })).Where(l => l.Text == Asked);

        static Func<WordContext, object?> Of(string text) => db => db.Words.Where(w => w.Plain == text).OrderBy(w => w.Id).Select(w => w.Count).ToList();
    }

    // Guards StoreValue.TryConvert: a converter that gives two store values for one is asked twice.
    [Fact]
    public void WhenAConverterChangesItsMind_EachAnswerIsOneThatTheDatabaseCouldGive()
    {
        for (var i = 0; i < 12; i++)
        {
            ShouldBePossible(i);
            Write(db => db.Add(new Word { Id = 100 + i, Unsteady = "one", Plain = $"{i}", Loose = $"{i}" }));
            ShouldBePossible(i + 1);
        }
    }

    [Fact]
    public void WhenABooleanIsText_BothOfItsListsAreRight()
    {
        for (var id = 1; id <= 2; id++)
        {
            foreach (var flag in new[] { true, false })
            {
                Ask(db => db.Words.Where(w => w.Flag == flag).OrderBy(w => w.Id).Select(w => w.Id).ToList());
                Ask(db => db.Words.Where(w => w.Flag).OrderBy(w => w.Id).Select(w => w.Id).ToList());
            }

            using (var db = _scratch.Open())
            {
                var word = db.Words.Single(w => w.Id == id);
                word.Flag = !word.Flag;
                db.SaveChanges();
            }

            foreach (var flag in new[] { true, false })
            {
                Ask(db => db.Words.Where(w => w.Flag == flag).OrderBy(w => w.Id).Select(w => w.Id).ToList());
                Ask(db => db.Words.Where(w => w.Flag).OrderBy(w => w.Id).Select(w => w.Id).ToList());
            }
        }
    }

    private sealed class Line
    {
        public int Id { get; init; }

        public string Text { get; init; } = "";
    }

    private void Check(Func<WordContext, object?> ask, string written)
    {
        Ask(ask);
        Ask(ask);
        Write(db => db.Words.Single(w => w.Id == 1).Count++);
        Ask(ask);
        Write(db => db.Words.Where(w => w.Id == 2).ExecuteUpdate(s => s.SetProperty(w => w.Plain, written).SetProperty(w => w.Loose, written)));
        Ask(ask);
        Write(db => db.Words.Where(w => w.Plain == written && w.Loose == written).ExecuteUpdate(s => s.SetProperty(w => w.Count, w => w.Count + 1)));
        Ask(ask);
        Write(db => db.Words.Where(w => w.Loose == written).ExecuteUpdate(s => s.SetProperty(w => w.Count, w => w.Count + 1)));
        Ask(ask);
        Write(db => db.Words.Where(w => w.Plain == written).ExecuteDelete());
        Ask(ask);
        Write(db => db.Add(new Word { Id = 7, Plain = written, Loose = written }));
        Ask(ask);
        Write(db => db.Remove(db.Words.Single(w => w.Id == 7)));
        Ask(ask);
    }

    /// <summary>What the cache tells is what the database does.</summary>
    private void Ask(Func<WordContext, object?> ask)
    {
        using var cached = _scratch.Open(z => z.CacheAll());
        using var uncached = _scratch.Uncached();
        Dump.Of(ask(cached)).ShouldBe(Dump.Of(ask(uncached)));
    }

    private void Write(Action<WordContext> write)
    {
        using var db = _scratch.Open();
        write(db);
        db.SaveChanges();
    }

    private void ShouldBePossible(int turns)
    {
        using var uncached = _scratch.Uncached();
        var possible = "abc".Select(c => Dump.Of(uncached.Words.FromSql($"SELECT * FROM \"Words\" WHERE \"Unsteady\" = {"one/" + c}")
            .OrderBy(w => w.Id).Select(w => new { w.Id, w.Count }).ToList())).ToList();
        for (var i = 0; i < 7; i++)
        {
            using var cached = _scratch.Open(z => z.CacheAll());
            for (var turn = 0; turn < turns % 3; turn++)
            {
                cached.Words.Where(w => w.Unsteady == "other").ToList();
            }

            possible.ShouldContain(Dump.Of(cached.Words.Where(w => w.Unsteady == "one").OrderBy(w => w.Id).Select(w => new { w.Id, w.Count }).ToList()));
        }
    }
}
