using Microsoft.EntityFrameworkCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>The columns that a question may be anchored on, and the values that it may give them.</summary>
public abstract class ColumnAnchorTests(Provider provider) : PrecisionTests(provider)
{
    public sealed class OnSqlite() : ColumnAnchorTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : ColumnAnchorTests(Provider.Postgres);

    // Guards TableRegistry.MapRow: the old value and the new one.
    [Fact]
    public void WhenAskedByANullableForeignKey_OtherParentsRowsLeaveIt()
        => Check(
            db => db.Posts.Where(p => p.BlogId == 1).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
            Leaves(db => db.Posts.Find(3)!.Title += "!", db => db.Posts.Find(3)!.BlogId = 3, db => db.Posts.Find(3)!.BlogId = null, db => db.Add(New(7, 2))),
            Ends(db => db.Posts.Find(1)!.Title += "!", db => db.Posts.Find(1)!.BlogId = 2, db => db.Posts.Find(5)!.BlogId = 1, db => db.Add(New(8, 1)), db => db.Remove(db.Posts.Find(8)!)));

    // Guards StoreValue.NullHash.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhenTheForeignKeyIsNull_OnlyRowsWithoutAParentCount(bool parameter)
    {
        int? none = null;
        Check(
            db => (parameter ? db.Posts.Where(p => p.BlogId == none) : db.Posts.Where(p => p.BlogId == null)).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
            Leaves(db => db.Posts.Find(3)!.Title += "!", db => db.Posts.Find(3)!.BlogId = 1),
            Ends(db => db.Posts.Find(6)!.Title += "!", db => db.Posts.Find(6)!.BlogId = 1, db => db.Posts.Find(1)!.BlogId = null, db => db.Remove(db.Blogs.Find(2)!)));
    }

    [Fact]
    public void WhenAskedByAGuidForeignKey_OtherParentsRowsLeaveIt()
        => Check(
            db => db.Posts.Where(p => p.AuthorId == Author.Key(1)).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
            Leaves(db => db.Posts.Find(2)!.Title += "!", db => db.Posts.Find(2)!.AuthorId = Author.Key(3)),
            Ends(db => db.Posts.Find(1)!.Title += "!", db => db.Posts.Find(1)!.AuthorId = Author.Key(2), db => db.Posts.Find(4)!.AuthorId = Author.Key(1)));

    // Guards TableColumns.Best: an anchor on both columns is finer than one on either.
    [Fact]
    public void WhenAskedByAnIndexOfTwoColumns_BothCount()
        => Check(
            db => db.Blogs.Where(b => b.Tenant == 1 && b.Status == 0).OrderBy(b => b.Id).Select(b => b.Name).ToList(),
            Leaves(db => db.Blogs.Find(2)!.Name += "!", db => db.Blogs.Find(3)!.Name += "!", db => db.Blogs.Find(3)!.Status = 1),
            Ends(db => db.Blogs.Find(1)!.Name += "!", db => db.Blogs.Find(2)!.Status = 0, db => db.Blogs.Find(1)!.Tenant = 2, db => (db.Blogs.Find(3)!.Tenant, db.Blogs.Find(3)!.Status) = (1, 0)));

    [Fact]
    public void WhenAskedByOneColumnOfAnIndex_ItAloneCounts()
        => Check(
            db => db.Blogs.Where(b => b.Status == 1).OrderBy(b => b.Id).Select(b => b.Name).ToList(),
            Leaves(db => db.Blogs.Find(1)!.Name += "!", db => db.Blogs.Find(3)!.Tenant = 1),
            Ends(db => db.Blogs.Find(2)!.Name += "!", db => db.Blogs.Find(3)!.Status = 1, db => db.Blogs.Find(2)!.Status = 0));

