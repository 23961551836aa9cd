using Xunit.Abstractions;
using ZooCache.Tests;

namespace ZooCache.Core.Tests.Nodes;

public sealed class LogTouchesTests(ITestOutputHelper output)
{
    [Fact]
    public void It_says_what_a_list_of_all_would_or_that_more_was_touched()
    {
        var random = new Random(StressSeed.Take(output));
        var (untouched, forgotten) = (0, 0);
        for (var round = 0; round < 40; round++)
        {
            var capacity = round % 2 == 0 ? random.Next(1, 30) : 10_000;
            var touches = new LogTouches(capacity);
            var all = new List<(TagPath Path, HlcStamp Stamp)>();
            var stamp = new HlcStamp(100);
            touches.Reset(stamp);
            for (var step = 0; step < 300; step++)
            {
                stamp = new HlcStamp(stamp.Value + (ulong)random.Next(3));
                var (path, since) = (Path(random), new HlcStamp(stamp.Value - (ulong)random.Next(60)));
                if (random.Next(3) == 0)
                {
                    all.Add((path, stamp));
                    touches.Touch(path, stamp);
                    continue;
                }

                var truly = since.Value >= 100 && !all.Exists(t => t.Stamp > since && t.Path.IsPrefixOf(path));

                // Turned red by leaving the prefixes out of LogTouches.IsUntouchedSince, or the horizon out of Reset.
                (truly || !touches.IsUntouchedSince(path, since)).ShouldBeTrue($"{path} since {since}, round {round}");
                (truly && !touches.IsUntouchedSince(path, since) && capacity == 10_000).ShouldBeFalse("there was room for all");
                untouched += truly ? 1 : 0;
                forgotten += truly && !touches.IsUntouchedSince(path, since) ? 1 : 0;
            }
        }

        untouched.ShouldBeGreaterThan(100);
        forgotten.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void What_touches_a_path_touches_what_is_below_it_only()
    {
        var touches = new LogTouches(100);
        touches.Reset(new HlcStamp(5));
        touches.Touch(TagPath.Parse("t:1"), new HlcStamp(6));

        touches.IsUntouchedSince(TagPath.Parse("t:1"), new HlcStamp(5)).ShouldBeFalse();
        touches.IsUntouchedSince(TagPath.Parse("t:1"), new HlcStamp(6)).ShouldBeTrue("it is that very entry");
        touches.IsUntouchedSince(TagPath.Parse("t:1:x"), new HlcStamp(5)).ShouldBeFalse();
        touches.IsUntouchedSince(TagPath.Parse("t:2"), new HlcStamp(5)).ShouldBeTrue();
        touches.IsUntouchedSince(TagPath.Parse("t"), new HlcStamp(5)).ShouldBeTrue();
        touches.IsUntouchedSince(TagPath.Parse("t:2"), new HlcStamp(4)).ShouldBeFalse("nothing is known of then");
        touches.Touch(TagPath.Root, new HlcStamp(7));
        touches.IsUntouchedSince(TagPath.Parse("t:2"), new HlcStamp(6)).ShouldBeFalse();
    }

    [Fact]
    public void A_stamp_in_the_upper_half_is_later_than_one_in_the_lower()
    {
        var touches = new LogTouches(100);
        touches.Reset(new HlcStamp(5));

        touches.Touch(TagPath.Parse("t"), HlcStamp.Maximum);

        touches.IsUntouchedSince(TagPath.Parse("t"), new HlcStamp(5)).ShouldBeFalse();
    }

    private static TagPath Path(Random random)
    {
        var path = TagPath.Root;
        for (var left = random.Next(random.Next(8) == 0 ? 1 : 2, 4); left > 0; left--)
        {
            path = path.Append($"{(char)random.Next('a', 'f')}");
        }

        return path;
    }
}
