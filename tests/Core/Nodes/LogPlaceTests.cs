using Xunit.Abstractions;
using ZooCache.Tests;

namespace ZooCache.Core.Tests.Nodes;

/// <summary>The order of the log, what is appended to it, its marks and facts. Of leases and epochs: <see cref="LogPlaceLeaseTests"/>.</summary>
public sealed class LogPlaceTests(ITestOutputHelper output)
{
    private readonly PlaceUnderTest place = new();

    [Fact]
    public void Stamps_grow_and_name_their_predecessor_whatever_is_proposed()
    {
        var random = new Random(StressSeed.Take(output));
        place.Join(1);
        var head = place.Log.Head;
        for (ulong position = 1; position <= 2000; position++)
        {
            place.Now += random.Next(3);
            var proposed = random.Next(6) switch
            {
                0 => HlcStamp.Maximum,
                1 => HlcStamp.None,
                2 => new HlcStamp(1),
                3 => HlcStamp.At(place.Now + random.Next(200_000)),
                4 => HlcStamp.At(place.Now - random.Next(200_000)),
                _ => head,
            };

            var entry = place.Append(1, position, proposed: proposed).Entry.ShouldNotBeNull();

            // Turned red by `wanted` in place of `stamp` in LogPlace.Add, or by leaving out its comparison with the head.
            entry.Previous.ShouldBe(head);
            entry.Stamp.ShouldBeGreaterThan(head);
            entry.Stamp.ShouldBeLessThanOrEqualTo(new HlcStamp(HlcStamp.At(place.Now + PlaceUnderTest.Drift).Value + position));
            head = entry.Stamp;
        }

        place.Read().ShouldBe(place.Entries);
    }

    [Fact]
    public void A_stamp_within_the_limit_is_the_one_that_was_proposed()
    {
        place.Join(1);
        var proposed = new HlcStamp(HlcStamp.At(place.Now + 5).Value + 3);

        place.Append(1, 1, proposed: proposed).Entry!.Stamp.ShouldBe(proposed);
        place.Append(1, 2, proposed: HlcStamp.Maximum).Entry!.Stamp.ShouldBe(HlcStamp.At(place.Now + PlaceUnderTest.Drift));
    }

    [Fact]
    public void A_message_that_is_sent_again_isnt_appended_again()
    {
        place.Join(1);
        place.Append(1, 3).Entry.ShouldNotBeNull();
        var head = place.Log.Head;

        // Turned red by `<` in the comparison of positions in LogPlace.Append.
        place.Append(1, 3).Entry.ShouldBeNull();
        place.Append(1, 2).Entry.ShouldBeNull();
        place.Log.Head.ShouldBe(head);
        place.Append(1, 4).Entry.ShouldNotBeNull();
        place.Join(2);
        place.Append(2, 3).Entry.ShouldNotBeNull("positions are each node's own");
    }

    [Fact]
    public void Who_is_no_member_or_in_another_epoch_appends_nothing()
    {
        place.Join(1);

        place.Append(2, 1).Entry.ShouldBeNull();
        place.Append(2, 1).State.IsMember.ShouldBeFalse();
        place.Append(1, 1, epoch: 99).Entry.ShouldBeNull();
        place.Append(1, 1, epoch: 99).State.Epoch.ShouldBe(PlaceUnderTest.FirstEpoch);
        place.Append(1, 1).Entry.ShouldNotBeNull("what was refused has used up no position");
    }

    [Fact]
    public void A_fact_is_taken_in_once_whoever_tells_it()
    {
        place.Join(1);
        place.Join(2);

        place.Append(1, 1, LogEntryKind.Fact, body: [7]).Entry.ShouldNotBeNull();

        // Turned red by leaving out knownFacts in LogPlace.Append.
        place.Append(2, 1, LogEntryKind.Fact, body: [7]).Entry.ShouldBeNull();
        place.Append(2, 2, LogEntryKind.Fact, body: [8]).Entry.ShouldNotBeNull();
        place.Append(2, 3, LogEntryKind.Change, body: [7]).Entry.ShouldNotBeNull();
        place.Join(3).Facts.Select(f => f.ToArray()).ShouldBe([[7], [8]]);
    }

    [Fact]
    public void A_mark_stands_until_its_write_is_over()
    {
        place.Join(1);
        place.Join(2);
        place.Append(1, 1, LogEntryKind.Mark, write: 5);
        place.Append(2, 1, LogEntryKind.Mark, write: 5);
        place.Append(1, 2, LogEntryKind.Mark, write: 6);
        place.Append(1, 3, LogEntryKind.Change);
        place.Marks().ShouldBe([(1, 5), (2, 5), (1, 6)]);

        // Turned red by naming marks by their write alone in LogPlace.
        place.Append(1, 4, LogEntryKind.Done, write: 5);

        place.Marks().ShouldBe([(2, 5), (1, 6)]);
    }

