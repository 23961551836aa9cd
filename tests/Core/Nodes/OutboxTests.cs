using Xunit.Abstractions;
using ZooCache.Tests;
using static ZooCache.Core.Tests.Nodes.GivenNodes;

namespace ZooCache.Core.Tests.Nodes;

public sealed class OutboxTests(ITestOutputHelper output)
{
    [Fact]
    public void What_was_written_first_is_told_first()
    {
        var outbox = Outbox(100);
        var added = Enumerable.Range(0, 5).Select(i => outbox.Add(LogEntryKind.Change, 0, Message($"t:{i}"))).ToList();

        added.Select(p => p.Number).ShouldBe([1UL, 2, 3, 4, 5]);
        outbox.Count.ShouldBe(5);
        Drain(outbox).ShouldBe(added);
        outbox.IsEmpty.ShouldBeTrue();
        outbox.Send().ShouldBeNull();
    }

    [Fact]
    public void What_is_sent_keeps_its_position_and_its_body()
    {
        var outbox = Outbox(2);
        outbox.Add(LogEntryKind.Change, 0, Message("t:0"));
        var sent = outbox.Send().ShouldNotBeNull();
        var (before, body) = (sent.Sent, sent.Body);

        for (var i = 1; i < 20; i++)
        {
            outbox.Add(LogEntryKind.Change, 0, Message($"t:{i}"));
        }

        // Turned red by merging the first as well in Outbox.Collapse, or by leaving out the comparison with 0 in Outbox.Send.
        outbox.Send().ShouldBeSameAs(sent);
        sent.Sent.ShouldBe(before);
        before.ShouldBe((1UL, 1UL));
        sent.Body.ShouldBeSameAs(body);
        outbox.Remove(sent);
        outbox.Send()!.Sent.ShouldBe((2UL, 20UL));
    }

    [Fact]
    public void What_is_too_much_becomes_one_message()
    {
        var outbox = Outbox(3, new FeedDouble(4));
        var changes = Enumerable.Range(0, 5).Select(i => outbox.Add(
            LogEntryKind.Change, 0, new NodeMessage([TagPath.Of("t", $"{i}")], [(4, new[] { (byte)i })]))).ToList();

        var told = Drain(outbox);

        // Turned red by leaving out the call of Collapse in Outbox.Add, or the feed's Coarsen in NodeMessage.Merge.
        told.Count.ShouldBe(3);
        told[0].ShouldBeSameAs(changes[0]);
        told[1].Message.Tags.ShouldBe([TagPath.Of("t", "1"), TagPath.Of("t", "2"), TagPath.Of("t", "3")], ignoreOrder: true);
        told[1].Message.Parts.Select(p => (p.Feed, p.Bytes.ToArray()[0])).ShouldBe([(4, (byte)3)]);
        told[1].Number.ShouldBe(2UL);
        told[2].ShouldBeSameAs(changes[4]);
        changes.Select(c => c.Appended.Result).ShouldBe([true, false, false, false, true]);
    }

    [Fact]
    public void Parts_that_no_feed_can_coarsen_become_everything()
    {
        var outbox = Outbox(2);
        for (var i = 0; i < 4; i++)
        {
            outbox.Add(LogEntryKind.Change, 0, new NodeMessage([], [(4, new[] { (byte)i })]));
        }

        Drain(outbox)[1].Message.Tags.ShouldBe([TagPath.Root]);
    }

    [Fact]
    public void A_merged_message_has_a_bounded_number_of_tags_that_cover_all()
    {
        var outbox = Outbox(1000);
        var all = Enumerable.Range(0, 1001).Select(i => TagPath.Of($"t{i % 3}", $"{i}")).ToList();
        all.ForEach(tag => outbox.Add(LogEntryKind.Change, 0, new NodeMessage([tag], [])));

        var merged = Drain(outbox)[1].Message;

        // Turned red by a larger number, or none, in place of MostTags.
        merged.Tags.Count.ShouldBeLessThanOrEqualTo(256);
        all.Skip(1).ShouldAllBe(tag => merged.Tags.Any(t => t.IsPrefixOf(tag)));
    }

