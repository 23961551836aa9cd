using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;

namespace ZooCache.Integration.Tests.Calls;

/// <summary>What a call promises, everything promises that it reads; and so does everything that is read in a session.</summary>
public sealed class CallsAsOfTests : IDisposable
{
    private readonly GaugeNodes _nodes = new(CacheConsistency.Eventual);

    public void Dispose() => _nodes.Dispose();

    [Theory]
    [InlineData("call")]
    [InlineData("call in a call")]
    [InlineData("session")]
    [InlineData("session around a call")]
    [InlineData("session of another cache within")]
    public void WhatIsReadInIt_ShowsTheWrite(string kind)
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        b.Fill();
        b.Log.IsDeaf = true;
        var token = a.Write(7).ShouldNotBeNull();
        b.Cache.GetOrCreate("other", _ => b.Ask().Answer).ShouldBe("0,0", "nobody has asked for more");

        var asked = new CacheEntryOptions { AsOf = token };
        switch (kind)
        {
            case "call":
                b.Cache.GetOrCreate("key", _ => b.Ask().Answer, asked).ShouldBe("7,0");
                break;
            case "call in a call":
                b.Cache.GetOrCreate("key", _ => b.Cache.GetOrCreate("inner", _ => b.Ask().Answer), asked).ShouldBe("7,0");
                break;
            case "session":
                using (b.Cache.BeginSession($"{token}"))
                {
                    b.Ask().Answer.ShouldBe("7,0");
                }

                break;
            case "session around a call":
                using (b.Cache.BeginSession($"{token}"))
                {
                    b.Cache.GetOrCreate("other", _ => b.Ask().Answer).ShouldBe("7,0");
                }

                break;
            default:
                using (b.Cache.BeginSession($"{token}"))
                using (a.Cache.BeginSession())
                {
                    b.Ask().Answer.ShouldBe("7,0");
                }

                break;
        }
    }

    [Fact]
    public void WhenTheSessionIsOver_NothingIsAskedAnyMore()
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        b.Fill();
        b.Log.IsDeaf = true;
        var token = a.Write(7).ShouldNotBeNull();

        using (b.Cache.BeginSession("s.1.1"))
        using (b.Cache.BeginSession($"{token}"))
        {
        }

        b.Cache.GetOrCreate("key", _ => "", new CacheEntryOptions { AsOf = ConsistencyToken.Parse("s.1.1") });
        b.Ask().ShouldBe(("0,0", new QueryOutcome(QueryResultSource.Hit, "hit")));
    }

    [Fact]
    public void WhenACallIsStrict_WhatAsksForLessInItIsStrictToo()
    {
        using var nodes = new GaugeNodes(CacheConsistency.Strict);
        var (a, b) = (nodes[0], nodes[1]);
        b.Fill();
        b.Log.IsDeaf = true;
        a.Write(7);
        static void Less(CacheableOptions c) => c.Consistency = CacheConsistency.Eventual;
        b.Ask(Less).Answer.ShouldBe("0,0");

        b.Cache.GetOrCreate("less", _ => b.Ask(Less).Answer, new CacheEntryOptions { Consistency = CacheConsistency.Eventual }).ShouldBe("0,0");
        b.Cache.GetOrCreate("key", _ => b.Ask(Less).Answer).ShouldBe("7,0");
    }

    [Fact]
    public async Task WhenTheWriteCantBeHeardOf_ItIsWaitedForOnce()
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        b.Fill();
        b.Cache.GetOrCreate("inner", _ => b.Ask().Answer);
        a.Log.HoldsAppends = true;
        var token = a.Write(7).ShouldNotBeNull();

        async Task<string> Read()
        {
            await using var db = b.Open();
            var first = await db.Gauges.Where(g => g.Group == 1).OrderBy(g => g.Id).Select(g => g.Value).Cacheable().ToListAsync();
            return $"{string.Join(',', first)} {await b.Cache.GetOrCreateAsync("inner", (_, _) => ValueTask.FromResult(b.Ask().Answer))}";
        }

        var asked = b.Cache.GetOrCreateAsync("key", (_, _) => new ValueTask<string>(Read()), new CacheEntryOptions { AsOf = token }).AsTask();
        asked.IsCompleted.ShouldBeFalse();
        _nodes.Advance(0.3);
        asked.IsCompleted.ShouldBeTrue();
        (await asked).ShouldBe("7,0 7,0");
    }

    [Fact]
    public async Task WhenTheOneWhoMakesItFails_WhoNamesAWriteMakesItForHimself()
    {
        var b = _nodes[1];
        var gate = new TaskCompletionSource();
        var token = _nodes[0].Write(7).ShouldNotBeNull();
        var leader = b.Cache.GetOrCreateAsync<string>(
            "key",
            async (_, _) =>
            {
                await gate.Task;
                throw new InvalidOperationException("before that write");
            }).AsTask();
        var follower = b.Cache.GetOrCreateAsync("key", (_, _) => ValueTask.FromResult("made"), new CacheEntryOptions { AsOf = token }).AsTask();
        var other = b.Cache.GetOrCreateAsync("key", (_, _) => ValueTask.FromResult("never")).AsTask();

        gate.SetResult();
        (await follower).ShouldBe("made");
        await Should.ThrowAsync<InvalidOperationException>(leader);
        await Should.ThrowAsync<InvalidOperationException>(other);
    }

    [Fact]
    public async Task WhatIsWrittenInASession_ItsTextNames()
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        string text;
        using (var session = a.Cache.BeginSession("anything; else"))
        {
            session.ToString().ShouldBe("");
            session.HasWritten.ShouldBeFalse();
            await Task.Run(() => a.Write(7));
            session.HasWritten.ShouldBeTrue();
            text = session.ToString();
        }

        a.Write(8);
        ConsistencyToken.TryParse(text, out var first).ShouldBeTrue();
        string both;
        using (var session = b.Cache.BeginSession(text))
        {
            session.ToString().ShouldBe(text);
            session.HasWritten.ShouldBeFalse();
            b.Cache.Invalidate("tag");
            both = session.ToString();
        }

        ConsistencyToken.TryParse(both, out var second).ShouldBeTrue("what comes later in the log has the earlier in it");
        second!.Stamp.ShouldBeGreaterThan(first!.Stamp);
    }

    [Fact]
    public void WhenTheLogIsOutOfReach_TheTextNamesTheWritesOfEachNode()
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        a.Log.HoldsAppends = b.Log.HoldsAppends = true;
        var (text, value) = ("", 0);
        foreach (var node in new[] { a, a, b, a, b })
        {
            using var session = node.Cache.BeginSession(text);
            node.Write(++value);
            text = session.ToString();
        }

        var tokens = text.Split('~').Select(t => ConsistencyToken.Parse(t.Split('-')[0])).ToList();
        tokens.Count.ShouldBe(2);
        tokens.Select(t => t.Node).ShouldBeUnique();
    }

    // By then all that the node had is dropped everywhere.
    [Fact]
    public void WhenANodeHasDiedWithAWrite_TheTextForgetsIt()
    {
        var text = "n.dead.5";
        for (var i = 1; i < 10; i++)
        {
            using var session = _nodes[0].Cache.BeginSession(text);
            _nodes[0].Write(i);
            text = session.ToString();
            text.Contains("dead", StringComparison.Ordinal).ShouldBe(i <= 8, $"after {i * 10} seconds");
            _nodes.Advance(10);
        }
    }

    [Theory]
    [InlineData("session")]
    [InlineData("strict call")]
    public async Task WhatWasStartedInIt_IsAskedNothingAfterItsEnd(string kind)
    {
        using var nodes = new GaugeNodes(kind == "session" ? CacheConsistency.Eventual : CacheConsistency.Strict);
        var (a, b) = (nodes[0], nodes[1]);
        b.Fill();
        b.Log.IsDeaf = true;
        var token = a.Write(7);
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<(string Answer, QueryOutcome Outcome)> Start() => Task.Run(async () =>
        {
            await over.Task;
            return b.Ask(c => c.Consistency = CacheConsistency.Eventual);
        });
        Task<(string Answer, QueryOutcome Outcome)>? later = null;
        if (kind == "session")
        {
            using (b.Cache.BeginSession($"{token}"))
            {
                later = Start();
            }
        }
        else
        {
            b.Cache.GetOrCreate("key", _ => (later = Start()).Id);
        }

        over.SetResult();
        (await later!).Outcome.Reason.ShouldBe("hit");
        (await later).Answer.ShouldBe("0,0");
    }

    [Fact]
    public void WhenSessionsEndInTheOrderOfTheirBeginnings_NoneIsOpen()
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        b.Fill();
        b.Log.IsDeaf = true;
        var token = a.Write(7).ShouldNotBeNull();
        var first = b.Cache.BeginSession($"{token}");
        var second = b.Cache.BeginSession();
        first.Dispose();
        second.Dispose();
        b.Ask().Answer.ShouldBe("0,0");
    }

    [Fact]
    public void WithoutOtherNodes_ThereIsNothingToName()
    {
        using var cache = new ZooCache();
        using var session = cache.BeginSession("s.1.1");

        cache.Invalidate("tag");

        session.HasWritten.ShouldBeFalse();
        session.ToString().ShouldBe("s.1.1");
        cache.GetOrCreate("key", _ => "a");
        cache.Get<string>("key").IsHit.ShouldBeTrue();
    }
}
