namespace ZooCache.Core.Tests;

/// <summary>What one node ends, ends on the others.</summary>
public sealed class CallsOnNodesTests : IDisposable
{
    private static readonly CacheEntryOptions Tagged = new() { Tags = ["user:42"] };

    private readonly ZooCache here;
    private readonly ZooCache there;

    public CallsOnNodesTests()
    {
        var log = new MemoryLog(TimeProvider.System, capacity: 1000, TimeSpan.FromMinutes(1));
        (here, there) = (Make(), Make());

        ZooCache Make()
        {
            var cache = new ZooCache(new ZooCacheOptions { Log = _ => log, Nodes = new NodeOptions { HeartbeatInterval = TimeSpan.FromMilliseconds(20) } });
            Until(() => cache.Node!.IsConfirmed);
            return cache;
        }
    }

    public void Dispose()
    {
        here.Dispose();
        there.Dispose();
    }

    [Theory]
    [InlineData("invalidate")]
    [InlineData("remove")]
    [InlineData("set")]
    [InlineData("clear")]
    public async Task What_one_node_ends_ends_on_the_others(string how)
    {
        there.GetOrCreate("key", _ => "old", Tagged);
        there.GetOrCreate("outer", _ => there.GetOrCreate("key", _ => "never", Tagged));
        there.GetOrCreate("other", _ => "stays");
        there.Get<string>("outer").Value.ShouldBe("old");

        await (how switch
        {
            "invalidate" => here.InvalidateAsync("user"),
            "remove" => here.RemoveAsync("key"),
            "set" => here.SetAsync("key", "new"),
            _ => Task.Run(here.Clear),
        });

        Until(() => !there.Get<string>("key").IsHit);
        there.Get<string>("outer").IsHit.ShouldBeFalse();
        there.Get<string>("other").IsHit.ShouldBe(how != "clear");
        here.Get<string>("key").IsHit.ShouldBe(how == "set");
        there.GetOrCreate("key", _ => "made").ShouldBe("made");
    }

    private static void Until(Func<bool> condition) => SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(20)).ShouldBeTrue();
}