    [Fact]
    public void The_marks_of_who_leaves_are_void()
    {
        place.Join(1);
        place.Join(2);
        place.Append(1, 1, LogEntryKind.Mark, write: 5);
        place.Append(2, 1, LogEntryKind.Mark, write: 5);

        place.Leave(1);

        place.Marks().ShouldBe([(2, 5)]);
        (place.Entries[^1].Kind, place.Entries[^1].Node).ShouldBe((LogEntryKind.Left, 1UL));
        place.Tick(1).IsMember.ShouldBeFalse();
        place.Append(1, 2).Entry.ShouldBeNull();
    }

    [Fact]
    public void Who_is_no_member_cant_leave()
    {
        place.Join(1);
        var head = place.Log.Head;

        place.Leave(2);
        place.Log.Head.ShouldBe(head);
        place.Leave(1);
        place.Log.Head.ShouldBeGreaterThan(head);
        head = place.Log.Head;
        place.Leave(1);
        place.Log.Head.ShouldBe(head);
    }

    [Fact]
    public void Who_has_left_isnt_suspected()
    {
        place.Join(1);
        place.Join(2);
        place.Tick(2);
        place.Leave(1);

        place.Tick(2).IsSuspect.ShouldBeFalse();
        place.Now += PlaceUnderTest.Lease - 1;
        place.Tick(2);
        place.Kinds().ShouldNotContain(LogEntryKind.Suspect);
    }

    [Fact]
    public void Joining_twice_is_joining_once()
    {
        place.Join(1);
        var joined = place.Join(2);
        var head = place.Log.Head;

        joined.State.Epoch.ShouldBe(PlaceUnderTest.FirstEpoch);
        joined.State.IsMember.ShouldBeTrue();
        joined.Members.ShouldBe([1UL]);
        place.Join(2).State.Head.ShouldBe(head);
        place.Kinds().ShouldBe([LogEntryKind.Joined, LogEntryKind.Joined]);
    }

    [Fact]
    public void What_is_too_much_is_trimmed_from_the_beginning()
    {
        place.Join(1);
        for (ulong position = 1; position <= PlaceUnderTest.Capacity + 10; position++)
        {
            place.Append(1, position);
        }

        // Turned red by RemoveLast in LogPlace.Add.
        var kept = place.Read();
        kept.Count.ShouldBe(PlaceUnderTest.Capacity);
        kept.ShouldBe(place.Entries.TakeLast(PlaceUnderTest.Capacity));
        place.Read(after: HlcStamp.None)[0].Previous.ShouldNotBe(HlcStamp.None, "by which a reader notices that it has missed something");
    }

    [Fact]
    public void Pages_begin_after_a_stamp_and_end_at_a_length()
    {
        place.Join(1);
        for (ulong position = 1; position <= 9; position++)
        {
            place.Append(1, position);
        }

        place.Read(place.Entries[3].Stamp, 2).ShouldBe([place.Entries[4], place.Entries[5]]);
        place.Read(place.Log.Head, 2).ShouldBeEmpty();
        place.Read(HlcStamp.Maximum, 2).ShouldBeEmpty();
    }

    [Fact]
    public void What_was_saved_goes_its_own_way()
    {
        place.Join(1);
        place.Append(1, 1, LogEntryKind.Mark, write: 1);
        place.Append(1, 2, LogEntryKind.Fact, body: [7]);
        var copy = place.Copy();
        var (head, entries) = (copy.Head, copy.Read(HlcStamp.None, 100, 1, place.Now).Entries);

        place.Append(1, 3, LogEntryKind.Done, write: 1);
        place.Append(1, 4, LogEntryKind.Fact, body: [8]);
        place.Leave(1);

        copy.Head.ShouldBe(head);
        var joined = copy.Join(PlaceUnderTest.JoinOf(1), place.Now);
        joined.State.Head.ShouldBe(head, "it is a member there");
        joined.Marks.Count.ShouldBe(1);
        joined.Facts.Count.ShouldBe(1);
        copy.Read(HlcStamp.None, 100, 1, place.Now).Entries.ShouldBe(entries);
    }

    [Fact]
    public void What_is_no_saved_state_is_refused()
    {
        place.Join(1);
        var saved = place.Log.Save();
        var other = new LogPlace(new MemoryLogStorage(), 10, TimeSpan.Zero);
        other.Load(saved);
        other.Save().ShouldBe(saved);

        Should.Throw<FormatException>(() => other.Load(saved.AsSpan(0, saved.Length - 1)));
        Should.Throw<FormatException>(() => other.Load([.. saved, 0]));
        Should.Throw<FormatException>(() => other.Load([]));
    }
}
