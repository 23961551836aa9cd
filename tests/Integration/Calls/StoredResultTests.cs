using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.EFCore;

namespace ZooCache.Integration.Tests.Calls;

/// <summary>The result of a call that one node has made, and whether another one is given it.</summary>
public sealed class StoredResultTests : IDisposable
{
    private static readonly CacheEntryOptions Stored = new() { StoresResult = true, Tags = ["user:42"] };

    private readonly HinderedStore _store = new();
    private readonly List<GaugeNodes> _all = [];
    private int _runs;

    public void Dispose() => _all.ForEach(n => n.Dispose());

    [Fact]
    public void WhatOneNodeHasMade_TheOtherDoesntMake()
    {
        var nodes = Nodes();
        var first = Keep(nodes, "total");
        var before = nodes[1].Cache.GetStatistics().StoreHits;

        Total(nodes[1], "total").ShouldBe(first);
        Total(nodes[1], "total").ShouldBe(first);
        _runs.ShouldBe(1);
        Total(nodes[1], "other").Runs.ShouldBe(2);
        nodes[1].Cache.GetStatistics().StoreHits.ShouldBe(before + 1);
        nodes[1].Cache.GetOrCreate("total", _ => "of another type", Stored).ShouldBe("of another type");
    }

    [Fact]
    public void WhatIsGotFromTheStore_IsEachCallersOwn()
    {
        var nodes = Nodes();
        var made = nodes[0].Cache.GetOrCreate("list", _ => new List<int> { 1 }, Stored);
        Kept(nodes, 1);

        var got = nodes[1].Cache.GetOrCreate("list", _ => new List<int>(), Stored);
        got.Add(2);

        nodes[1].Cache.GetOrCreate("list", _ => new List<int>(), Stored).ShouldBe(made);
    }

    [Theory]
    [InlineData("row here")]
    [InlineData("row there")]
    [InlineData("row elsewhere")]
    [InlineData("tag")]
    [InlineData("inner tag")]
    [InlineData("remove")]
    [InlineData("clear")]
    public void WhatHasChangedSince_IsMadeAnew(string what)
    {
        var nodes = Nodes();
        var first = Keep(nodes, "total");
        var old = _store.Entries.ToArray();
        switch (what)
        {
            case "row here":
                nodes[1].Write(7);
                break;
            case "row there":
                nodes[0].Write(7);
                break;
            case "row elsewhere":
                nodes[2].Write(7);
                break;
            case "tag":
                nodes[0].Cache.Invalidate("user");
                break;
            case "inner tag":
                nodes[0].Cache.Invalidate("inner");
                break;
            case "remove":
                nodes[0].Cache.Remove("total");
                break;
            default:
                nodes[2].Cache.Clear();
                break;
        }

        var again = Total(nodes[1], "total");
        again.Runs.ShouldBe(first.Runs + 1);
        again.Total.ShouldBe(what.StartsWith("row", StringComparison.Ordinal) ? 7 : 0);

        // Whoever was slow puts the old one back.
        _store.Put(old);
        Total(nodes[2], "total").Runs.ShouldBeGreaterThan(first.Runs);
    }

    // Turned red by leaving HearsOf out of SharedAnswers.MayUse.
    [Fact]
    public void WhoHasNoDatabaseYet_DoesntHearWhatItsResultsDependOn()
    {
        var nodes = Nodes();
        Keep(nodes, "total");
        var late = nodes.Add();
        nodes.Advance(2);
        nodes[0].Write(7);

        Total(late, "total").Total.ShouldBe(7);
        late.Cache.GetStatistics().StoreHits.ShouldBe(0);
    }

    [Fact]
    public void WhoHasAskedOtherwiseOfTheTable_HearsOfItsRows()
    {
        var nodes = Nodes();
        using (var db = nodes[2].Open())
        {
            db.Gauges.Where(g => g.Id == 1).Cacheable().ToList();
        }

        for (var i = 0; i < 2; i++)
        {
            nodes[i].Ask();
        }

        Total(nodes[0], "total").Total.ShouldBe(0);
        Kept(nodes, 2);
        Total(nodes[2], "total").Runs.ShouldBe(1, "it is got from the store");
        nodes[1].Write(7);

        Total(nodes[2], "total").Total.ShouldBe(7);
    }

    [Fact]
    public void WhereNoEntitiesAreRead_WhoHasJustBegunUsesIt()
    {
        var nodes = Nodes();
        nodes[0].Cache.GetOrCreate("plain", _ => ++_runs, Stored);
        Kept(nodes, 1);
        nodes[0].Cache.Invalidate("user:43");

        var late = nodes.Add();
        nodes.Advance(2);
        late.Cache.GetOrCreate("plain", _ => ++_runs, Stored).ShouldBe(1);
        nodes[0].Cache.Invalidate("user:42");
        late.Cache.GetOrCreate("plain", _ => ++_runs, Stored).ShouldBe(2);
    }

