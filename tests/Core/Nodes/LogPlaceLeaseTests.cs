namespace ZooCache.Core.Tests.Nodes;

/// <summary>Who is believed to be alive, for how long, and what ends an epoch.</summary>
public sealed class LogPlaceLeaseTests
{
    private readonly PlaceUnderTest place = new();

    [Fact]
    public void A_member_is_suspect_until_its_first_sign_of_life()
    {
        place.Join(1).State.IsSuspect.ShouldBeTrue();
        place.Tick(1, renew: false).IsSuspect.ShouldBeTrue();

        // Turned red by setting IsConfirmed in LogPlace.Tick whether or not the lease is renewed.
        place.Tick(1).IsSuspect.ShouldBeFalse();
        place.Join(2).State.IsSuspect.ShouldBeTrue();
    }

    [Fact]
    public void A_lease_is_counted_from_what_the_node_had_heard_of()
    {
        place.Join(1);
        place.Join(2);
        place.Tick(1);
        place.Tick(2);
        place.Now += 9000;
        place.Tick(2);
        place.Tick(1, late: 4000);

        place.Now += 5999;
        place.Tick(2).IsSuspect.ShouldBeFalse();
        place.Now += 1;

        // Turned red by `now` in place of `request.Since` in LogPlace.Tick.
        place.Tick(2).IsSuspect.ShouldBeTrue();
        (place.Entries[^1].Kind, place.Entries[^1].Node).ShouldBe((LogEntryKind.Suspect, 1UL));
    }

    [Fact]
    public void A_sign_that_was_long_under_way_shortens_no_lease()
    {
        place.Join(1);
        place.Tick(1);
        place.Tick(1, late: PlaceUnderTest.Lease + 1);

        place.Now += PlaceUnderTest.Lease - 1;
        place.Tick(2).IsSuspect.ShouldBeFalse();
    }

    [Fact]
    public void Suspicion_is_repeated_each_lease_until_the_node_is_gone()
    {
        place.Join(1);
        place.Tick(1);
        place.Join(2);
        var began = place.Now;
        var told = new List<(LogEntryKind Kind, long At)>();
        place.Log.Appended = e => told.Add((e.Kind, place.Now - began));
        for (; place.Now - began <= 100_000; place.Now += 500)
        {
            place.Tick(2).IsSuspect.ShouldBe(place.Now - began is >= 10_000 and < 60_000, $"{place.Now - began}");
        }

        // Turned red by leaving out NextBump in LogPlace.Settle, or by a comparison of SuspectTime with `>`.
        told.ShouldBe([.. new long[] { 10_000, 20_000, 30_000, 40_000, 50_000 }.Select(at => (LogEntryKind.Suspect, at)), (LogEntryKind.Gone, 60_000)]);
    }

    [Fact]
    public void Whoever_still_gives_signs_of_life_is_suspect_but_not_gone()
    {
        place.Join(1);
        place.Tick(1);
        for (var left = 300; left > 0; left--)
        {
            place.Now += 1000;
            place.Tick(1, renew: false).IsMember.ShouldBeTrue();
        }

        // Turned red by leaving SeenAt out of LogPlace.Settle.
        place.Kinds().ShouldNotContain(LogEntryKind.Gone);
        place.Kinds().Count(k => k == LogEntryKind.Suspect).ShouldBe(30);
        place.Tick(1).IsSuspect.ShouldBeFalse();
    }

    [Fact]
    public void The_marks_of_who_is_gone_are_void()
    {
        place.Join(1);
        place.Append(1, 1, LogEntryKind.Mark, write: 7);
        place.Join(2);
        place.Now += PlaceUnderTest.Lease;
        place.Tick(2);
        place.Marks().Count.ShouldBe(1);

        place.Now += PlaceUnderTest.SuspectTime;
        place.Tick(2);

        place.Kinds().ShouldContain(LogEntryKind.Gone);
        place.Marks().ShouldBeEmpty();
        place.Append(1, 2).State.IsMember.ShouldBeFalse();
    }

