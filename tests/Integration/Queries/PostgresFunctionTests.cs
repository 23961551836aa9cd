using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using NpgsqlTypes;
using ZooCache.Integration.Tests.Support;
using ZooCache.Integration.Tests.Types;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Queries;

/// <summary>What Npgsql's translators make of .NET's methods and its own: cached where it is deterministic.</summary>
[NeedsPostgres]
public sealed class PostgresFunctionTests : IDisposable
{
    private readonly Scratch<PostgresTypesContext> _scratch = new(o => new PostgresTypesContext(o), Fill, provider: Provider.Postgres);

    public void Dispose() => _scratch.Dispose();

    private static readonly Dictionary<string, Func<IQueryable<PostgresRow>, IQueryable<object?>>> Known = new()
    {
        ["texts"] = r => r.Select(x => x.RequiredText.ToUpper() + x.RequiredText.Trim() + x.RequiredText.Substring(0, 1) + x.RequiredText.Replace("a", "b")
            + x.RequiredText.PadLeft(5) + x.RequiredText.TrimStart() + x.RequiredText.Length + x.RequiredText.IndexOf("t")),
        ["texts, conditions"] = r => r.Where(x => x.RequiredText.StartsWith("t") || x.RequiredText.EndsWith("x") || x.RequiredText.Contains("üb")
            || string.IsNullOrWhiteSpace(x.RequiredText) || string.Compare(x.RequiredText, "m") > 0).Select(x => (object?)x.Id),
        ["pattern parameter"] = r => StartingWith(r, "te"),
        ["like in any case"] = r => r.Where(x => EF.Functions.ILike(x.RequiredText, "T%")).Select(x => (object?)x.Id),
        ["regular expression"] = r => r.Where(x => Regex.IsMatch(x.RequiredText, "^t.*[0-9]$", RegexOptions.IgnoreCase)).Select(x => (object?)x.Id),
        ["regular replacement"] = r => r.Select(x => Regex.Replace(x.RequiredText, "[aeiou]", "_")),
        ["reversed, joined"] = r => r.Select(x => EF.Functions.Reverse(x.RequiredText) + string.Join(",", new[] { x.RequiredText, x.Varchar })),
        ["mathematics"] = r => r.Select(x => (object?)(Math.Abs(x.RequiredInt % 7) + Math.Round(x.RequiredInt / 3.0) + Math.Max(x.Id, 2) + Math.Sign(x.RequiredInt) + Math.Truncate(1.5 * x.Id))),
        ["statistics"] = r => r.GroupBy(x => x.Id % 2).Select(g => (object?)new
        {
            Deviation = EF.Functions.StandardDeviationSample(g.Select(x => x.Id)), Texts = string.Join("|", g.OrderBy(x => x.Id).Select(x => x.RequiredText)),
            Ids = EF.Functions.ArrayAgg(g.OrderBy(x => x.Id).Select(x => x.Id)), Even = g.Count(x => x.Id > 1),
        }),
        ["dates taken apart"] = r => r.Where(x => x.RequiredDate.Year > 1 && x.Utc!.Value.Month > 0 && x.Utc.Value.DayOfWeek != DayOfWeek.Sunday).Select(x => (object?)x.Id),
        ["dates moved"] = r => r.Select(x => (object?)new { A = x.RequiredDate.AddMonths(-1), B = DateTime.UnixEpoch.AddDays(x.Id), C = DateOnly.FromDayNumber(x.Id).DayNumber }),
        ["dates without time"] = r => r.Where(x => x.Id < 3).Select(x => (object?)x.Utc!.Value.Date),
        ["moments made"] = r => r.Select(x => (object?)new DateTime(2026, 1, x.Id)),
        ["time zones"] = r => r.Where(x => x.Id == 1).Select(x => (object?)TimeZoneInfo.ConvertTimeBySystemTimeZoneId(x.Utc!.Value, "Europe/Oslo")),
        ["array, one of"] = r => r.Where(x => x.RequiredInts.Contains(x.Id) || x.RequiredInts.Length == 0).Select(x => (object?)x.Id),
        ["array, element and slice"] = r => r.Select(x => (object?)new { First = x.RequiredInts[0], Rest = x.RequiredInts.Skip(1).ToArray() }),
        ["array, any and all"] = r => r.Where(x => x.RequiredInts.Any(i => i > 0) || x.RequiredInts.All(i => i < 5)).Select(x => (object?)x.Id),
        ["array, patterns"] = r => AnyLike(r, ["t%", "%x"]),
        ["array made"] = r => r.Select(x => (object?)new[] { x.Id, x.RequiredInt }),
        ["array of parameters"] = r => Among(r, [1, 3]),
        ["array joined to"] = r => r.SelectMany(x => x.RequiredInts.Select(i => (object?)(i + x.Id))).OrderBy(x => x),
        ["row values"] = r => r.Where(x => EF.Functions.LessThan(new ValueTuple<int, int>(x.Id, x.RequiredInt), new ValueTuple<int, int>(3, 0))).Select(x => (object?)x.Id),
        ["ranges"] = r => r.Where(x => x.RequiredRange.Contains(5) || !x.RequiredRange.UpperBoundInfinite || x.RequiredRange.Overlaps(new NpgsqlRange<int>(1, 9)))
            .Select(x => (object?)x.RequiredRange.LowerBound),
        ["json"] = r => r.Where(x => EF.Functions.JsonTypeof(x.Document!) == "object" && x.Document!.RootElement.GetProperty("c").GetString() != "z")
            .Select(x => (object?)x.Document!.RootElement.GetProperty("a").GetArrayLength()),
        ["json contains"] = r => r.Where(x => EF.Functions.JsonContains(x.Document!, "{}") || EF.Functions.JsonExists(x.Document!, "a")).Select(x => (object?)x.Id),
        ["networks"] = r => Inside(r, IPNetwork.Parse("10.0.0.0/8")),
        ["full text"] = r => r.Where(x => EF.Functions.ToTsVector("english", x.RequiredText).Matches(EF.Functions.ToTsQuery("english", "text")))
            .Select(x => (object?)EF.Functions.ToTsVector("english", x.RequiredText).Rank(EF.Functions.PlainToTsQuery("english", "text"))),
        ["label trees"] = r => r.Where(x => x.Tree!.Value.IsDescendantOf("a") || x.Tree.Value.NLevel > 2).Select(x => (object?)x.Id),
        ["hexadecimal, bits"] = r => r.Where(x => x.RequiredBytes.Contains((byte)1) || x.RequiredBytes.Length == 0).Select(x => (object?)x.RequiredBytes.Length),
        ["collation"] = r => r.OrderBy(x => EF.Functions.Collate(x.RequiredText, "C")).Select(x => (object?)x.Id),
        ["native enum"] = r => r.Where(x => x.RequiredMood == Mood.Happy || x.Mood.ToString() == "Sad").Select(x => (object?)x.Id),
    };

