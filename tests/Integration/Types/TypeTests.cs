using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Xunit.Abstractions;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Types;

/// <summary>
/// Random and extreme values of every type, asked as an entity, as a projection and as a parameter: the fill, a hit, and a
/// hit after somebody has spoilt all that he was given must answer as the database does, value and CLR type. The types that
/// are never served are on a list.
/// </summary>
public abstract class TypeTests<TContext>(Func<DbContextOptions<TContext>, TContext> make, Provider provider, ITestOutputHelper output)
    where TContext : DbContext
{
    private const int Rows = 16;

    private int _hits;
    private int _asked;

    /// <summary>Asks whole rows, and each property by itself; returns the properties that were never served.</summary>
    protected List<string> Check<TRow>(Func<PropertyInfo, bool>? asParameter = null)
        where TRow : class, new()
    {
        var random = new Random(StressSeed.Take(output));
        using var scratch = new Scratch<TContext>(make, db =>
        {
            var rows = new RandomRows(random, provider);
            db.AddRange(Enumerable.Range(1, Rows).Select(rows.Make<TRow>));
        }, provider: provider);

        var never = new List<string>();
        if (!Ask(scratch, "rows", db => db.Set<TRow>().AsNoTracking().OrderBy(Id<TRow>()).ToList())
            | !Ask(scratch, "tracked rows", db => db.Set<TRow>().OrderBy(Id<TRow>()).ToList()))
        {
            never.Add("rows");
        }

        foreach (var property in typeof(TRow).GetProperties().Where(p => p.CanWrite && !p.GetMethod!.IsStatic))
        {
            var served = (IReadOnlyList<bool>)typeof(TypeTests<TContext>)
                .GetMethod(nameof(Project), BindingFlags.NonPublic | BindingFlags.Instance)!
                .MakeGenericMethod(typeof(TRow), property.PropertyType)
                .Invoke(this, BindingFlags.DoNotWrapExceptions, null, [scratch, property, asParameter?.Invoke(property) ?? true], null)!;
            if (!served[0])
            {
                never.Add(property.Name);
            }

            if (served.Count > 1 && !served.Skip(1).Any(s => s))
            {
                never.Add($"{property.Name} as parameter");
            }
        }

        output.WriteLine($"{_hits} of {_asked} questions were served; never: {string.Join(", ", never)}");
        return never;
    }

    private List<bool> Project<TRow, T>(Scratch<TContext> scratch, PropertyInfo property, bool asParameter)
        where TRow : class
    {
        var row = Expression.Parameter(typeof(TRow), "x");
        var select = Expression.Lambda<Func<TRow, T>>(Expression.Property(row, property), row);
        var served = new List<bool>
        {
            Ask(scratch, property.Name, db => db.Set<TRow>().OrderBy(Id<TRow>()).Select(select).ToList()),
        };
        if (!asParameter)
        {
            return served;
        }

        using var values = scratch.Uncached();
        foreach (var value in values.Set<TRow>().AsNoTracking().OrderBy(Id<TRow>()).Select(select).Take(4).ToList())
        {
            var box = new Box<T> { Value = value };
            Expression<Func<TRow, bool>> where;
            try
            {
                where = Expression.Lambda<Func<TRow, bool>>(
                    Expression.Equal(Expression.Property(row, property), Expression.Field(Expression.Constant(box), nameof(box.Value))), row);
            }
            catch (InvalidOperationException)
            {
                // Structures without an equality operator can't be asked for in C#.
                break;
            }

            List<int> Find(TContext db) => db.Set<TRow>().Where(where).OrderBy(Id<TRow>()).Select(Id<TRow>()).ToList();
            if (Answers(scratch, Find))
            {
                var hit = Ask(scratch, $"{property.Name} == {Dump.Of(value)}", Find);
                if (value is not null)
                {
                    served.Add(hit);
                }
            }
        }

        return served;
    }

    /// <summary>Whether the database has an answer: there is no equality for some types, such as <c>json</c> and <c>point</c>.</summary>
    private static bool Answers(Scratch<TContext> scratch, Func<TContext, List<int>> query)
    {
        using var db = scratch.Uncached();
        try
        {
            query(db);
            return true;
        }
        catch (Exception exception) when (exception is System.Data.Common.DbException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>
    /// Asks a question without and four times with the cache; true if it was served from the second time on, or from the
    /// first (a value that was asked for before). What other values have left in the cache stays there.
    /// </summary>
    private bool Ask<T>(Scratch<TContext> scratch, string what, Func<TContext, List<T>> query)
    {
        var expected = Answer(scratch.Uncached(), query, out _);
        var hits = 0;
        for (var i = 0; i < 4; i++)
        {
            if (i == 3)
            {
                using var writer = scratch.Open();
                writer.Add(new Unrelated());
                writer.SaveChanges();
            }

            Answer(scratch.Open(z => z.CacheAll()), query, out var outcome)
                .Split('\n').Zip(expected.Split('\n')).FirstOrDefault(l => l.First != l.Second).ShouldBe(default, $"{what}, time {i + 1}, {outcome}");
            hits += outcome!.Source == QueryResultSource.Hit ? 1 : 0;
        }

        hits.ShouldBeOneOf([0, 3, 4], what);
        _asked++;
        _hits += hits > 0 ? 1 : 0;
        return hits > 0;
    }

    private static string Answer<T>(TContext context, Func<TContext, List<T>> query, out QueryOutcome? outcome)
    {
        using var db = context;
        var answer = query(db);
        var text = Dump.Of(answer) + db.ChangeTracker.DebugView.LongView;
        outcome = ((Microsoft.EntityFrameworkCore.Infrastructure.IInfrastructure<IServiceProvider>)db).Instance
            .GetService(typeof(EFCore.Setup.ContextCache)) is null ? null : db.Last();
        foreach (var row in answer)
        {
            Spoiler.Spoil(row);
            foreach (var property in row?.GetType().Assembly == typeof(Spoiler).Assembly ? row.GetType().GetProperties() : [])
            {
                Spoiler.Spoil(property.GetMethod!.IsStatic ? null : property.GetValue(row));
            }
        }

        return text;
    }

    private static Expression<Func<TRow, int>> Id<TRow>()
    {
        var row = Expression.Parameter(typeof(TRow), "x");
        return Expression.Lambda<Func<TRow, int>>(Expression.Property(row, "Id"), row);
    }

    [System.Runtime.CompilerServices.CompilerGenerated]
    private sealed class Box<T>
    {
        public T Value = default!;
    }
}

public sealed class SqliteTypeTests(ITestOutputHelper output) : TypeTests<EverythingContext>(o => new EverythingContext(o), Provider.Sqlite, output)
{
    [Fact]
    public void WhenValuesOfEveryTypeAreAsked_HitsEqualTheDatabase() => Check<Everything>().ShouldBeEmpty();
}

[NeedsPostgres]
public sealed class PostgresTypeTests(ITestOutputHelper output)
    : TypeTests<PostgresTypesContext>(o => new PostgresTypesContext(o), Provider.Postgres, output)
{
    // Guards HeldType<T>.Copy (a shared JsonDocument, list or array comes back spoilt) and KeyParts.Of (half a key finds the
    // answer of another value).
    [Fact]
    public void WhenValuesOfEveryTypeAreAsked_HitsEqualTheDatabase() => Check<PostgresRow>().ShouldBe(["Vector as parameter"]);

    // A query tree that anybody can rewrite, and the application's own classes: no copy of them is certain to be exact.
    [Fact]
    public void WhenAnExactCopyIsNotCertain_TheDatabaseAnswers()
        => Check<UnservedRow>().ShouldBe(["rows", "Query", "Query as parameter", "Basket", "Basket as parameter"]);
}