    [Fact]
    public void WhenAskedByAnEnum_OtherValuesLeaveIt()
        => Check(
            db => db.Blogs.Where(b => b.Topic == Topic.Tech).OrderBy(b => b.Id).Select(b => b.Name).ToList(),
            Leaves(db => db.Blogs.Find(1)!.Name += "!", db => db.Blogs.Find(3)!.Topic = Topic.Food),
            Ends(db => db.Blogs.Find(2)!.Name += "!", db => db.Blogs.Find(1)!.Topic = Topic.Tech, db => db.Blogs.Find(2)!.Topic = Topic.Travel));

    // Guards Conditions.ReadFact: a column that is true.
    [Fact]
    public void WhenAskedByABoolean_InsertsOfTheOtherValueLeaveIt()
        => Check(
            db => db.Blogs.Where(b => b.IsOpen).OrderBy(b => b.Id).Select(b => b.Name).ToList(),
            Leaves(db => db.Add(new Blog { Id = 7, Email = "7@x", IsOpen = false })),
            Ends(db => db.Add(new Blog { Id = 8, Email = "8@x", IsOpen = true }), db => db.Blogs.Find(2)!.IsOpen = true, db => db.Blogs.Find(1)!.IsOpen = false));

    [Fact]
    public void WhenAskedForWhatIsFalse_RowsThatBecomeFalseEnter()
        => Check(
            db => db.Blogs.Where(b => !b.IsOpen).OrderBy(b => b.Id).Select(b => b.Name).ToList(),
            Leaves(),
            Ends(db => db.Blogs.Find(1)!.IsOpen = false, db => db.Add(new Blog { Id = 8, Email = "8@x" }), db => db.Blogs.Find(2)!.IsOpen = true));

    [Fact]
    public void WhenAskedByACompositeKey_TheOtherRowsOfItsParentLeaveIt()
        => Check(
            db => db.Remarks.Where(r => r.PostId == 1 && r.Number == 1).Select(r => r.Text).ToList(),
            Leaves(db => db.Remarks.Find(1, 2)!.Text += "!", db => db.Remarks.Find(2, 1)!.Text += "!", db => db.Add(new Remark { PostId = 1, Number = 3 })),
            Ends(db => db.Remarks.Find(1, 1)!.Text += "!", db => db.Remove(db.Remarks.Find(1, 1)!), db => db.Add(new Remark { PostId = 1, Number = 1 })));

    [Fact]
    public void WhenAskedByTheFirstColumnOfACompositeKey_OtherParentsRowsLeaveIt()
        => Check(
            db => db.Remarks.Where(r => r.PostId == 1).OrderBy(r => r.Number).Select(r => r.Text).ToList(),
            Leaves(db => db.Remarks.Find(2, 1)!.Text += "!", db => db.Add(new Remark { PostId = 2, Number = 3 }), db => db.Remove(db.Remarks.Find(2, 3)!)),
            Ends(db => db.Remarks.Find(1, 2)!.Text += "!", db => db.Add(new Remark { PostId = 1, Number = 3 }), db => db.Remove(db.Posts.Find(1)!)));

    [Fact]
    public void WhenRowsPointToTheirOwnTable_OtherParentsRowsLeaveIt()
        => Check(
            db => db.Posts.Where(p => p.ParentId == 1).OrderBy(p => p.Id).Select(p => p.Title).ToList(),
            Leaves(db => db.Posts.Find(4)!.Title += "!", db => db.Posts.Find(1)!.Title += "!"),
            Ends(db => db.Posts.Find(2)!.Title += "!", db => db.Posts.Find(5)!.ParentId = 1, db => db.Remove(db.Posts.Find(1)!)));

    [Fact]
    public void WhenTypesHaveTablesOfTheirOwn_TheSharedColumnAnchorsTheSharedTable()
        => Check(
            db => db.Animals.Where(a => a.Owner == 1).OrderBy(a => a.Id).Select(a => new { a.Name, Trick = a is Dog ? ((Dog)a).Trick : null }).ToList(),
            Leaves(db => db.Animals.Find(3)!.Name += "!"),
            Ends(db => db.Animals.Find(1)!.Name += "!", db => db.Dogs.Find(2)!.Trick += "!", db => db.Dogs.Find(4)!.Owner = 1, db => db.Add(new Dog { Id = 9, Owner = 1, Trick = "sit" })));

