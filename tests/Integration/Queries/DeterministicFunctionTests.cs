using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;
using static ZooCache.Integration.Tests.Support.Outcomes;

namespace ZooCache.Integration.Tests.Queries;

public sealed class Measure
{
    public int Id { get; set; }
    public int Value { get; set; }
    public string Text { get; set; } = "";
}

/// <summary>Functions that the application maps itself, all of them really <c>abs</c> or <c>upper</c>.</summary>
public class MeasureContext(DbContextOptions options) : DbContext(options)
{
    public DbSet<Measure> Measures => Set<Measure>();

    public static string Vouched(string value) => throw new NotSupportedException($"A function of the database, for {value}.");

    public static int Unvouched(int value) => throw new NotSupportedException($"A function of the database, for {value}.");

    public static long Unvouched(long value) => throw new NotSupportedException($"A function of the database, for {value}.");

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<Measure>().Property(m => m.Id).ValueGeneratedNever();
        modelBuilder.HasDbFunction(() => Vouched("")).HasName("upper").HasSchema(null).IsDeterministic();
        modelBuilder.HasDbFunction(() => Unvouched(0)).HasName("abs").HasSchema(null).IsDeterministic(this is HalfVouchedContext);
        modelBuilder.HasDbFunction(() => Unvouched(0L)).HasName("abs").HasSchema(null);
    }
}

/// <summary>One of the two overloads is vouched for.</summary>
public sealed class HalfVouchedContext(DbContextOptions options) : MeasureContext(options);

/// <summary>Functions that the user vouches for, in the model and in a context's settings.</summary>
public abstract class DeterministicFunctionTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : DeterministicFunctionTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : DeterministicFunctionTests(Provider.Postgres);

    private readonly Scratch<MeasureContext> _scratch = new(o => new MeasureContext(o), Fill, provider: provider);

    private static void Fill(MeasureContext db) => db.Add(new Measure { Id = 1, Value = -7, Text = "a" });

    public void Dispose() => _scratch.Dispose();

    // Guards DeclaredFunctions.AreDeterministic.
    [Fact]
    public void WhenTheModelVouchesForAFunction_QueriesThatCallItAreCachedAndInvalidated()
    {
        var query = (MeasureContext db) => db.Measures.Where(m => MeasureContext.Vouched(m.Text) == "A").Cacheable().Count();
        _scratch.Ask(query).ShouldBe(NotFound);
        _scratch.Ask(query).ShouldBe(Hit);
        using (var db = _scratch.Open())
        {
            db.Measures.ExecuteUpdate(s => s.SetProperty(m => m.Text, "b"));
        }

        using var again = _scratch.Open();
        query(again).ShouldBe(0);
        again.Last().ShouldBe(Invalidated);
    }

    // Guards "TrueForAll": the tree tells the name of a function and not which of its overloads is meant.
    [Fact]
    public void WhenOnlyOneOverloadIsVouchedFor_NoneIs()
    {
        using var db = new HalfVouchedContext(Options().Options);
        db.Ask(x => x.Measures.Count(m => HalfVouchedContext.Unvouched(m.Value) == 7)).ShouldBe(Bypass("unknown-function: abs"));
    }

    // Guards QueryPlan.ReasonAgainst: one compiled query serves both contexts, and what one vouches for counts for itself.
    [Fact]
    public void WhenAContextVouchesForAFunction_ItsQueriesAreCached_AndThoseOfOthersAreNot()
    {
        var query = (MeasureContext db) => db.Measures.Count(m => MeasureContext.Unvouched(m.Value) == 7 && m.Text == "a");
        for (var i = 0; i < 2; i++)
        {
            _scratch.Ask(query, z => z.CacheAll()).ShouldBe(Bypass("unknown-function: abs"));
            _scratch.Ask(query, z => z.CacheAll().DeterministicFunction("other").DeterministicFunction("abs")).ShouldBe(i == 0 ? NotFound : Hit);
            _scratch.Ask(query, z => z.CacheAll().DeterministicFunction("ABS")).ShouldBe(Bypass("unknown-function: abs"));
            _scratch.Ask(query, z => z.DeterministicFunction("abs")).ShouldBe(Bypass("not-requested"));
        }

        using (var db = _scratch.Open(z => z.CacheAll().DeterministicFunction("abs")))
        {
            query(db).ShouldBe(1);
            db.Last().ShouldBe(Hit);
            db.Add(new Measure { Id = 2, Value = 7, Text = "a" });
            db.SaveChanges();
            query(db).ShouldBe(2);
        }
    }

    [Fact]
    public void WhenAQueryCallsSeveralFunctions_EachMustBeVouchedFor()
    {
        var query = (MeasureContext db) => db.Measures.Count(m => MeasureContext.Unvouched(m.Value) == 7 && EF.Functions.Random() >= 0);
        _scratch.Ask(query, z => z.CacheAll().DeterministicFunction("abs")).ShouldBe(Bypass("unknown-function: random"));
        _scratch.Ask(query, z => z.CacheAll().DeterministicFunction("random")).ShouldBe(Bypass("unknown-function: abs"));
        _scratch.Ask(query, z => z.CacheAll().DeterministicFunction("random").DeterministicFunction("abs")).ShouldBe(NotFound);
    }

    [Fact]
    public void WhenTheNameIsEmpty_TheErrorNamesIt()
        => Should.Throw<ArgumentException>(() => new DbContextOptionsBuilder().UseZooCache(z => z.DeterministicFunction(" "))).ParamName.ShouldBe("name");

    private DbContextOptionsBuilder Options()
    {
        var builder = new DbContextOptionsBuilder();
        _scratch.Database.Use(builder);
        return builder.UseZooCache(_scratch.Cache, z => z.CacheAll());
    }
}
