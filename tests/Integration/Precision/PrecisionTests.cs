using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using ZooCache.EFCore;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Setup;
using ZooCache.EFCore.Writes;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>Asks a question of the library, writes, and looks whether its answer is still there, and whether it is right.</summary>
public abstract class PrecisionTests(Provider provider) : IDisposable
{
    protected Scratch<LibraryContext> Library { get; } = new(o => new LibraryContext(o), LibraryContext.Fill, provider: provider);

    protected Provider Provider => Library.Database.Provider;

    public void Dispose()
    {
        Library.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A write that has no part in the answer: it is a hit afterwards.</summary>
    protected static Action<LibraryContext>[] Leaves(params Action<LibraryContext>[] writes) => writes;

    /// <summary>A write that changes the answer, which a wrong rule would not see.</summary>
    protected static Action<LibraryContext>[] Ends(params Action<LibraryContext>[] writes) => writes;

    /// <summary>One write after the other; before each the answer is a hit.</summary>
    protected void Check(Func<LibraryContext, object?> ask, Action<LibraryContext>[] leaves, Action<LibraryContext>[] ends)
    {
        ArgumentNullException.ThrowIfNull(leaves);
        ArgumentNullException.ThrowIfNull(ends);
        for (var i = 0; i < leaves.Length; i++)
        {
            Fill(ask);
            Write(leaves[i]);
            var (answer, source) = Ask(ask);
            answer.ShouldBe(Uncached(ask), $"leaves {i}");
            source.ShouldBe(QueryResultSource.Hit, $"leaves {i}");
        }

        for (var i = 0; i < ends.Length; i++)
        {
            var before = Fill(ask);
            Write(ends[i]);
            var expected = Uncached(ask);
            expected.ShouldNotBe(before, $"ends {i}: the write must change the answer");
            Ask(ask).Answer.ShouldBe(expected, $"ends {i}");
        }
    }

    /// <summary>The answer is right, though nothing precise is known: it doesn't survive the write.</summary>
    protected void CheckCoarse(Func<LibraryContext, object?> ask, params Action<LibraryContext>[] ends)
    {
        Fill(ask);
        Write(db => db.Posts.Find(5)!.Title += "?");
        Write(db => db.Blogs.Find(3)!.Name += "?");
        Ask(ask).Source.ShouldBe(QueryResultSource.Miss);
        Check(ask, [], ends);
    }

    protected (string Answer, QueryResultSource Source) Ask(Func<LibraryContext, object?> ask)
    {
        ArgumentNullException.ThrowIfNull(ask);
        using var db = Library.Open(z => z.CacheAll());
        return (Dump.Of(ask(db)), db.Last()!.Source);
    }

    /// <summary>Asks until the answer is a hit.</summary>
    protected string Fill(Func<LibraryContext, object?> ask)
    {
        Ask(ask);
        var (answer, source) = Ask(ask);
        source.ShouldBe(QueryResultSource.Hit, "before the write");
        return answer;
    }

    protected void Write(Action<LibraryContext> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        using var db = Library.Open();
        write(db);
        db.SaveChanges();
    }

    protected string Uncached(Func<LibraryContext, object?> ask)
    {
        ArgumentNullException.ThrowIfNull(ask);
        using var db = Library.Uncached();
        return Dump.Of(ask(db));
    }

    /// <summary>Gives the table as many families as are kept, and more.</summary>
    protected void LearnMoreFamilies(string table)
    {
        using var db = Library.Open();
        var registry = ((ContextCache)((IInfrastructure<IServiceProvider>)db).Instance.GetService(typeof(ContextCache))!).Registry;
        for (var i = 0; i < TableRegistry.MaximumFamilies + 2; i++)
        {
            var family = new Family(table, new ValueList<FamilyColumn>([new FamilyColumn($"C{i}", StoreKind.Integer)]), MayBeGenerated: false);
            foreach (var kind in (Family[])[family, family.Using(new ValueList<string>([$"C{i}"]))])
            {
                var anchor = new Anchor(new ValueList<AnchorTerm>([new AnchorTerm(kind, new ValueList<ColumnFact>([]))]));
                registry.Register(new QueryDependencies([new TableReference(table, new ValueList<Anchor>([anchor]), null)], []));
            }
        }
    }

    protected static Post New(int id, int? blog, int author = 3, int score = 0) => new() { Id = id, Title = $"Post {id}", BlogId = blog, AuthorId = Author.Key(author), Score = score };
}