    [Fact]
    public void Marks_of_open_writes_and_ends_of_placed_marks_are_kept()
    {
        var outbox = Outbox(6);
        var placed = outbox.Add(LogEntryKind.Mark, 1, Message("placed"));
        outbox.Send();
        outbox.Remove(placed);
        outbox.Add(LogEntryKind.Change, 0, Message("first"));
        var open = outbox.Add(LogEntryKind.Mark, 2, Message("open"));
        var never = outbox.Add(LogEntryKind.Mark, 3, Message("never"));
        var end = outbox.Add(LogEntryKind.Done, 1, Message("end"));
        var neverEnd = outbox.Add(LogEntryKind.Done, 3, Message("never:end"));
        var fact = outbox.Add(LogEntryKind.Fact, 0, Message("fact"));
        outbox.Add(LogEntryKind.Change, 0, Message("last"));

        // Turned red by merging all marks, or all ends, in Outbox.Collapse.
        var told = Drain(outbox);
        told.Select(p => p.Kind).ShouldBe([LogEntryKind.Fact, LogEntryKind.Change, LogEntryKind.Mark, LogEntryKind.Done]);
        new[] { never, neverEnd }.ShouldAllBe(p => p.Appended.IsCompletedSuccessfully && !p.Appended.Result && p.Sent.Position == 0);
        told[1].Message.Tags.ShouldBe([TagPath.Of("first"), TagPath.Of("never", "end"), TagPath.Of("last")], ignoreOrder: true);
        told.ShouldBe([fact, told[1], open, end]);
    }

    // Turned red by leaving placedMarks, or the first, out of Outbox.Collapse.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_end_of_a_write_that_was_marked_again_is_told_if_a_mark_of_it_may_stand(bool isPlaced)
    {
        var outbox = Outbox(3);
        var mark = outbox.Add(LogEntryKind.Mark, 1, Message("a"));
        outbox.Send();
        if (isPlaced)
        {
            outbox.Remove(mark);
            outbox.Add(LogEntryKind.Change, 0, Message("first"));
        }

        outbox.Add(LogEntryKind.Mark, 1, Message("ab"));
        var end = outbox.Add(LogEntryKind.Done, 1, Message("end"));
        outbox.Add(LogEntryKind.Change, 0, Message("b"));
        outbox.Add(LogEntryKind.Change, 0, Message("c"));

        Drain(outbox).ShouldContain(end);
    }

    // Turned red by adding facts at the end, in Outbox.Add or in Outbox.Collapse, or by leaving out Outbox.Restart.
    [Fact]
    public void What_others_map_by_is_told_before_what_they_map()
    {
        var outbox = Outbox(3);
        outbox.Add(LogEntryKind.Change, 0, Message("a"));
        outbox.Send();
        outbox.Add(LogEntryKind.Change, 0, Message("b"));
        var fact = outbox.Add(LogEntryKind.Fact, 0, Message("fact"));
        outbox.Add(LogEntryKind.Change, 0, Message("c"));
        outbox.Restart();
        var another = outbox.Add(LogEntryKind.Fact, 0, Message("another"));

        var told = Drain(outbox);
        told[..2].ShouldBe([another, fact]);
        told[2..].ShouldAllBe(p => p.Kind == LogEntryKind.Change);
    }

    [Fact]
    public void Facts_are_no_writes()
    {
        var outbox = Outbox(10);
        outbox.HasWrites.ShouldBeFalse();
        outbox.Add(LogEntryKind.Fact, 0, Message("f"));

        // Turned red by IsEmpty in place of the look at the kinds in Outbox.HasWrites.
        outbox.HasWrites.ShouldBeFalse();
        foreach (var kind in new[] { LogEntryKind.Change, LogEntryKind.Mark, LogEntryKind.Done })
        {
            var write = outbox.Add(kind, 1, Message("w"));
            outbox.HasWrites.ShouldBeTrue();
            outbox.Remove(write);
            outbox.HasWrites.ShouldBeFalse();
        }
    }

    [Fact]
    public void What_is_abandoned_ends_with_false()
    {
        var outbox = Outbox(2);
        var added = Enumerable.Range(0, 6).Select(i => outbox.Add(LogEntryKind.Change, 0, Message($"t:{i}"))).ToList();
        outbox.Send();

        outbox.Abandon();

        // Turned red by leaving out the loop in Outbox.Abandon.
        added.ShouldAllBe(p => p.Appended.IsCompletedSuccessfully && !p.Appended.Result && p.Place == null);
        outbox.IsEmpty.ShouldBeTrue();
        outbox.HasWrites.ShouldBeFalse();
    }

