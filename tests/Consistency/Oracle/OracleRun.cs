using Microsoft.Data.Sqlite;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>
/// One life of a database and its cache: a program of steps, each a number that says everything that happens in it, with
/// comparisons before, in the middle and after.
/// </summary>
/// <param name="focus">The one query to ask; null to ask samples of all.</param>
internal sealed class OracleRun(QueryInstance? focus = null) : IDisposable
{
    private const int Touched = 6;
    private const int Any = 22;
    private const int RoundEvery = 100;

    private readonly WorldDatabase _world = new();
    private readonly List<string> _trace = [];
    private List<QueryInstance> _hot = [];

    internal OracleReport Report { get; } = new();

    /// <summary>What each step did.</summary>
    internal IReadOnlyList<string> Trace => _trace;

    /// <summary>Runs the program; the first wrong answer ends it and is returned.</summary>
    internal async Task<Mismatch?> Run(IEnumerable<int> program, CancellationToken stop = default)
    {
        var asker = new Asker(_world, Report);
        try
        {
            foreach (var seed in program)
            {
                if (stop.IsCancellationRequested)
                {
                    break;
                }

                asker.Step++;
                await Step(asker, seed);
                if (focus is null && asker.Step % RoundEvery == 0)
                {
                    await Round(asker, seed);
                }
            }
        }
        catch (MismatchException exception)
        {
            return exception.Mismatch;
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Step {asker.Step} failed: {_trace[^1]}", exception);
        }

        return null;
    }

    public void Dispose() => _world.Dispose();

    private async Task Step(Asker asker, int seed)
    {
        var random = new Random(seed);
        var how = new Random(seed + 1);
        _hot = QueryPool.Hot(seed / 200);
        if (focus is not null)
        {
            await asker.Compare(focus, how, "before");
        }

        var envelope = Envelope.Choose(random);
        var log = new List<string>();
        var tables = new HashSet<string>(StringComparer.Ordinal) { "Categories" };
        var act = new Envelope.Act(_world, random, Look, log, tables);
        Report.Stepped(envelope.Name);
        try
        {
            await envelope.Run(act);
        }
        finally
        {
            _trace.Add($"[{seed}] {envelope.Name}: {string.Join(' ', log)}");
        }

        await Ask(asker, how, tables, Touched, Any, "after");

        Task Look(SqliteTransaction? inside)
            => inside is null ? Ask(asker, how, tables, 2, 6, "in the middle") : AskInside(asker, how, tables, inside);
    }

    private async Task Ask(Asker asker, Random how, HashSet<string> tables, int touched, int any, string where)
    {
        foreach (var instance in focus is null ? QueryPool.Sample(_hot, how, tables, touched, any) : [focus])
        {
            // What was just stored is asked again.
            if (await asker.Compare(instance, how, where))
            {
                await asker.Compare(instance, how, where);
            }
        }
    }

    private async Task AskInside(Asker asker, Random how, HashSet<string> tables, SqliteTransaction inside)
    {
        foreach (var instance in focus is null ? QueryPool.Sample(_hot, how, tables, 3, 0) : [focus])
        {
            await asker.CompareInside(instance, how, inside);
        }
    }

    private static async Task Round(Asker asker, int seed)
    {
        var how = new Random(seed + 2);
        foreach (var instance in QueryPool.All)
        {
            if (await asker.Compare(instance, how, "round"))
            {
                await asker.Compare(instance, how, "round");
            }
        }
    }
}