    private static readonly Dictionary<string, (string Reason, Func<IQueryable<PostgresRow>, IQueryable<object?>> Query)> Unknown = new()
    {
        ["now"] = ("unknown-function: now", r => r.Where(x => x.Utc < DateTime.UtcNow).Select(x => (object?)x.Id)),
        ["random"] = ("unknown-function: random", r => r.Where(x => EF.Functions.Random() < 2).Select(x => (object?)x.Id)),
        ["new identifier"] = ("unknown-function: gen_random_uuid", r => r.Where(x => x.RequiredGuid != Guid.NewGuid()).Select(x => (object?)x.Id)),
        ["a query as text"] = ("unknown-function: ts_rewrite", r => r
            .Where(x => x.Id < 0 && EF.Functions.ToTsVector("a").Matches(EF.Functions.ToTsQuery("b").Rewrite("SELECT 'a'::tsquery, 'b'::tsquery")))
            .Select(x => (object?)x.Id)),
        ["text read as a moment"] = ("unknown-expression: text to DateTime", r => r.Where(x => x.Id < 0).Select(x => (object?)(DateTime)(object)x.RequiredText)),
        ["json read as a moment"] = ("unknown-expression: text to DateTime", r => r.Where(x => x.Id < 0 && x.Document!.RootElement.GetProperty("c").GetDateTime() > DateTime.UnixEpoch).Select(x => (object?)x.Id)),
    };

