using Microsoft.EntityFrameworkCore;
using Quickstart.Load;
using Quickstart.Shop;

namespace Quickstart.Checking;

/// <summary>
/// Compares a hit with a snapshot of the database taken just before it, while writes go on.
/// </summary>
/// <remarks>
/// In WAL mode a read transaction goes on seeing the database as of its first read. The check opens one (the snapshot), asks
/// for the hit, then asks the snapshot the same.
/// <para>
/// No write may end between the beginning of the snapshot and the beginning of the hit's call; else the snapshot is taken
/// anew. So the snapshot holds every write which the hit must show: all that had returned to their callers before it was
/// asked for. Now:
/// </para>
/// <list type="number">
/// <item>The hit equals the snapshot: right. A write cannot hide a stale hit, because later writes do not change the
/// snapshot, and what the hit had to show was in it.</item>
/// <item>They differ, and no write ran from before the snapshot until after the hit: stale. The database had one state.</item>
/// <item>They differ, a write ran, and a row of the hit has a lower version than in the snapshot: stale. Versions only grow,
/// keys are never used again, and the snapshot was taken before the hit: nothing that a write did since explains an older
/// row.</item>
/// <item>They differ otherwise: the hit may show the write that ran, so calling it stale might be wrong, and so might calling
/// it right. It counts as undecided, not as checked, and the question is asked once more under a freeze: an entry that has
/// missed its invalidation for good is still there.</item>
/// </list>
/// </remarks>
internal sealed class SnapshotCheck(IDbContextFactory<ShopContext> uncached, WriteClock clock, FrozenCheck frozen, Findings findings)
{
    private enum Verdict
    {
        Right,
        Stale,
        Undecided,
    }

    public async Task ReadAsync(Question question, Asker asker)
    {
        if (await ReadBesideWritesAsync(question, asker) == Verdict.Undecided)
        {
            findings.AddUndecided();
            await frozen.ReadAsync(question, asker);
        }
    }

    private async Task<Verdict> ReadBesideWritesAsync(Question question, Asker asker)
    {
        await using var shop = uncached.CreateDbContext();
        var (snapshot, endedBefore) = await TakeSnapshotAsync(shop);
        await using (snapshot)
        {
            var (value, isHit) = await asker.AskAsync(question);
            var begunAfter = clock.Begun;
            if (!isHit)
            {
                return Verdict.Right;
            }

            var hit = Answer.Of(value);
            var truth = Answer.Of(await question.AskAsync(shop));
            return Judge(question, hit, truth, writeRan: begunAfter != endedBefore);
        }
    }

    private async Task<(Snapshot Snapshot, long EndedBefore)> TakeSnapshotAsync(ShopContext shop)
    {
        while (true)
        {
            var endedBefore = clock.Ended;
            var snapshot = await Snapshot.TakeAsync(shop);
            if (clock.Ended == endedBefore)
            {
                return (snapshot, endedBefore);
            }

            await snapshot.DisposeAsync();
        }
    }

    private Verdict Judge(Question question, Answer hit, Answer truth, bool writeRan)
    {
        var verdict = hit.SameAs(truth) ? Verdict.Right
            : !writeRan || hit.HasOlderRowThan(truth) ? Verdict.Stale
            : Verdict.Undecided;
        if (verdict != Verdict.Undecided)
        {
            findings.AddSnapshot();
        }

        if (verdict == Verdict.Stale)
        {
            findings.AddStale(question, writeRan ? "older than a snapshot taken before it" : "no write running", hit, truth);
        }

        return verdict;
    }
}
