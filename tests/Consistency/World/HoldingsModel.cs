using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ZooCache.Consistency.Tests.World;

/// <summary>The second half of the model.</summary>
internal static class HoldingsModel
{
    internal static void Build(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Asset>(asset =>
        {
            asset.Property(a => a.Code).HasConversion(c => c.Text, t => new AssetCode(t));
            asset.Property(a => a.Leased).HasConversion(new BoolToStringConverter("N", "Y"));
            asset.Property(a => a.Level).HasConversion<string>();
            asset.Property(a => a.Version).IsConcurrencyToken();
            asset.Property(a => a.Worth).HasComputedColumnSql("\"Units\" * \"Price\"", stored: true);
            asset.ComplexProperty(a => a.Size, size => size.ComplexProperty(s => s.Wrap));
            asset.HasOne(a => a.Customer).WithMany().HasForeignKey(a => a.CustomerId).OnDelete(DeleteBehavior.SetNull);
            asset.HasOne(a => a.Manual).WithOne(m => m.Asset).HasForeignKey<Manual>(m => m.Id);
        });
        modelBuilder.Entity<Manual>().ToTable("Assets");
        modelBuilder.Entity<Asset>().ToTable("Assets");

        modelBuilder.Entity<Move>().UseTpcMappingStrategy();
        modelBuilder.Entity<Move>().HasOne(m => m.Asset).WithMany(a => a.Moves).HasForeignKey(m => m.AssetId).OnDelete(DeleteBehavior.Cascade);
        modelBuilder.Entity<Sale>();
        modelBuilder.Entity<Lend>();

        modelBuilder.Entity<Worker>(worker =>
        {
            worker.ToTable("Workers").SplitToTable("WorkerPay", pay =>
            {
                pay.Property(w => w.Salary);
                pay.Property(w => w.Grade);
            });
            worker.HasOne(w => w.Region).WithMany().HasForeignKey(w => w.RegionCode).OnDelete(DeleteBehavior.SetNull);
            worker.HasMany(w => w.Assets).WithMany(a => a.Workers).UsingEntity<Use>(
                right => right.HasOne<Asset>().WithMany().HasForeignKey(u => u.AssetId),
                left => left.HasOne<Worker>().WithMany(w => w.Uses).HasForeignKey(u => u.WorkerId),
                join => join.HasKey(u => new { u.WorkerId, u.AssetId }));
            worker.Navigation(w => w.Uses).HasField("_uses").UsePropertyAccessMode(PropertyAccessMode.Field);
        });
        modelBuilder.Entity<Use>().ToTable("Uses");

        modelBuilder.Entity<Review>(review =>
        {
            review.Property<int>("Key");
            review.HasKey("Key");
            review.Property<int>("Stars");
            review.Property<int>("ProductNo");
            review.HasOne(r => r.Product).WithMany().HasForeignKey("ProductNo").OnDelete(DeleteBehavior.Cascade);
        });

        modelBuilder.Entity<CustomerTotal>().HasNoKey().ToView("CustomerTotals").CacheDependsOn(typeof(Customer), typeof(Order));
        modelBuilder.Entity<CategoryName>().HasNoKey().ToSqlQuery("SELECT \"Id\", \"Name\" FROM \"Categories\" WHERE \"ParentId\" IS NOT NULL").CacheDependsOn(typeof(Category));
        modelBuilder.Entity<Bystander>();
    }
}

/// <summary>What EF doesn't create.</summary>
internal static class WorldViews
{
    internal static void Create(WorldContext db)
        => db.Database.ExecuteSqlRaw(
            """
            CREATE VIEW "CustomerTotals" AS
            SELECT c."Id" AS "CustomerId", CAST(count(o."Id") AS integer) AS "Orders"
            FROM "Customers" AS c LEFT JOIN "Orders" AS o ON o."CustomerId" = c."Id" GROUP BY c."Id"
            """);
}
