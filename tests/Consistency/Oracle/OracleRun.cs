using System.Data.Common;
using System.Diagnostics;
using System.Transactions;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>
/// One life of a database and its cache: a program of steps, each a number that says everything that happens in it, with
/// comparisons in the middle and after.
/// </summary>
/// <param name="world">Where; it is set to its beginning.</param>
/// <param name="report">What is to learn what was seen.</param>
/// <param name="mayCommitInSql">Whether transactions may end in SQL: see <see cref="Envelope.Choose"/>.</param>
/// <param name="focus">The one query to ask, also before each step; null to ask samples of all.</param>
/// <param name="calls">In what queries are asked; null for by themselves.</param>
internal sealed class OracleRun(WorldDatabase world, OracleReport report, bool mayCommitInSql, QueryInstance? focus = null, Func<ZooCache, ICaller>? calls = null)
{
    internal const string InTheMiddle = "in the middle";

    private const int RoundEvery = 300;
    private const int StretchOfSeeds = 200;

    private readonly List<string> _trace = [];
    private List<QueryInstance> _hot = [];
    private List<QueryInstance> _plain = [];
    private ICaller? _caller;

    /// <summary>What each step did.</summary>
    internal IReadOnlyList<string> Trace => _trace;

    /// <summary>Runs the program; the first wrong answer ends it and is returned.</summary>
    internal async Task<Mismatch?> Run(IEnumerable<int> program, ZooCacheOptions? options = null)
    {
        world.Begin(options);
        report.Begin();
        var asker = new Asker(world, report);
        await using var caller = calls?.Invoke(world.Cache);
        _caller = caller;
        try
        {
            foreach (var seed in program)
            {
                asker.Step++;
                await Step(asker, seed);
                if (focus is null && asker.Step % RoundEvery == 0)
                {
                    await Round(asker, seed);
                }
            }
        }
        catch (Exception exception) when (MismatchIn(exception) is { } mismatch)
        {
            return mismatch;
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Step {asker.Step} failed: {_trace[^1]}", exception);
        }

        return null;
    }

    /// <summary>What is found while a save is under way, EF wraps.</summary>
    private static Mismatch? MismatchIn(Exception? exception)
        => exception is null or MismatchException ? (exception as MismatchException)?.Mismatch : MismatchIn(exception.InnerException);

    private async Task Step(Asker asker, int seed)
    {
        var random = new Random(seed);
        var how = new Random(seed + 1);
        var kind = QueryPool.KindOf(seed / StretchOfSeeds);
        var (touched, any) = kind switch { Stretch.World => (3, 2), Stretch.Anchors => (9, 0), _ => (1, 0) };
        _hot = QueryPool.Hot(seed / StretchOfSeeds);
        _plain = QueryPool.Plain(seed / StretchOfSeeds);
        if (focus is not null)
        {
            await asker.Compare(focus, how, "before");
        }

        world.MoveTo(seed % 7);
        var envelope = Envelope.Choose(random, world.Provider, kind, mayCommitInSql);
        var log = new List<string>();
        var tables = new HashSet<string>(StringComparer.Ordinal) { "Categories" };
        var act = new Act(world, random, kind, Look, log, tables, report);
        report.Stepped(envelope.Name);
        var started = Stopwatch.GetTimestamp();
        try
        {
            await envelope.Run(act);
        }
        finally
        {
            _trace.Add($"[{seed}] {envelope.Name}: {string.Join(' ', log)}");
        }

        report.Changed(envelope.Name, Stopwatch.GetTimestamp() - started);
        world.MoveTo(how.Next(8));
        await Ask(asker, how, tables, touched, any, "after");

        Task Look(DbTransaction? inside)
            => inside is null ? Ask(asker, how, tables, 1, kind == Stretch.World ? 1 : 0, InTheMiddle) : AskInside(asker, how, tables, inside);
    }

    private async Task Ask(Asker asker, Random how, HashSet<string> tables, int touched, int any, string where)
    {
        var sample = QueryPool.Sample(_hot, how, tables, touched, any).Concat(_plain.Where(p => tables.Overlaps(p.Form.Tables)));
        foreach (var instance in focus is null ? sample : [focus])
        {
            await Compare(asker, instance, how, where);
        }
    }

    private Task Compare(Asker asker, QueryInstance instance, Random how, string where)
        => _caller is { IsInAmbientTransactions: false } && Transaction.Current is not null
            ? Task.CompletedTask
            : _caller is not null
            ? asker.CompareCalled(_caller, instance, _hot[(instance.Seed + instance.Form.Name.Length) % _hot.Count], how, where)
            : asker.Compare(instance, how, where);

    private async Task AskInside(Asker asker, Random how, HashSet<string> tables, DbTransaction inside)
    {
        foreach (var instance in focus is null ? QueryPool.Sample(_hot, how, tables, 2, 0) : [focus])
        {
            await asker.CompareInside(instance, how, inside);
        }
    }

    private async Task Round(Asker asker, int seed)
    {
        var how = new Random(seed + 2);
        foreach (var instance in QueryPool.All)
        {
            await Compare(asker, instance, how, "round");
        }
    }
}
