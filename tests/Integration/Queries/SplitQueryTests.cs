using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Queries;

/// <summary>Queries of several commands, and groups as results: EF's own enumerables over recorded commands.</summary>
public abstract class SplitQueryTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : SplitQueryTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : SplitQueryTests(Provider.Postgres);

    private readonly ShopDatabase _shop = new(provider: provider);

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task WhenASplitQueryIsAskedAgain_AllItsCommandsAreAnsweredFromTheCache()
    {
        Dump(Split).ShouldBe(Dump(Split, cached: false));
        var commands = _shop.Commands.Count;
        commands.ShouldBe(3);
        Dump(Split).ShouldBe(Dump(Split, cached: false));
        using var db = _shop.Open();
        (await Split(db).Cacheable().ToListAsync()).Sum(c => c.Orders.Sum(o => o.Lines.Count)).ShouldBe(12);
        db.Last().ShouldBe(Outcomes.Hit);
        _shop.Commands.Count.ShouldBe(commands);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenAnyOfItsTablesIsWritten_ASplitQueryIsAskedAnew(bool tracking)
    {
        foreach (var change in new Action<ShopContext>[]
        {
            db => db.Customers.First().Name = "changed",
            db => db.Orders.OrderBy(o => o.Id).Last().Total = 99,
            db => db.Lines.Add(new Line { OrderId = 1, Product = "plum", Quantity = 3 }),
            db => db.Remove(db.Lines.OrderBy(l => l.Id).First()),
        })
        {
            var before = await Ask();
            (await Ask()).Text.ShouldBe(before.Text);
            _shop.Change(change);
            var after = await Ask();
            after.Outcome.ShouldBe(Outcomes.Invalidated);
            after.Text.ShouldNotBe(before.Text);
            after.Text.ShouldBe(Dump(Split, cached: false));
        }

        async Task<(string Text, QueryOutcome? Outcome)> Ask()
        {
            using var db = _shop.Open();
            var query = Split(db).Cacheable();
            var customers = await (tracking ? query.AsTracking() : query.AsNoTracking()).ToListAsync();
            return (Text(customers), db.Last());
        }
    }

    // Guards Replay.BeginAsync: one fence, read before the first command, for all commands of an answer.
    [Fact]
    public void WhenAWriteCommitsBetweenTwoOfItsCommands_TheAnswerIsNotKept()
    {
        var written = false;
        var between = new BeforeCommand(sql =>
        {
            if (!written && sql.Contains("Lines", StringComparison.Ordinal))
            {
                written = true;
                _shop.Change(db => db.Customers.First().Name = "changed in between");
            }
        });
        using (var db = _shop.Open(null, between))
        {
            Split(db).Cacheable().ToList();
        }

        written.ShouldBeTrue();
        using var again = _shop.Open(null, new BeforeCommand(_ => { }));
        Split(again).Cacheable().ToList()[0].Name.ShouldBe("changed in between");
        again.Last()!.Source.ShouldBe(QueryResultSource.Miss);
    }

    // Guards Replay.ExecuteAsync: MayKeepNow and RanInTransaction, each of which is enough.
    [Fact]
    public void WhenATransactionBeginsBetweenItsRows_TheAnswerIsNotKept()
    {
        // The first customer has no order, so the lines are asked for at the second row only.
        _shop.Change(db => db.RemoveRange(db.Orders.Where(o => o.CustomerId == 1)));
        using (var db = Open())
        {
            using var rows = Split(db).Cacheable().AsEnumerable().GetEnumerator();
            rows.MoveNext().ShouldBeTrue();
            using var transaction = db.Database.BeginTransaction();

            // In ADO.NET, of which nobody tells the cache.
            using var insert = db.Database.GetDbConnection().CreateCommand();
            insert.Transaction = transaction.GetDbTransaction();
            insert.CommandText = "INSERT INTO \"Lines\" (\"OrderId\", \"Product\", \"Quantity\") VALUES (3, 'never committed', 1)";
            insert.ExecuteNonQuery().ShouldBe(1);
            while (rows.MoveNext())
            {
            }

            transaction.Rollback();
        }

        for (var i = 0; i < 2; i++)
        {
            using var db = Open();
            Text(Split(db).Cacheable().ToList()).ShouldBe(Dump(Split, cached: false));
        }

        // Without an interceptor: one that sees the command of a transaction keeps its answer out by itself.
        ShopContext Open()
        {
            var builder = new DbContextOptionsBuilder<ShopContext>();
            _shop.Database.Use(builder);
            return new ShopContext(builder.UseZooCache(_shop.Cache).Options);
        }
    }

    [Fact]
    public void WhenOnlyTheFirstRowIsRead_TheRestIsStillRight()
    {
        // Nothing below the first customer: the commands for orders run at the first row, the one for lines doesn't.
        _shop.Change(db => db.RemoveRange(db.Orders.Where(o => o.CustomerId == 1)));
        using (var db = _shop.Open())
        {
            using var rows = Split(db).Cacheable().AsEnumerable().GetEnumerator();
            rows.MoveNext().ShouldBeTrue();
        }

        using (var db = _shop.Open())
        {
            var commands = _shop.Commands.Count;
            Text(Split(db).Cacheable().ToList()).ShouldBe(Dump(Split, cached: false));
            db.Last().ShouldBe(Outcomes.Hit);
            (_shop.Commands.Count - commands).ShouldBe(1);
        }
    }

    [Fact]
    public void WhenRowsAreReadSlowly_OthersDontWaitForTheCaller()
    {
        using var first = _shop.Open();
        using var rows = Split(first).Cacheable().AsEnumerable().GetEnumerator();
        rows.MoveNext().ShouldBeTrue();
        using var second = _shop.Open();
        Split(second).Cacheable().ToList().Count.ShouldBe(3);
        second.Last().ShouldBe(Outcomes.Hit);
        rows.MoveNext().ShouldBeTrue();
        _shop.Cache.Flights.Count.ShouldBe(0);
    }

    [Fact]
    public async Task WhenManyAskAColdSplitQuery_ItsCommandsRunOnce()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = new AsyncGate(gate.Task);
        var callers = Enumerable.Range(0, 40).Select(async _ =>
        {
            using var db = _shop.Open(null, held);
            return (await Split(db).Cacheable().ToListAsync()).Count;
        }).ToArray();
        await held.Reached;
        gate.SetResult();
        (await Task.WhenAll(callers)).ShouldAllBe(count => count == 3);
        _shop.Commands.Count.ShouldBe(3);
    }

    [Fact]
    public async Task WhenTheLeaderIsCancelled_OthersGoOn()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = new AsyncGate(gate.Task);
        using var cancellation = new CancellationTokenSource();
        using var leading = _shop.Open(null, held);
        var leader = Split(leading).Cacheable().ToListAsync(cancellation.Token);
        await held.Reached;
        using var following = _shop.Open(null, held);
        var follower = Split(following).Cacheable().ToListAsync();
        await cancellation.CancelAsync();
        gate.SetResult();
        await Should.ThrowAsync<OperationCanceledException>(leader);
        (await follower).Count.ShouldBe(3);
    }

    [Fact]
    public async Task WhenGroupsAreTheResult_TheyAreServedAndInvalidated()
    {
        var before = await Ask(async: false);
        (await Ask(async: true)).ShouldBe((before.Text, Outcomes.Hit));
        _shop.Change(db => db.Add(new Customer { Name = "Fourth", City = "Rome" }));
        var after = await Ask(async: true);
        after.Outcome.ShouldBe(Outcomes.Invalidated);
        after.Text.ShouldContain("Rome: Fourth");

        async Task<(string Text, QueryOutcome? Outcome)> Ask(bool async)
        {
            using var db = _shop.Open();
            var query = db.Customers.OrderBy(c => c.City).ThenBy(c => c.Id).GroupBy(c => c.City).Cacheable();
            var groups = async ? await query.ToListAsync() : query.ToList();
            return (string.Join("; ", groups.Select(g => $"{g.Key}: {string.Join(',', g.Select(c => c.Name))}")), db.Last());
        }
    }

    [Fact]
    public void WhenGroupsHoldCollections_SplitOrNot_TheyAreAsTheDatabaseSays()
    {
        foreach (var split in new[] { false, true })
        {
            var expected = Groups(split, cached: false).Text;
            Groups(split, cached: true).Text.ShouldBe(expected);
            Groups(split, cached: true).ShouldBe((expected, Outcomes.Hit));
        }

        (string Text, QueryOutcome? Outcome) Groups(bool split, bool cached)
        {
            using var db = _shop.Open();
            var query = db.Customers.Include(c => c.Orders.OrderBy(o => o.Id)).OrderBy(c => c.City).ThenBy(c => c.Id).AsQueryable();
            query = split ? query.AsSplitQuery() : query.AsSingleQuery();
            var groups = (cached ? query.Cacheable() : query).GroupBy(c => c.City).ToList();
            return (string.Join("; ", groups.Select(g => $"{g.Key}: {string.Join(',', g.Select(c => $"{c.Name}[{string.Join(' ', c.Orders.Select(o => o.Total))}]"))}")), db.Last());
        }
    }

    [Fact]
    public void WhenAskedForItsSql_ASplitQueryAnswersAsEver()
    {
        using var db = _shop.Open();
        using var uncached = _shop.Uncached();
        Split(db).Cacheable().ToQueryString().ShouldBe(Split(uncached).ToQueryString());
    }

    private static IQueryable<Customer> Split(ShopContext db)
        => db.Customers.Include(c => c.Orders.OrderBy(o => o.Id)).ThenInclude(o => o.Lines.OrderBy(l => l.Id)).OrderBy(c => c.Id).AsSplitQuery();

    private string Dump(Func<ShopContext, IQueryable<Customer>> query, bool cached = true)
    {
        using var db = cached ? _shop.Open() : _shop.Uncached();
        return Text((cached ? query(db).Cacheable() : query(db)).ToList());
    }

    private static string Text(IEnumerable<Customer> customers)
        => string.Join('\n', customers.Select(c =>
            $"{c.Id} {c.Name} {c.City}: {string.Join(", ", c.Orders.Select(o => $"{o.Id} {o.Total} ({string.Join(' ', o.Lines.Select(l => $"{l.Id}:{l.Product}*{l.Quantity}"))})"))}"));
}
