using Quickstart.Load;

namespace Quickstart.Checking;

/// <summary>
/// Compares a hit with the database while no write runs.
/// </summary>
/// <remarks>
/// The freeze stands from before the hit's call until after the comparison, and writers are outside all that time. So each
/// write has either returned to its caller before the hit was asked for, and must show, or begins after the comparison, and
/// cannot show in either answer. The database has one single state throughout: the hit equals it or is stale. A write can
/// neither hide a stale hit (none runs that could change the database back) nor fake one (none runs that could change it
/// away). What this check cannot see is a hit that is served in the middle of a write: see <see cref="SnapshotCheck"/>.
/// </remarks>
internal sealed class FrozenCheck(FreezeGate gate, Findings findings)
{
    public async Task ReadAsync(Question question, Asker asker)
    {
        using var frozen = await gate.FreezeAsync();
        var (value, isHit) = await asker.AskAsync(question);
        if (!isHit)
        {
            return;
        }

        var hit = Answer.Of(value);
        var truth = Answer.Of(await asker.AskUncachedAsync(question));
        findings.AddFrozen();
        if (!hit.SameAs(truth))
        {
            findings.AddStale(question, "no write running", hit, truth);
        }
    }
}