    [Fact]
    public void WhenTypesHaveTablesOfTheirOwn_AKeyAnchorsBoth()
        => Check(
            db => db.Animals.Where(a => a.Id == 2).AsNoTracking().ToList(),
            Leaves(db => db.Animals.Find(1)!.Name += "!", db => db.Dogs.Find(4)!.Trick += "!", db => db.Add(new Dog { Id = 9 })),
            Ends(db => db.Animals.Find(2)!.Name += "!", db => db.Dogs.Find(2)!.Trick += "!", db => db.Remove(db.Dogs.Find(2)!)));

    [Fact]
    public void WhenTypesHaveTablesOfTheirOwn_TheOwnColumnAnchorsTheOwnTable()
        => Check(
            db => db.Dogs.Where(d => d.Kennel == 1).OrderBy(d => d.Id).Select(d => d.Name + d.Trick).ToList(),
            Leaves(db => db.Dogs.Find(4)!.Trick += "!"),
            Ends(db => db.Dogs.Find(2)!.Trick += "!", db => db.Dogs.Find(4)!.Kennel = 1, db => db.Animals.Find(2)!.Name += "!"));

    // Guards DerivedTable.Push: what holds outside goes into both operands of a set operation, however deep.
    [Fact]
    public void WhenConcreteTypesHaveTablesOfTheirOwn_EachIsAnchored()
        => Check(
            db => db.Shapes.Where(s => s.Owner == 1).OrderBy(s => s.Id).Select(s => s.Size).ToList(),
            Leaves(db => db.Shapes.Find(20)!.Size++, db => db.Shapes.Find(21)!.Size++, db => db.Shapes.Find(22)!.Size++, db => db.Add(new Circle { Id = 99, Owner = 2 })),
            Ends(db => db.Shapes.Find(10)!.Size++, db => db.Shapes.Find(11)!.Size++, db => db.Shapes.Find(12)!.Size++, db => db.Shapes.Find(20)!.Owner = 1, db => db.Shapes.Find(21)!.Owner = 1, db => db.Shapes.Find(22)!.Owner = 1, db => db.Add(new Star { Id = 98, Owner = 1 })));

    // Guards Collated.KindOf: each operand's texts have a known collation, so the condition enters.
    [Fact]
    public void WhenConcreteTypesHaveTablesOfTheirOwn_EachIsAnchoredByItsText()
        => Check(
            db => db.Shapes.Where(s => s.Colour == "red").OrderBy(s => s.Id).Select(s => s.Size).ToList(),
            Leaves(db => db.Shapes.Find(20)!.Size++, db => db.Shapes.Find(21)!.Size++, db => db.Shapes.Find(22)!.Size++),
            Ends(db => db.Shapes.Find(10)!.Size++, db => db.Shapes.Find(12)!.Size++, db => db.Shapes.Find(20)!.Colour = "red", db => db.Shapes.Find(22)!.Colour = "red"));

    [Fact]
    public void WhenAskedByAnOwnedColumn_ItsOwnersRowsCount()
        => Check(
            db => db.Blogs.Where(b => b.Place.Area == 1).OrderBy(b => b.Id).Select(b => b.Name + b.Place.Street).ToList(),
            Leaves(db => db.Add(new Blog { Id = 7, Email = "7@x", Place = new Place { Area = 4 } }), db => db.Blogs.Find(2)!.Place.Street += "!"),
            Ends(db => db.Blogs.Find(1)!.Name += "!", db => db.Blogs.Find(1)!.Place.Street += "!", db => db.Blogs.Find(2)!.Place.Area = 1, db => db.Blogs.Find(1)!.Place.Area = 2));
}
