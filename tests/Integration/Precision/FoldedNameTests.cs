using Microsoft.EntityFrameworkCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>Tables and columns that are different, and have one name in dependencies.</summary>
public abstract class FoldedNameTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : FoldedNameTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : FoldedNameTests(Provider.Postgres)
    {
        // Guards TableColumns: neither column can anchor.
        [Theory]
        [InlineData(true)]
        [InlineData(false)]
        public void WhenTwoColumnsDifferInCaseOnly_EachIsItself(bool first)
        {
            using var cases = new Scratch<CaseContext>(o => new CaseContext(o), CaseContext.Fill, provider: Provider.Postgres);
            cases.Check(
                db => (first ? db.Set<Accent>().Where(a => a.A == 1) : db.Set<Accent>().Where(a => a.B == 1)).OrderBy(a => a.Id).Select(a => a.Id).ToList(),
                db => db.Add(new Accent { Id = 2, A = first ? 1 : 7, B = first ? 7 : 1 }));
        }
    }

    private readonly Scratch<TwinContext> _twins = new(o => new TwinContext(o), TwinContext.Fill, provider: provider);

    public void Dispose() => _twins.Dispose();

    // Guards TableFacts.IsAmbiguous: that the rows of the one are known says nothing of the other's.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhenTwoTablesHaveOneName_TheCascadesOfBothAreFollowed(bool split)
        => _twins.Check(
            db => db.Set<Hint>().Where(b => b.Kind == 2).OrderBy(b => b.Id).Select(b => b.Id).ToList(),
            db =>
            {
                var query = db.Set<Client>().Include(c => c.Notes);
                db.Remove((split ? query.AsSplitQuery() : query).Single(s => s.Id == 1));
            });
}
