using Microsoft.EntityFrameworkCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>
/// Collections that were read whole, of whose rows the save writes each, and which aren't empty all the same when the row is
/// deleted that they belong to: a row stays in it, or the save puts one into it.
/// </summary>
public abstract class EmptiedTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : EmptiedTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : EmptiedTests(Provider.Postgres);

    private readonly Scratch<ParkContext> _parks = new(o => new ParkContext(o), ParkContext.Fill, provider: provider);

    public void Dispose() => _parks.Dispose();

    // Guards RowImages.Remember: an update that leaves the foreign key alone leaves the row to the database.
    [Theory]
    [InlineData("unchanged")]
    [InlineData("accepted all")]
    [InlineData("reload")]
    [InlineData("original")]
    [InlineData("not modified")]
    [InlineData("original not modified")]
    public void WhenARowIsUpdatedButNotItsForeignKey_ItIsCutOff(string how)
        => _parks.Check(
            db => db.Cages.Where(c => c.ParkId == null).OrderBy(c => c.Id).Select(c => c.Id).ToList(),
            db =>
            {
                var park = db.Parks.Include(p => p.Cages).Single(p => p.Id == 1);
                var cages = park.Cages.ToList();
                db.Remove(park);
                foreach (var cage in cages)
                {
                    var entry = db.Entry(cage);
                    switch (how)
                    {
                        case "unchanged":
                            entry.State = EntityState.Unchanged;
                            break;
                        case "reload":
                            entry.Reload();
                            break;
                        case "original":
                            entry.Property(c => c.ParkId).OriginalValue = null;
                            break;
                        case "not modified":
                            entry.Property(c => c.ParkId).IsModified = false;
                            break;
                        case "original not modified":
                            entry.Property(c => c.ParkId).OriginalValue = null;
                            entry.Property(c => c.ParkId).IsModified = false;
                            break;
                    }
                }

                if (how == "accepted all")
                {
                    db.ChangeTracker.AcceptAllChanges();
                    db.Remove(db.Attach(new Park { Id = 1 }).Entity);
                }

                cages.ForEach(c => c.Name = "x");
            });

    [Theory]
    [InlineData("accept all")]
    [InlineData("original values")]
    public void WhenAMoveWasAcceptedWithoutASave_TheRowGoes(string how)
        => _parks.Check(
            db => db.Beasts.Where(c => c.Kind == 1).OrderBy(c => c.Id).Select(c => c.Id).ToList(),
            db =>
            {
                var park = db.Parks.Include(p => p.Halls).Single(p => p.Id == 1);
                var hall = park.Halls.Single();
                hall.ParkId = 2;
                if (how == "accept all")
                {
                    db.ChangeTracker.DetectChanges();
                    db.ChangeTracker.AcceptAllChanges();
                }
                else
                {
                    db.ChangeTracker.DetectChanges();
                    db.Entry(hall).OriginalValues.SetValues(hall);
                    db.Entry(hall).State = EntityState.Unchanged;
                }

                hall.Name = "x";
                db.Remove(park);
            });

    [Fact]
    public void WhenAMoveIsNotDetected_TheRowGoes()
        => _parks.Check(
            db => db.Beasts.Where(c => c.Kind == 1).OrderBy(c => c.Id).Select(c => c.Id).ToList(),
            db =>
            {
                db.ChangeTracker.AutoDetectChangesEnabled = false;
                var park = db.Parks.Include(p => p.Halls).Single(p => p.Id == 1);
                var hall = park.Halls.Single();
                hall.ParkId = 2;
                db.Entry(hall).Property(h => h.Name).CurrentValue = "moved";
                db.Remove(park);
            });

    // Guards WrittenRows.DoubtJoined: the row isn't among those that were read.
    [Theory]
    [InlineData("undetected insert")]
    [InlineData("undetected move")]
    [InlineData("insert after")]
    [InlineData("insert before")]
    [InlineData("move after")]
    [InlineData("move before")]
    public void WhenTheSaveItselfAddsARow_ItIsCutOff(string how)
        => _parks.Check(
            db => db.Cages.Where(c => c.ParkId == null).OrderBy(c => c.Id).Select(c => c.Id).ToList(),
            db =>
            {
                db.ChangeTracker.AutoDetectChangesEnabled = !how.StartsWith("undetected", StringComparison.Ordinal);
                var park = db.Parks.Include(p => p.Cages).Single(p => p.Id == 1);
                var other = db.Cages.Single(c => c.Id == 20);
                foreach (var cage in park.Cages.ToList())
                {
                    db.Entry(cage).Property(c => c.ParkId).CurrentValue = 2;
                }

                if (how == "insert before")
                {
                    db.Add(new Cage { Id = 99, ParkId = 1 });
                }
                else if (how == "move before")
                {
                    other.ParkId = 1;
                }

                db.Remove(park);
                switch (how)
                {
                    case "undetected insert":
                        var made = db.Add(new Cage { Id = 99 }).Entity;
                        made.ParkId = 1;
                        break;
                    case "undetected move":
                        other.ParkId = 1;
                        db.Entry(other).Property(c => c.ParkId).IsModified = true;
                        break;
                    case "insert after":
                        db.Add(new Cage { Id = 99, ParkId = 1 });
                        break;
                    case "move after":
                        other.ParkId = 1;
                        break;
                }
            });

    [Theory]
    [InlineData("undetected")]
    [InlineData("after")]
    [InlineData("entry")]
    public void WhenTheSaveItselfMovesARowIn_ItGoes(string how)
        => _parks.Check(
            db => db.Beasts.Where(c => c.Kind == 1).OrderBy(c => c.Id).Select(c => c.Id).ToList(),
            db =>
            {
                db.ChangeTracker.AutoDetectChangesEnabled = how != "undetected";
                var park = db.Parks.Include(p => p.Halls).Single(p => p.Id == 1);
                var other = db.Halls.Single(c => c.Id == 20);
                db.Entry(park.Halls.Single()).Property(c => c.ParkId).CurrentValue = 2;
                db.Remove(park);
                if (how == "entry")
                {
                    db.Entry(other).Property(c => c.ParkId).CurrentValue = 1;
                }
                else
                {
                    other.ParkId = 1;
                    db.Entry(other).Property(c => c.ParkId).IsModified = true;
                }
            });

    // Guards RowImages.Moves: the row stays, nobody hears of it, and it goes with what points to it.
    [Fact]
    public void WhenAMoveIsRefusedAndTheRefusalSuppressed_TheRowGoes()
    {
        var ask = (ParkContext db) => (object)db.Birds.Where(c => c.Kind == 1).OrderBy(c => c.Id).Select(c => c.Id).ToList();
        _parks.Fill(ask);
        var before = _parks.AskUncached(ask);
        using (var db = _parks.Open(more: b => b.AddInterceptors(new SuppressesRefusals())))
        {
            var park = db.Parks.Include(p => p.Yards).Single(p => p.Id == 1);
            var yard = db.Entry(park.Yards.Single());
            yard.Property(y => y.ParkId).CurrentValue = 2;
            yard.Property(y => y.Version).OriginalValue = 7;
            db.Remove(park);
            db.SaveChanges();
        }

        var expected = _parks.AskUncached(ask);
        expected.ShouldNotBe(before, "the write must change the answer");
        _parks.Ask(ask).Answer.ShouldBe(expected);
    }
}
