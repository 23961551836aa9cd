namespace ZooCache.Core.Tests;

public sealed class BumpLogTests
{
    [Fact]
    public void The_last_bumps_are_remembered_however_many_there_were()
    {
        var log = new BumpLog();
        var paths = Enumerable.Range(0, 6).Select(i => TagPath.Of($"{i}")).ToArray();
        for (var sequence = 1L; sequence <= 3 * BumpLog.Capacity; sequence++)
        {
            log.Add(sequence, $"cause {sequence}", default, paths.AsSpan(0, (int)(sequence % 7)));
            log.Find(sequence)!.Value.Cause.ShouldBe($"cause {sequence}");
            var oldest = Math.Max(1, sequence - BumpLog.Capacity + 1);
            log.Find(oldest)!.Value.Cause.ShouldBe($"cause {oldest}");
            if (oldest > 1)
            {
                log.Find(oldest - 1).ShouldBeNull();
            }
        }

        // Those that have bumped nothing aren't told.
        var newest = 3L * BumpLog.Capacity;
        var last = log.Last(newest, newest - 10, atMost: 7);
        last.Select(b => b.Sequence).ShouldBe(Enumerable.Range(0, 10).Select(i => newest - i).Where(s => s % 7 != 0).Take(7));
        last.ShouldAllBe(b => b.Count == b.Sequence % 7);
        log.Last(newest, 0, int.MaxValue).Count.ShouldBe(Enumerable.Range(0, BumpLog.Capacity).Count(i => (newest - i) % 7 != 0));
        log.Find(0).ShouldBeNull();
    }
}
