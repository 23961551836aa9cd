using Microsoft.EntityFrameworkCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.EFCore.Writes;
using ZooCache.EFCore.Writes.Sql;

namespace ZooCache.Integration.Tests.Writes;

/// <summary>Which names in raw SQL are taken for a model's table, and where writing to it leads.</summary>
public sealed class TableFactsTests
{
    private readonly TableFacts _facts = new();

    public TableFactsTests()
    {
        using var db = new NamesContext();
        _facts.Learn(db.Model.GetRelationalModel());
    }

    // Guards TableFacts.IsTable: a view of a table's name in another schema, a search path, a name that PostgreSQL cuts off.
    [Theory]
    [InlineData(null, "PLAIN", true)]
    [InlineData("PUBLIC", "PLAIN", true)]
    [InlineData("MAIN", "PLAIN", true)]
    [InlineData("SALES", "PLAIN", false)]
    [InlineData("TEMP", "PLAIN", false)]
    [InlineData("SALES", "ORDERS", true)]
    [InlineData(null, "ORDERS", false)]
    [InlineData("PUBLIC", "ORDERS", false)]
    [InlineData("SALES", "TWICE", false)]
    [InlineData("REPORTS", "TWICE", false)]
    [InlineData(null, "SEEN", false)]
    [InlineData(null, "NOBODY", false)]
    [InlineData(null, "A_NAME_OF_MORE_THAN_SIXTY_THREE_BYTES_WHICH_POSTGRESQL_WOULD_CUT_OFF", false)]
    public void WhenATableIsNamed_ItIsKnownOnlyWhereItCanBeNothingElse(string? schema, string table, bool known)
        => _facts.IsTable(new SqlTarget(schema, table, MayDelete: false, [])).ShouldBe(known);

    [Theory]
    [InlineData("A", true, false, "B C")]
    [InlineData("A", false, true, "B C D")]
    [InlineData("A", false, false, "")]
    [InlineData("B", true, false, "C")]
    [InlineData("C", true, false, "C")]
    [InlineData("D", true, true, "")]
    public void WhenATableIsWritten_CascadesAndKeysAreFollowedToTheEnd(string table, bool deletes, bool changesKeys, string reached)
    {
        var tables = new SortedSet<string>(StringComparer.Ordinal);
        _facts.Follow(table, deletes, changesKeys, tables).ShouldBeTrue();
        string.Join(' ', tables).ShouldBe(reached);
    }

    [Theory]
    [InlineData("A", "N", false)]
    [InlineData("A", "ID", true)]
    [InlineData("A", "ROWID", true)]
    [InlineData("D", "ID", false)]
    public void WhenColumnsAreSet_OnlyKeysThatArePointedToMatter(string table, string column, bool expected)
        => _facts.MayChangeKeys(table, [column]).ShouldBe(expected);

    private sealed class NamesContext : DbContext
    {
        protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.UseNpgsql("Host=nowhere").Quiet();

        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            modelBuilder.SharedTypeEntity<Row>("plain").ToTable("Plain");
            modelBuilder.SharedTypeEntity<Row>("orders").ToTable("Orders", "sales");
            modelBuilder.SharedTypeEntity<Row>("twice").ToTable("Twice", "sales");
            modelBuilder.SharedTypeEntity<Row>("twice seen").ToView("Twice", "reports");
            modelBuilder.SharedTypeEntity<Row>("seen").ToView("Seen");
            modelBuilder.SharedTypeEntity<Row>("long").ToTable("A_name_of_more_than_sixty_three_bytes_which_PostgreSQL_would_cut_off");
            modelBuilder.SharedTypeEntity<Row>("a").ToTable("A");
            modelBuilder.SharedTypeEntity<Row>("b").ToTable("B").HasOne("a", null).WithMany().HasForeignKey("Up").OnDelete(DeleteBehavior.Cascade);
            modelBuilder.SharedTypeEntity<Row>("c", c =>
            {
                c.ToTable("C").HasOne("b", null).WithMany().HasForeignKey("Up").OnDelete(DeleteBehavior.Cascade);
                c.HasOne("c", null).WithMany().HasForeignKey("Side").OnDelete(DeleteBehavior.SetNull);
            });
            modelBuilder.SharedTypeEntity<Row>("d").ToTable("D").HasOne("c", null).WithMany().HasForeignKey("Up").OnDelete(DeleteBehavior.Restrict);
        }
    }

    private sealed class Row
    {
        public int Id { get; set; }
        public int N { get; set; }
        public int? Up { get; set; }
        public int? Side { get; set; }
    }
}
