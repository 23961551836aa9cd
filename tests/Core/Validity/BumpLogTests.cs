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

        var last = log.Last(3 * BumpLog.Capacity, 3 * BumpLog.Capacity - 10, atMost: 7);
        last.Select(b => b.Sequence).ShouldBe(Enumerable.Range(0, 7).Select(i => (3L * BumpLog.Capacity) - i));
        last.ShouldAllBe(b => b.Count == b.Sequence % 7);
        log.Last(3 * BumpLog.Capacity, 0, int.MaxValue).Count.ShouldBe(BumpLog.Capacity);
        log.Find(0).ShouldBeNull();
    }
}
