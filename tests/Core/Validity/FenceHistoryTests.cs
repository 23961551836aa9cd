using Xunit.Abstractions;
using ZooCache.Tests;
using static ZooCache.Core.Tests.Given;

namespace ZooCache.Core.Tests;

public sealed class FenceHistoryTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Lag = TimeSpan.FromSeconds(10);

    private readonly ManualTimeProvider time = new();

    [Fact]
    public void An_answer_that_may_be_behind_is_kept_only_if_nothing_was_bumped_for_that_long()
    {
        using var cache = Cache(time);
        Load(cache, "t").ShouldBe(StoreOutcome.Stored);
        time.Advance(Lag);
        cache.Invalidate("t:1");

        // Turned red by `Trie.Sequence` instead of the history's fence in ZooCache.BeginFill.
        Load(cache, "t").ShouldBe(StoreOutcome.Invalidated);
        Load(cache, "u").ShouldBe(StoreOutcome.Stored);
        time.Advance(Lag - TimeSpan.FromTicks(1));
        Load(cache, "t").ShouldBe(StoreOutcome.Invalidated);

        time.Advance(TimeSpan.FromTicks(1) + Lag);
        Load(cache, "t").ShouldBe(StoreOutcome.Stored);
        cache.Invalidate("t:1");
        cache.Get("t").ShouldBe(LookupStatus.Invalidated);
    }

    [Fact]
    public void A_load_without_lag_takes_the_present_fence()
    {
        using var cache = Cache(time);
        cache.Invalidate("t:1");
        Load(cache, "t").ShouldBe(StoreOutcome.Invalidated);
        cache.Load("t", "value", Whole("t")).ShouldBe(StoreOutcome.Stored);
    }

    // Against a record of every bump: the fence never passes one that is younger than the lag, and, as long as loads come
    // often, is never older than an eighth more than it need be.
    [Fact]
    public void The_fence_is_never_younger_than_the_lag_and_hardly_older()
    {
        var random = new Random(StressSeed.Take(output));
        var trie = new TagTrie();
        var clock = new EntryClock(time);
        var history = new FenceHistory(trie, clock);
        var published = new List<(long Time, long Sequence)> { (long.MinValue, 0) };
        long[] lags = [clock.Units(Lag), clock.Units(Lag / 3)];
        var longest = lags.Max();
        var started = clock.Now;
        for (var i = 0; i < 20_000; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(random.Next(100)));
            if (random.Next(3) == 0)
            {
                published.Add((clock.Now, trie.Bump("t")));
            }

            var lag = lags[random.Next(2)];
            var fence = history.FenceBefore(lag);
            fence.ShouldBeLessThanOrEqualTo(At(clock.Now - lag), $"step {i}");
            if (clock.Now - started > 3 * longest)
            {
                fence.ShouldBeGreaterThanOrEqualTo(At(clock.Now - lag - (longest / 8) - clock.Units(TimeSpan.FromSeconds(1))), $"step {i}");
            }

            history.Count.ShouldBeLessThanOrEqualTo(12);
        }

        long At(long moment) => published[published.FindLastIndex(p => p.Time <= moment)].Sequence;
    }

    private static StoreOutcome Load(ZooCache cache, string table)
        => cache.Store(cache.BeginFill(Key(table), [Whole(table)], Lag), "value");
}