    [Fact]
    public void Members_of_an_epoch_that_has_ended_are_members_of_the_next()
    {
        place.Join(1);
        place.Join(2);
        place.Log.Restart();
        place.Tick(1).Epoch.ShouldBe(0UL);
        place.Append(1, 1).Entry.ShouldBeNull();

        var joined = place.Join(1, newEpoch: 2002, epoch: PlaceUnderTest.FirstEpoch, known: [2, 3]);

        // Turned red by leaving out request.Known in LogPlace.Join.
        joined.State.Epoch.ShouldBe(2002UL);
        joined.Members.Order().ShouldBe([2UL, 3UL]);
        place.Tick(1);
        place.Tick(2).IsSuspect.ShouldBeTrue("3 hasn't been heard of");
        place.Now += PlaceUnderTest.Lease;
        place.Tick(1);
        place.Entries[^1].ShouldSatisfyAllConditions(e => e.Kind.ShouldBe(LogEntryKind.Suspect), e => e.Node.ShouldBe(3UL));
    }

    [Fact]
    public void Whom_a_node_knows_of_this_epoch_it_neednt_bring_along()
    {
        place.Join(1);

        place.Join(1, epoch: PlaceUnderTest.FirstEpoch, known: [2]).Members.ShouldBeEmpty();
    }

    [Fact]
    public void One_who_asks_for_a_strict_log_begins_an_epoch_that_is_suspect_until_it_has_settled()
    {
        place.Join(1);
        place.Tick(1);
        var joined = place.Join(2, newEpoch: 2002, strict: true);

        joined.State.ShouldSatisfyAllConditions(s => s.Epoch.ShouldBe(2002UL), s => s.IsStrict.ShouldBeTrue(), s => s.IsSuspect.ShouldBeTrue());
        place.Tick(1).IsMember.ShouldBeFalse();
        place.Join(1, newEpoch: 3003).State.ShouldSatisfyAllConditions(s => s.Epoch.ShouldBe(2002UL), s => s.IsStrict.ShouldBeTrue());
        place.Join(3, newEpoch: 3003, strict: true).State.Epoch.ShouldBe(2002UL, "it is strict already");
        place.Leave(3);
        for (var left = PlaceUnderTest.SuspectTime / 1000; left > 0; left--)
        {
            place.Tick(1);

            // Turned red by leaving settledAt out of LogPlace.StateFor.
            place.Tick(2).IsSuspect.ShouldBeTrue();
            place.Now += 1000;
        }

        place.Tick(1).IsSuspect.ShouldBeFalse();
    }

    [Fact]
    public void A_clock_that_was_set_back_ends_the_epoch()
    {
        place.Join(1);
        place.Tick(1);
        var head = place.Log.Head;
        place.Now -= 1000;
        place.Tick(1).ShouldSatisfyAllConditions(
            s => s.Epoch.ShouldBe(PlaceUnderTest.FirstEpoch, "a small step is waited for"), s => s.Milliseconds.ShouldBe(place.Now + 1000));
        place.Now -= 1;

        // Turned red by Math.Max alone in LogPlace.Check.
        place.Tick(1).Epoch.ShouldBe(0UL);

        var joined = place.Join(1, newEpoch: 2002, epoch: PlaceUnderTest.FirstEpoch);
        joined.State.Epoch.ShouldBe(2002UL);
        joined.State.Head.ShouldBeLessThan(head);
        joined.State.Milliseconds.ShouldBe(place.Now);
    }

    [Fact]
    public void A_log_that_has_run_out_of_stamps_begins_anew()
    {
        place.Now = HlcStamp.Maximum.Milliseconds;
        place.Join(1);
        for (ulong position = 1; place.Log.Head != HlcStamp.Maximum && position < 70_000; position++)
        {
            place.Append(1, position, proposed: HlcStamp.Maximum).Entry.ShouldNotBeNull();
        }

        place.Append(1, 1_000_000).ShouldSatisfyAllConditions(a => a.Entry.ShouldBeNull(), a => a.State.Epoch.ShouldBe(0UL));
        place.Now = 1_767_225_600_000;
        place.Join(1, newEpoch: 2002).State.Epoch.ShouldBe(2002UL);
    }

    [Fact]
    public void A_sign_of_life_from_before_the_clock_was_set_back_vouches_for_no_more_than_a_lease()
    {
        place.Join(1);
        place.Join(2);
        var heard = place.Now;
        place.Now -= 3_600_000;
        place.Tick(1).Epoch.ShouldBe(0UL);
        place.Join(1, newEpoch: 2002, epoch: PlaceUnderTest.FirstEpoch, known: [2]);

        // Under way since before; node 2 dies without having heard of the new epoch.
        place.Log.Tick(new LogTick(2, Renew: true, heard), place.Now);
        place.Now += PlaceUnderTest.Lease;

        place.Tick(1).IsSuspect.ShouldBeTrue();
    }
}
