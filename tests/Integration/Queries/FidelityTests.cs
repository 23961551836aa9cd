using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Queries;

/// <summary>What a hit hands out is what the provider would have handed out: value, CLR type, exception.</summary>
public sealed class FidelityTests : IDisposable
{
    private readonly Scratch<EverythingContext> _scratch = EverythingContext.Create();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void WhenEntitiesHoldEveryType_AHitEqualsTheDatabase()
    {
        _scratch.ShouldServe(db => db.All.OrderBy(x => x.Id).ToList(), "tracking");
        _scratch.ShouldServe(db => db.All.AsNoTracking().OrderBy(x => x.Id).ToList(), "no tracking");
    }

    public static TheoryData<string> Properties
        => new(typeof(Everything).GetProperties().Where(p => !p.GetMethod!.IsStatic).Select(p => p.Name));

    [Theory]
    [MemberData(nameof(Properties))]
    public void WhenOneColumnIsProjected_AHitEqualsTheDatabase(string property)
    {
        var type = typeof(Everything).GetProperty(property)!.PropertyType;
        typeof(FidelityTests).GetMethod(nameof(Project), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!
            .MakeGenericMethod(type).Invoke(this, [property]);
    }

    private void Project<T>(string property)
    {
        var row = Expression.Parameter(typeof(Everything), "x");
        var select = Expression.Lambda<Func<Everything, T>>(Expression.Property(row, property), row);
        _scratch.ShouldServe(db => db.All.OrderBy(x => x.Id).Select(select).ToList(), property);
        _scratch.ShouldServe(db => db.All.OrderBy(x => x.Id).Select(select).FirstOrDefault(), property);
        _scratch.ShouldServe(db => db.All.Where(x => x.Id < 0).Select(select).SingleOrDefault(), property);

        // As a parameter, too: each sample's own value must find the row that the database finds.
        foreach (var sample in Everything.Samples().Concat([new Everything { NeverNull = "<null>" }]))
        {
            var value = new Box<T> { Value = (T)typeof(Everything).GetProperty(property)!.GetValue(sample)! };
            if (value.Value is string or null or not System.Collections.IEnumerable or byte[])
            {
                var where = Expression.Lambda<Func<Everything, bool>>(
                    Expression.Equal(Expression.Property(row, property), Expression.Field(Expression.Constant(value), nameof(value.Value))), row);
                _scratch.Cache.Clear();
                _scratch.ShouldServe(db => db.All.Where(where).OrderBy(x => x.Id).Select(x => x.Id).ToList(), $"{property} = {Dump.Of(value.Value)}");
            }
        }
    }

    [System.Runtime.CompilerServices.CompilerGenerated]
    private sealed class Box<T>
    {
        public T Value = default!;
    }

    [Fact]
    public void WhenAggregatesAreAsked_AHitEqualsTheDatabase()
    {
        _scratch.ShouldServe(db => db.All.Sum(x => x.Decimal / 2));
        _scratch.ShouldServe(db => db.All.Sum(x => x.DoubleN));
        _scratch.ShouldServe(db => db.All.Max(x => x.DateTime));
        _scratch.ShouldServe(db => db.All.Min(x => x.IntN));
        _scratch.ShouldServe(db => db.All.Average(x => x.Int));
        _scratch.ShouldServe(db => db.All.Where(x => x.Id < 0).Max(x => x.DecimalN));
        _scratch.ShouldServe(db => db.All.Where(x => x.Id < 0).Max(x => x.Decimal), "throws: no elements");
        _scratch.ShouldServe(db => db.All.Where(x => x.Id < 0).Sum(x => x.DecimalN));
        _scratch.ShouldServe(db => db.All.LongCount());
        _scratch.ShouldServe(db => db.All.Select(x => (object)x.Long).OrderBy(x => x).ToList(), "object");
        _scratch.ShouldServe(db => db.All.Select(x => x.IntN == null ? "none" : x.String).ToList());
    }

    // Guards: RowRecorder.TryRecord, "if (!usage.LooksForNull(ordinal)) return false".
    [Theory]
    [InlineData("Int", "NULL")]
    [InlineData("String", "NULL")]
    [InlineData("Bytes", "NULL")]
    [InlineData("Decimal", "NULL")]
    [InlineData("Bool", "NULL")]
    [InlineData("Guid", "'not a guid'")]
    [InlineData("Guid", "42")]
    [InlineData("DateTime", "'yesterday'")]
    [InlineData("DateTime", "2451545.5")]
    [InlineData("DateTimeOffset", "'2026-01-01 00:00:00'")]
    [InlineData("Decimal", "'many'")]
    [InlineData("Decimal", "1.5")]
    [InlineData("Int", "'text'")]
    [InlineData("Int", "5000000000")]
    [InlineData("Byte", "-1")]
    [InlineData("SByte", "200")]
    [InlineData("Int", "1.9")]
    [InlineData("Bytes", "'text'")]
    [InlineData("String", "x'4142'")]
    [InlineData("String", "17")]
    [InlineData("Char", "''")]
    [InlineData("Double", "'abc'")]
    [InlineData("TimeSpan", "'25 hours'")]
    [InlineData("DateOnly", "'2026-02-30'")]
    [InlineData("EnumText", "'Mauve'")]
    [InlineData("Numbers", "'[1,'")]
    [InlineData("Money", "'nothing'")]
    public void WhenAColumnHoldsWhatTheModelDoesNotExpect_EachExecutionAnswersOrThrowsAsUncached(string column, string literal)
    {
        RelaxSchema();
        _scratch.Execute($"UPDATE \"All\" SET \"{column}\" = {literal} WHERE Id = 2");
        foreach (var detailed in new[] { false, true })
        {
            var expected = Read(_scratch.Uncached(b => b.EnableDetailedErrors(detailed)));
            for (var i = 0; i < 3; i++)
            {
                Read(_scratch.Open(z => z.CacheAll(), b => b.EnableDetailedErrors(detailed))).ShouldBe(expected);
            }
        }
    }

    private static string Read(EverythingContext context)
    {
        using var db = context;
        var read = new List<string>();
        try
        {
            foreach (var row in db.All.AsNoTracking().OrderBy(x => x.Id))
            {
                read.Add(Dump.Of(row));
            }
        }
        catch (Exception exception)
        {
            read.Add(exception.ToString().Split("\n   at ")[0]);
        }

        // The connection is clean after it: another command runs and the file isn't locked.
        read.Add($"{db.All.Count()}");
        return string.Join('\n', read);
    }

    /// <summary>Takes NOT NULL and the column types away, so that any value fits anywhere.</summary>
    private void RelaxSchema()
    {
        var columns = string.Join(", ", typeof(Everything).GetProperties().Where(p => !p.GetMethod!.IsStatic)
            .Select(p => p.Name == "Id" ? "Id INTEGER PRIMARY KEY" : $"\"{p.Name}\" BLOB"));
        var names = string.Join(", ", typeof(Everything).GetProperties().Where(p => !p.GetMethod!.IsStatic).Select(p => $"\"{p.Name}\""));
        _scratch.Execute($"ALTER TABLE \"All\" RENAME TO Old; CREATE TABLE \"All\" ({columns}); INSERT INTO \"All\" ({names}) SELECT {names} FROM Old; DROP TABLE Old;");
    }
}
