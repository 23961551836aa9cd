using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using static ZooCache.Integration.Tests.Support.Outcomes;

namespace ZooCache.Integration.Tests.Setup;

/// <summary>Results that aren't kept for what they are: <c>UseZooCache(z => z.DontCacheIf(…))</c>.</summary>
public sealed class DontCacheIfTests : IDisposable
{
    private readonly ShopDatabase _shop = new(new ZooCacheOptions { FlightTimeout = TimeSpan.FromHours(1) });

    public void Dispose() => _shop.Dispose();

    // Guards QueryLookup.IsDeclined, for both ways in which a query is answered.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenThePredicateIsTrue_TheResultIsHandedOutAndNotKept(bool split)
    {
        var seen = new List<QueryResultInfo>();
        void Configure(ZooCacheContextOptionsBuilder z) => z.DontCacheIf(r =>
        {
            seen.Add(r);
            return r.RowCount > 6;
        });
        for (var i = 0; i < 2; i++)
        {
            (await Orders(Configure, split, 3)).ShouldBe((6, NotFound));
            (await Orders(Configure, split, 1)).ShouldBe((2, i == 0 ? NotFound : Hit));
        }

        // Three misses that could be kept. Lines come with orders: 12 joined rows, or 6 and 12; 4 for one customer, or 2 and 4.
        seen.Select(r => r.RowCount).ShouldBe(split ? [18, 6, 18] : [12, 4, 12]);
        _shop.Cache.GetStatistics().FillsRejectedByReason["declined"].ShouldBe(2);
        seen[0].Bytes.ShouldBeInRange(100, 10_000);
        seen[0].Tables.ShouldBe(["LINES", "ORDERS"], ignoreOrder: true);
        seen[0].EntityTypes.ShouldBe([typeof(Line), typeof(Order)], ignoreOrder: true);
        _shop.Cache.GetStatistics().Entries.ShouldBe(1);
        _shop.Cache.Flights.Count.ShouldBe(0);
    }

    [Fact]
    public async Task WhenThereAreSeveralPredicates_OneIsEnough()
    {
        foreach (var (first, second) in new[] { (true, false), (false, true) })
        {
            for (var i = 0; i < 2; i++)
            {
                (await Orders(z => z.DontCacheIf(_ => first).DontCacheIf(_ => second), split: false, 3)).Item2.ShouldBe(NotFound);
            }
        }

        await Orders(z => z.DontCacheIf(_ => false), split: false, 3);
        (await Orders(z => z.DontCacheIf(_ => true), split: false, 3)).Item2.ShouldBe(Hit, "an answer that another context has stored");
    }

    [Fact]
    public async Task WhenARefreshIsNotKept_TheOldAnswerStays()
    {
        await Orders(null, split: false, 3);
        using (var db = _shop.Open(z => z.DontCacheIf(_ => true)))
        {
            db.Ask(x => x.Orders.Include(o => o.Lines).OrderBy(o => o.Id).Where(o => o.CustomerId <= 3).Cacheable(o => o.Refresh = true).ToList())
                .ShouldBe(Refresh);
        }

        (await Orders(null, split: false, 3)).ShouldBe((6, Hit));
    }

    // Guards QueryLoad.LoadAsync and ReplayedEnumerator (Fail): the flight ends, and the nodes that the fill pinned are let go.
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task WhenThePredicateThrows_TheCallerGetsItAndNothingIsLeftBehind(bool split, bool async)
    {
        for (var i = 0; i < 2; i++)
        {
            using var db = _shop.Open(z => z.DontCacheIf(_ => throw new TimeoutException("mine")));
            var query = db.Orders.Include(o => o.Lines).OrderBy(o => o.Id).Cacheable();
            query = split ? query.AsSplitQuery() : query;
            (async ? await Should.ThrowAsync<TimeoutException>(() => query.ToListAsync()) : Should.Throw<TimeoutException>(() => query.ToList()))
                .Message.ShouldBe("mine");
        }

        var statistics = _shop.Cache.GetStatistics();
        (statistics.Entries, statistics.TrieNodes, _shop.Cache.Flights.Count).ShouldBe((0, 0, 0));
        (await Orders(null, split, 3)).ShouldBe((6, NotFound));
    }

    // Guards QueryLookup.TakeTurnAsync: a leader that lands without an entry sends the others to the database, each once.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenOthersWaitForAResultThatIsNotKept_EachLoadsForItselfOnce(bool fails)
    {
        const int Callers = 20;
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gate = new AsyncGate(open.Task);
        var before = _shop.Commands.Count;
        var asked = Enumerable.Range(0, Callers).Select(_ => Task.Run(Ask)).ToList();
        await gate.Reached;
        open.SetResult();
        var counts = await Task.WhenAll(asked).WaitAsync(TimeSpan.FromMinutes(1));
        counts.ShouldAllBe(c => c == (fails ? -1 : 6));
        (_shop.Commands.Count - before).ShouldBe(Callers);
        var statistics = _shop.Cache.GetStatistics();
        (statistics.Entries, statistics.TrieNodes, _shop.Cache.Flights.Count).ShouldBe((0, 0, 0));

        async Task<int> Ask()
        {
            try
            {
                await using var db = _shop.Open(z => z.DontCacheIf(_ => fails ? throw new TimeoutException() : true), gate);
                return (await db.Orders.Cacheable().ToListAsync()).Count;
            }
            catch (TimeoutException)
            {
                return -1;
            }
        }
    }

    private async Task<(int, QueryOutcome?)> Orders(Action<ZooCacheContextOptionsBuilder>? configure, bool split, int upTo)
    {
        using var db = _shop.Open(configure);
        var query = db.Orders.Include(o => o.Lines).OrderBy(o => o.Id).Where(o => o.CustomerId <= upTo).Cacheable();
        query = split ? query.AsSplitQuery() : query;
        return ((await query.ToListAsync()).Count, db.Last());
    }
}