    [Theory]
    [InlineData("not asked")]
    [InlineData("read with a token")]
    [InlineData("refresh")]
    [InlineData("no form")]
    [InlineData("varies")]
    public void WhatIsntForOthers_IsntGivenToThem(string what)
    {
        var nodes = Nodes();
        var token = nodes[0].Write(1).ShouldNotBeNull();
        var options = what == "not asked" ? CacheEntryOptions.Default : Stored;
        object Make(CacheScope scope)
        {
            if (what == "varies")
            {
                scope.DontCache();
            }

            return ++_runs;
        }

        if (what == "no form")
        {
            nodes[0].Cache.GetOrCreate("key", Make, options);
            nodes.Advance(3);
            nodes[1].Cache.GetOrCreate("key", Make, options).ShouldBe(2);
            return;
        }

        nodes[0].Cache.GetOrCreate("key", s => (int)Make(s), options);
        if (what is "read with a token" or "refresh")
        {
            Kept(nodes, 1);
        }

        var asked = what switch { "read with a token" => new CacheEntryOptions { StoresResult = true, AsOf = token }, "refresh" => new CacheEntryOptions { StoresResult = true, Refresh = true }, _ => options };
        nodes[1].Cache.GetOrCreate("key", s => (int)Make(s), asked).ShouldBe(2);
    }

    [Fact]
    public void WhatIsStored_LivesNoLongerThanItWasToLive()
    {
        var nodes = Nodes();
        var options = new CacheEntryOptions { StoresResult = true, AbsoluteExpiration = TimeSpan.FromSeconds(60) };
        nodes[0].Cache.GetOrCreate("key", _ => ++_runs, options);
        Kept(nodes, 1);
        nodes.Advance(40);
        nodes[1].Cache.GetOrCreate("key", _ => ++_runs, options).ShouldBe(1);
        nodes.Advance(15);
        nodes[1].Cache.GetOrCreate("key", _ => ++_runs, options).ShouldBe(1);
        nodes.Advance(10);
        nodes[1].Cache.GetOrCreate("key", _ => ++_runs, options).ShouldBe(2);
    }

    [Fact]
    public async Task WhatHybridCacheHasMadeOnOneNode_TheOtherUses()
    {
        var nodes = Nodes();
        HybridCache On(int node) => new ServiceCollection().AddSingleton(nodes[node].Cache).AddZooHybridCache().AddSingleton<IHybridCacheSerializer<Uri>, UriSerializer>().BuildServiceProvider().GetRequiredService<HybridCache>();
        var (a, b) = (On(0), On(1));
        GaugeNodes.OnThisThread();
        var list = await a.GetOrCreateAsync("list", _ => ValueTask.FromResult(new List<int> { ++_runs }), tags: ["t"]);
        Kept(nodes, 1);
        var uri = await a.GetOrCreateAsync("uri", _ => ValueTask.FromResult(new Uri($"http://host/{++_runs}")), tags: ["t"]);
        Kept(nodes, 2);

        (await b.GetOrCreateAsync("list", _ => ValueTask.FromResult(new List<int> { ++_runs }), tags: ["t"])).ShouldBe(list);
        (await b.GetOrCreateAsync("uri", _ => ValueTask.FromResult(new Uri($"http://host/{++_runs}")), tags: ["t"])).ShouldBe(uri);
        (await b.GetOrCreateAsync("uri", _ => ValueTask.FromResult(new Uri($"http://host/{++_runs}")), tags: ["t"])).ShouldBe(uri);
        await a.RemoveByTagAsync("t");
        (await b.GetOrCreateAsync("list", _ => ValueTask.FromResult(new List<int> { ++_runs }), tags: ["t"])).ShouldBe([3]);
        var own = new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableDistributedCache };
        await a.GetOrCreateAsync("own", _ => ValueTask.FromResult(++_runs), own);
        nodes.Advance(3);
        (await b.GetOrCreateAsync("own", _ => ValueTask.FromResult(++_runs), own)).ShouldBe(5);
    }

    /// <summary>A total, and how many were made by then.</summary>
    private (int Total, int Runs) Total(GaugeNode node, string key) => node.Cache.GetOrCreate(
        key,
        scope =>
        {
            using var db = node.Open();
            var sum = db.Gauges.Where(g => g.Group == 1).Sum(g => g.Value);
            return node.Cache.GetOrCreate($"{key} inner", inner =>
            {
                inner.DependsOn("inner");
                return (sum, ++_runs);
            });
        },
        Stored);

    private (int Total, int Runs) Keep(GaugeNodes nodes, string key)
    {
        // Each has asked the database already, by a query of its own.
        for (var i = 0; i < 3; i++)
        {
            nodes[i].Ask();
            using var db = nodes[i].Open();
            db.Gauges.Where(g => g.Group == 1).Sum(g => g.Value);
        }

        Kept(nodes, 1);
        var made = Total(nodes[0], key);
        Kept(nodes, 2);
        return made;
    }

    private static void Kept(GaugeNodes nodes, int count)
    {
        nodes.Advance(2);
        SpinWait.SpinUntil(() => nodes[0].Cache.GetStatistics().StoreWrites >= count, TimeSpan.FromSeconds(20)).ShouldBeTrue();
    }

    private GaugeNodes Nodes()
    {
        _all.Add(new GaugeNodes(CacheConsistency.Eventual, nodes: 3, store: _store));
        return _all[^1];
    }

    private sealed class UriSerializer : IHybridCacheSerializer<Uri>
    {
        public Uri Deserialize(System.Buffers.ReadOnlySequence<byte> source) => new(System.Text.Encoding.UTF8.GetString(System.Buffers.BuffersExtensions.ToArray(source)));

        public void Serialize(Uri value, System.Buffers.IBufferWriter<byte> target) => System.Buffers.BuffersExtensions.Write(target, System.Text.Encoding.UTF8.GetBytes(value.ToString()));
    }
}
