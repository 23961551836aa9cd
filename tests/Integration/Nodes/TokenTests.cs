using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.EFCore;

namespace ZooCache.Integration.Tests;

/// <summary>A read that names a write shows it, on whatever node.</summary>
public sealed class TokenTests : IDisposable
{
    private readonly GaugeNodes _nodes = new(CacheConsistency.Eventual);

    public void Dispose() => _nodes.Dispose();

    // Turned red by leaving the token out of QueryLookup.IsCurrentAsync.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_is_waited_for_where_it_is_to_be_had(bool async)
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        b.Fill();
        b.Log.IsDeaf = true;
        var token = ConsistencyToken.Parse(a.Write(7).ShouldNotBeNull().ToString());

        b.Ask(async: async).ShouldBe(("0,0", new QueryOutcome(QueryResultSource.Hit, "hit")), "nobody has asked for more");
        b.Ask(c => c.AsOf(token), async).ShouldSatisfyAllConditions(a => a.Answer.ShouldBe("7,0"), a => a.Outcome.Reason.ShouldBe("invalidated"));
        b.Ask(c => c.AsOf(token), async).ShouldBe(("7,0", new QueryOutcome(QueryResultSource.Hit, "hit")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_it_isnt_the_database_is_asked(bool async)
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        b.Fill();
        a.Log.HoldsAppends = true;
        var token = a.Write(7).ShouldNotBeNull();
        $"{token}".ShouldStartWith("n.");

        // Its own node knows at once; another waits for it, in vain.
        a.Ask(c => c.AsOf(token), async).Answer.ShouldBe("7,0");
        await using var db = b.Open();
        var asked = db.Gauges.Where(g => g.Group == 1).OrderBy(g => g.Id).Select(g => g.Value).Cacheable(c => c.AsOf(token)).ToListAsync();
        asked.IsCompleted.ShouldBeFalse();
        _nodes.Advance(0.3);
        (await asked).ShouldBe([7, 0]);
        db.Cache().LastQuery.ShouldBe(new QueryOutcome(QueryResultSource.Bypass, "token-unknown"));

        a.Log.Release();
        b.Ask(c => c.AsOf(token), async).Outcome.Source.ShouldBe(QueryResultSource.Miss);
        b.Ask(c => c.AsOf(token), async).ShouldBe(("7,0", new QueryOutcome(QueryResultSource.Hit, "hit")));
    }

    [Theory]
    [InlineData("s.1.1")]
    [InlineData("s.ffffffffffffffff.ffffffffffffffff")]
    [InlineData("n.1.ffffffffffffffff")]
    [InlineData("n.ffffffffffffffff.1")]
    public async Task A_token_that_nobody_has_made_costs_a_query_and_no_more(string text)
    {
        var b = _nodes[1];
        b.Fill();
        await using var db = b.Open();

        var asked = db.Gauges.Where(g => g.Group == 1).OrderBy(g => g.Id).Select(g => g.Value).Cacheable(c => c.AsOf(ConsistencyToken.Parse(text))).ToListAsync();
        _nodes.Advance(0.3);

        (await asked).ShouldBe([0, 0]);
        b.Ask().Outcome.Source.ShouldBe(QueryResultSource.Hit);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s.1")]
    [InlineData("x.1.1")]
    [InlineData("s.0.1")]
    [InlineData("s.1.1.1")]
    [InlineData("s.1.-1")]
    public void Text_that_is_no_token_is_refused(string text)
    {
        ConsistencyToken.TryParse(text, out _).ShouldBeFalse();
        Should.Throw<FormatException>(() => ConsistencyToken.Parse(text)).Message.ShouldContain("consistency token");
    }

    [Fact]
    public void It_names_whatever_a_context_has_written()
    {
        var a = _nodes[0];
        using var db = a.Open();
        db.Cache().Token.ShouldBeNull("it has written nothing");
        var last = db.Cache().Token;
        void Newer(string what)
        {
            var token = db.Cache().Token.ShouldNotBeNull(what);
            token.IsStamped.ShouldBeTrue(what);
            (last is null || token.Stamp > last.Stamp).ShouldBeTrue(what);
            last = token;
        }

        db.Gauges.Single(g => g.Id == 1).Value = 7;
        db.SaveChanges();
        Newer("save");
        db.Gauges.Where(g => g.Id == 2).ExecuteUpdate(u => u.SetProperty(g => g.Value, 1));
        Newer("ExecuteUpdate");
        db.Database.ExecuteSql($"DELETE FROM Gauges WHERE Id = 3");
        Newer("SQL");
        db.Cache().Invalidate<Gauge>();
        Newer("Invalidate");
        db.Cache().InvalidateTag("a");
        Newer("InvalidateTag");
        db.Cache().Clear();
        Newer("Clear");
        using (var transaction = db.Database.BeginTransaction())
        {
            db.Gauges.Single(g => g.Id == 1).Value = 8;
            db.SaveChanges();
            db.Cache().Token.ShouldBe(last, "it isn't over");
            transaction.Commit();
        }

        Newer("transaction");
    }

    // Turned red by waiting synchronously in ObservingCommandLogger's asynchronous methods.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whoever_awaits_SQL_of_his_own_isnt_blocked_while_others_are_told(bool fails)
    {
        var a = _nodes[0];
        a.Log.HoldsAppends = true;
        await using var db = a.Open();

        var write = db.Database.ExecuteSqlRawAsync(fails ? "UPDATE Gauges SET Id = 1" : "UPDATE Gauges SET Value = 7");

        write.IsCompleted.ShouldBeFalse();
        a.Log.Release();
        if (fails)
        {
            await Should.ThrowAsync<SqliteException>(async () => await write);
        }
        else
        {
            (await write).ShouldBeGreaterThan(0);
        }
    }

    [Fact]
    public void A_compiled_query_that_takes_one_says_that_it_cant()
    {
        using var db = _nodes[0].Open();
        var ask = EF.CompileQuery((GaugeContext context, ConsistencyToken? seen) => context.Gauges.Cacheable(c => c.AsOf(seen)));

        Should.Throw<InvalidOperationException>(() => ask(db, null).ToList()).Message.ShouldContain("compiled query (EF.CompileQuery)");
    }

    [Fact]
    public void A_context_of_a_pool_doesnt_name_what_its_last_user_has_written()
    {
        using var services = new ServiceCollection().AddPooledDbContextFactory<GaugeContext>(Configure, poolSize: 1).BuildServiceProvider();
        var factory = services.GetRequiredService<IDbContextFactory<GaugeContext>>();
        using (var db = factory.CreateDbContext())
        {
            db.Gauges.Single(g => g.Id == 1).Value = 7;
            db.SaveChanges();
            db.Cache().Token.ShouldNotBeNull();
        }

        using var next = factory.CreateDbContext();
        next.Cache().Token.ShouldBeNull();

        void Configure(DbContextOptionsBuilder options)
        {
            _nodes.Database.Use(options);
            options.UseZooCache(_nodes[0].Cache);
        }
    }

    // Turned red by leaving IsUntouched out of QueryLookup.IsCurrentAsync.
    [Fact]
    public void What_was_told_in_another_order_than_it_was_written_is_seen_all_the_same()
    {
        var (a, b, reader) = (_nodes[0], _nodes[1], _nodes.Add());
        foreach (var node in (GaugeNode[])[a, b, reader])
        {
            In(node, 1);
        }

        using var mistaken = b.Open();
        var row = mistaken.Gauges.Single(g => g.Id == 1);
        MoveUntold(a, 0);

        In(reader, 0).ShouldBe("1,2,4");
        row.Group = 2;
        mistaken.SaveChanges();

        In(reader, 0).ShouldBe("1,2,4", "nobody can know yet");
        In(reader, 0, mistaken.Cache().Token).ShouldBe("2,4");
        a.Log.Release();
        In(reader, 0).ShouldBe("2,4");
    }

    // Turned red by leaving out the bump in EFFeed.TryMeet.
    [Fact]
    public void What_a_node_has_written_is_told_after_what_somebody_else_has_written_since_without_knowing_of_it()
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        foreach (var node in (GaugeNode[])[a, b])
        {
            In(node, 0);
            In(node, 1);
            In(node, 2);
        }

        using var mistaken = b.Open();
        var row = mistaken.Gauges.Single(g => g.Id == 1);
        MoveUntold(a, 0);

        In(a, 0).ShouldBe("1,2,4");
        row.Group = 2;
        mistaken.SaveChanges();
        a.Log.Release();

        In(a, 0).ShouldBe("2,4");
        In(a, 1).ShouldBe("3");
        In(a, 2).ShouldBe("1");
    }

    [Fact]
    public void A_query_cant_ask_for_more_than_its_cache_promises()
        => Should.Throw<InvalidOperationException>(() => _nodes[0].Ask(c => c.Consistency = CacheConsistency.Strict)).Message.ShouldContain("NodeOptions.Consistency");

    // Turned red by asking the log in the place of the settings in QueryLookup.IsStrict: then it would come and go with Redis.
    [Fact]
    public void What_a_query_may_ask_for_doesnt_depend_on_what_the_log_has_become()
    {
        _nodes.Add(CacheConsistency.Strict);
        _nodes.Advance(25);
        _nodes[0].Cache.Node!.IsStrict.ShouldBeTrue();

        Should.Throw<InvalidOperationException>(() => _nodes[0].Ask(c => c.Consistency = CacheConsistency.Strict));
        _nodes[0].Fill();
    }

    [Fact]
    public void Without_other_nodes_all_of_it_is_granted()
    {
        using var cache = new ZooCache();
        var builder = GaugeContext.On(_nodes.Database);
        builder.UseZooCache(cache);
        using var db = new GaugeContext(builder.Options);
        for (var i = 0; i < 2; i++)
        {
            db.Gauges.Where(g => g.Group == 1).Select(g => g.Id)
                .Cacheable(c => { c.Consistency = CacheConsistency.Strict; c.AsOf(ConsistencyToken.Parse("s.1.1")); }).ToList().Count.ShouldBe(2);
        }

        db.Cache().LastQuery!.Source.ShouldBe(QueryResultSource.Hit);
        db.Cache().Token.ShouldBeNull();
    }

    /// <summary>Moves row 1, and keeps it from being told.</summary>
    private static void MoveUntold(GaugeNode node, int group)
    {
        node.Log.HoldsAppends = true;
        using var db = node.Open();
        db.Gauges.Single(g => g.Id == 1).Group = group;
        db.SaveChanges();
    }

    private static string In(GaugeNode node, int group, ConsistencyToken? token = null)
    {
        using var db = node.Open();
        return string.Join(',', db.Gauges.Where(g => g.Group == group).OrderBy(g => g.Id).Select(g => g.Id).Cacheable(c => c.AsOf(token)).ToList());
    }
}