    [Fact]
    public void Whatever_comes_each_write_is_told_once_and_never_said_to_be_told_before()
    {
        var random = new Random(StressSeed.Take(output));
        for (var round = 0; round < 200; round++)
        {
            var outbox = Outbox(random.Next(1, 9));
            var (all, toldTags) = (new List<Publication>(), new List<TagPath>());
            var open = new List<(ulong Write, Publication Mark)>();
            var position = 0UL;
            for (ulong step = 1; step <= 120 || !outbox.IsEmpty; step++)
            {
                var (kind, write) = (LogEntryKind.Change, 0UL);
                switch (step > 120 ? 9 : random.Next(10))
                {
                    case 0:
                        kind = LogEntryKind.Fact;
                        break;
                    case 1:
                        (kind, write) = (LogEntryKind.Mark, step);
                        break;
                    case 2 when open.Count > 0:
                        var i = random.Next(open.Count);
                        (kind, write) = (LogEntryKind.Done, open[i].Write);
                        open.RemoveAt(i);
                        break;
                    case > 6:
                        if (outbox.Send() is { } sent)
                        {
                            toldTags.AddRange(sent.Message.Tags);
                            sent.Sent.Position.ShouldBe(++position);

                            // Turned red by `numbers` alone in place of the least number behind in Outbox.Send.
                            all.Exists(p => p.Number <= sent.Sent.Told && !IsTold(p)).ShouldBeFalse();
                            outbox.Remove(sent);
                            sent.End(ConsistencyToken.At(1, new HlcStamp(position)));
                        }

                        continue;
                }

                all.Add(outbox.Add(kind, write, Message($"t:{random.Next(3)}:{step}")));
                if (kind == LogEntryKind.Mark)
                {
                    open.Add((write, all[^1]));
                }
            }

            all.TrueForAll(p => p.Appended.IsCompletedSuccessfully && p.Appended.Result == p.Place is not null && IsTold(p)).ShouldBeTrue();
            open.TrueForAll(o => o.Mark.Sent.Position > 0).ShouldBeTrue("the mark of a write that isn't over is told as what it is");
            all.TrueForAll(end => end.Kind != LogEntryKind.Done || end.Sent.Position > 0
                || all.Single(p => p.Kind == LogEntryKind.Mark && p.Write == end.Write).Sent.Position == 0).ShouldBeTrue("no mark that was placed stays");

            // A mark that was never told needs to be no more once what its write has done is told.
            bool IsTold(Publication p) => toldTags.Exists(t => t.IsPrefixOf(p.Message.Tags[0]))
                || (p.Kind == LogEntryKind.Mark && all.Exists(end => end.Kind == LogEntryKind.Done && end.Write == p.Write && IsTold(end)));
        }
    }

    [Fact]
    public void What_was_merged_is_no_longer_held()
    {
        var outbox = Outbox(4);
        var messages = Enumerable.Range(0, 1000).Select(i => Forget(outbox, i)).ToList();

        GC.Collect();

        messages.Count(m => m.IsAlive).ShouldBeLessThanOrEqualTo(4);
        GC.KeepAlive(outbox);
    }

    [Fact]
    public void However_often_something_was_merged_it_can_end()
    {
        var outbox = Outbox(2);
        var added = Enumerable.Range(0, 200_000).Select(_ => outbox.Add(LogEntryKind.Change, 0, Message("t"))).ToList();

        Drain(outbox);

        added.ShouldAllBe(p => p.Appended.IsCompleted);
    }

    private static Outbox Outbox(int limit, FeedDouble? feed = null) => new(limit, id => id == feed?.Id ? feed : null, TaskCreationOptions.None);

    private static WeakReference Forget(Outbox outbox, int i) => new(outbox.Add(LogEntryKind.Change, 0, Message($"t:{i}")).Message);

    private static List<Publication> Drain(Outbox outbox)
    {
        var told = new List<Publication>();
        while (outbox.Send() is { } next)
        {
            told.Add(next);
            outbox.Remove(next);
            next.End(null);
        }

        return told;
    }
}
