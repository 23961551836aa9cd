using Microsoft.EntityFrameworkCore;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>A form with the seed of its parameters. The seed also fixes the tenant.</summary>
internal sealed record QueryInstance(QueryForm Form, int Seed)
{
    internal int Tenant => 1 + (Seed % 2);

    public override string ToString() => $"'{Form.Name}' with parameters {Seed}";
}

/// <summary>What the steps of one stretch of a program are about.</summary>
internal enum Stretch
{
    /// <summary>Everything but the depot.</summary>
    World,

    /// <summary>What may anchor: few queries of the depot, each asked after each write; writes that invalidate as little as
    /// they may, so that an answer lives until the row comes along that a wrong anchor leaves out.</summary>
    Anchors,

    /// <summary>What a write proves: plain queries of the depot, writes of all kinds.</summary>
    Proofs,
}

/// <summary>Every form with a few parameters.</summary>
internal static class QueryPool
{
    private const int Kinds = 3;
    private const int WorldStretches = 31;

    /// <summary>Somewhat more than there are in 20 000 steps: an answer must also be asked for again while it stands.</summary>
    private const int DepotStretches = 41;

    internal static IReadOnlyList<QueryForm> Forms { get; } =
    [
        .. new FormList[]
        {
            new LookupForms(), new ConditionForms(), new ShapeForms(), new HoldingForms(), new LoadForms(),
            new DepotColumnForms(), new DepotConditionForms(), new DepotJoinForms(), new DepotLimitForms(), new DepotSetForms(), new DepotSubqueryForms(), new DepotModelForms(),
            new DepotPlainForms(),
        }.SelectMany(list => list.Forms).Select((form, i) => form with { Tracking = (QueryTrackingBehavior)(i % 3) }),
    ];

    internal static IReadOnlyList<QueryInstance> All { get; } =
        [.. Forms.SelectMany(form => Enumerable.Range(0, form.Seeds).Select(seed => new QueryInstance(form, seed)))];

    private static readonly List<QueryInstance> World = [.. All.Where(i => !i.Form.Depot)];
    private static readonly List<QueryInstance> Depot = [.. All.Where(i => i.Form is { Depot: true, Plain: PlainTurn.None })];
    private static readonly List<QueryForm> PlainAlways = [.. Forms.Where(f => f.Plain == PlainTurn.Always)];
    private static readonly List<QueryForm> PlainByTurns = [.. Forms.Where(f => f.Plain == PlainTurn.Some)];

    internal static Stretch KindOf(int stretch) => (Stretch)(stretch % Kinds);

    /// <summary>
    /// The queries that are asked in one stretch of a program: few enough that each is asked again while its entry may
    /// still stand, which is when it can be stale.
    /// </summary>
    internal static List<QueryInstance> Hot(int stretch)
        => KindOf(stretch) == Stretch.World ? Hot(World, stretch / Kinds, WorldStretches) : Hot(Depot, stretch / Kinds, DepotStretches);

    /// <summary>
    /// The plain queries of a stretch about proofs: asked after each of its writes, so that a tag that is bumped for the wrong value, or
    /// not at all, is soon met by an answer that should have ended. Two values of a column: a row goes from one to the other.
    /// </summary>
    internal static List<QueryInstance> Plain(int stretch)
        => KindOf(stretch) == Stretch.Proofs
            ? [.. PlainAlways.Append(ByTurns(2 * stretch / Kinds)).Append(ByTurns((2 * stretch / Kinds) + 1)).SelectMany(form => TwoOf(form, stretch / Kinds))]
            : [];

    private static QueryForm ByTurns(int turn) => PlainByTurns[turn % PlainByTurns.Count];

    private static IEnumerable<QueryInstance> TwoOf(QueryForm form, int turn)
    {
        var first = new Random(turn).Next(form.Seeds);
        yield return new QueryInstance(form, first);
        yield return new QueryInstance(form, (first + 1 + (turn % (form.Seeds - 1))) % form.Seeds);
    }

    private static List<QueryInstance> Hot(List<QueryInstance> all, int stretch, int stretches)
        => [.. all.Where((_, i) => ((i * 7) + (i / stretches)) % stretches == (uint)stretch % stretches)];

    /// <summary>Some that read one of the tables, and some of all.</summary>
    internal static IEnumerable<QueryInstance> Sample(
        List<QueryInstance> from, Random random, IReadOnlySet<string> tables, int touched, int any)
    {
        var concerned = from.FindAll(i => i.Form.Tables.Any(tables.Contains));
        var first = concerned.Count > 0 ? random.Next(concerned.Count) : 0;
        for (var i = 0; i < Math.Min(touched, concerned.Count); i++)
        {
            yield return concerned[(first + i) % concerned.Count];
        }

        // Where few are concerned, more of the others: they'd seldom be asked else.
        for (var i = Math.Min(touched, concerned.Count); i < touched + any; i++)
        {
            yield return from[random.Next(from.Count)];
        }
    }
}