    public static TheoryData<string> KnownNames => new(Known.Keys);

    public static TheoryData<string> UnknownNames => new(Unknown.Keys);

    [Theory]
    [MemberData(nameof(KnownNames))]
    public void WhenWhatIsAskedIsDeterministic_ItIsCached(string name)
        => _scratch.ShouldServe(db => Known[name](db.Set<PostgresRow>().Where(x => x.Id < 6).OrderBy(x => x.Id)).ToList(), name);

    // Guards PostgresSql: what isn't listed, ts_rewrite of two arguments, and DeterministicSql.MayReadTheClock.
    [Theory]
    [MemberData(nameof(UnknownNames))]
    public void WhenWhatIsAskedMayDiffer_TheDatabaseAnswersEachTime(string name)
        => _scratch.ShouldBypass(Unknown[name].Reason, db => Unknown[name].Query(db.Set<PostgresRow>()).ToList());

    // Guards DependencyAnalyzer.VisitExtension, "return base.VisitExtension(node)": the only mention of the table stands
    // inside a node of the provider's own.
    [Fact]
    public void WhenATableStandsInsideAProvidersNode_ItsWritesInvalidate()
    {
        int[] Ask(out EFCore.QueryResultSource source)
        {
            using var db = _scratch.Open(z => z.CacheAll());
            var found = db.Set<PostgresRow>().Where(x => x.Id == 1).Select(x => x.RequiredInts[db.Set<Unrelated>().Count()]).ToArray();
            source = db.Last()!.Source;
            return found;
        }

        Ask(out _).ShouldBe([1]);
        Ask(out var second).ShouldBe([1]);
        using (var db = _scratch.Open())
        {
            db.Add(new Unrelated());
            db.SaveChanges();
        }

        Ask(out var third).ShouldBe([2]);
        (second, third).ShouldBe((EFCore.QueryResultSource.Hit, EFCore.QueryResultSource.Miss));
    }

    private static void Fill(PostgresTypesContext db)
    {
        var rows = new RandomRows(new Random(20260101), Provider.Postgres);
        for (var id = 1; id <= 6; id++)
        {
            var row = rows.Make<PostgresRow>(id);
            row.RequiredText = $"text {id}";
            row.RequiredInts = [id, 2, 3];
            row.RequiredDate = new DateOnly(2026, id, 1);
            row.RequiredInt = 10 * id;
            row.Utc = new DateTime(2026, 5, id, 12, 0, 0, DateTimeKind.Utc);
            row.Document = JsonDocument.Parse("{\"a\": [1, 2], \"c\": \"x\"}");
            row.Inet = IPAddress.Parse($"10.0.0.{id}");
            row.Tree = new LTree("a.b");
            db.Add(row);
        }
    }

    private static IQueryable<object?> StartingWith(IQueryable<PostgresRow> rows, string start)
        => rows.Where(x => x.RequiredText.StartsWith(start)).Select(x => (object?)x.Id);

    private static IQueryable<object?> AnyLike(IQueryable<PostgresRow> rows, string[] patterns)
        => rows.Where(x => patterns.Any(p => EF.Functions.Like(x.RequiredText, p)) || patterns.All(p => EF.Functions.ILike(x.RequiredText, p))).Select(x => (object?)x.Id);

    private static IQueryable<object?> Among(IQueryable<PostgresRow> rows, List<int> ids)
        => rows.Where(x => ids.Contains(x.Id) && !EF.Parameter(ids).Contains(7)).Select(x => (object?)x.Id);

    private static IQueryable<object?> Inside(IQueryable<PostgresRow> rows, IPNetwork network)
        => rows.Where(x => EF.Functions.ContainedBy(x.Inet!, network)).Select(x => (object?)x.Id);
}
