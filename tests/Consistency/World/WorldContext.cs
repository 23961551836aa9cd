using Microsoft.EntityFrameworkCore;

namespace ZooCache.Consistency.Tests.World;

/// <summary>The whole model. Each instance sees the customers of one tenant.</summary>
public sealed class WorldContext(DbContextOptions<WorldContext> options) : DbContext(options)
{
    public int Tenant { get; set; }

    public DbSet<Region> Regions => Set<Region>();

    public DbSet<Customer> Customers => Set<Customer>();

    public DbSet<Card> Cards => Set<Card>();

    public DbSet<Coupon> Coupons => Set<Coupon>();

    public DbSet<Order> Orders => Set<Order>();

    public DbSet<Line> Lines => Set<Line>();

    public DbSet<Note> Notes => Set<Note>();

    public DbSet<Category> Categories => Set<Category>();

    public DbSet<Product> Products => Set<Product>();

    public DbSet<Tag> Tags => Set<Tag>();

    public DbSet<Document> Documents => Set<Document>();

    public DbSet<Asset> Assets => Set<Asset>();

    public DbSet<Manual> Manuals => Set<Manual>();

    public DbSet<Move> Moves => Set<Move>();

    public DbSet<Worker> Workers => Set<Worker>();

    public DbSet<Use> Uses => Set<Use>();

    public DbSet<Review> Reviews => Set<Review>();

    public DbSet<Hub> Hubs => Set<Hub>();

    public DbSet<Item> Items => Set<Item>();

    public DbSet<Part> Parts => Set<Part>();

    public DbSet<Sheet> Sheets => Set<Sheet>();

    public DbSet<Quirk> Quirks => Set<Quirk>();

    public DbSet<Bunch> Bunches => Set<Bunch>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Region>().HasKey(r => r.Code);
        modelBuilder.Entity<Region>().ComplexProperty(r => r.Climate, climate => climate.ToJson());
        modelBuilder.Entity<Region>().OwnsMany(r => r.Holidays, holiday =>
        {
            holiday.ToTable("Holidays");
            holiday.WithOwner().HasForeignKey("RegionCode");
            holiday.HasKey("RegionCode", "Day");
            holiday.Property(h => h.Day).ValueGeneratedNever();
        });

        modelBuilder.Entity<Customer>(customer =>
        {
            customer.HasQueryFilter(c => c.Tenant == Tenant);
            customer.OwnsOne(c => c.Address);
            customer.OwnsOne(c => c.Profile, profile => profile.ToJson().OwnsMany(p => p.Phones));
            customer.HasOne(c => c.Region).WithMany(r => r.Customers).HasForeignKey(c => c.RegionCode).OnDelete(DeleteBehavior.SetNull);
            customer.HasOne(c => c.Referrer).WithMany(c => c.Referred).HasForeignKey(c => c.ReferrerId).OnDelete(DeleteBehavior.SetNull);
            customer.HasOne(c => c.Card).WithOne(c => c.Customer).HasForeignKey<Card>(c => c.CustomerId).OnDelete(DeleteBehavior.Cascade);
        });

        modelBuilder.Entity<Card>().HasKey(c => c.CustomerId);
        modelBuilder.Entity<Card>().HasIndex(c => c.Number).IsUnique();

        modelBuilder.Entity<Coupon>().HasQueryFilter(c => !c.Retired);
        modelBuilder.Entity<Coupon>().HasIndex(c => c.Code).IsUnique();

        modelBuilder.Entity<Order>(order =>
        {
            if (!Database.IsSqlite())
            {
                order.Property(o => o.Placed).HasColumnType("timestamp without time zone");
            }

            order.HasOne(o => o.Customer).WithMany(c => c.Orders).HasForeignKey(o => o.CustomerId).OnDelete(DeleteBehavior.Cascade);
            order.HasOne(o => o.Coupon).WithMany(c => c.Orders).HasForeignKey(o => o.CouponId).OnDelete(DeleteBehavior.SetNull);
        });

        modelBuilder.Entity<Line>(line =>
        {
            line.HasKey(l => new { l.OrderId, l.No });
            line.HasOne(l => l.Order).WithMany(o => o.Lines).HasForeignKey(l => l.OrderId).OnDelete(DeleteBehavior.Cascade);
            line.HasOne(l => l.Product).WithMany(p => p.Lines).HasForeignKey(l => l.ProductId).OnDelete(DeleteBehavior.Restrict);
        });

        modelBuilder.Entity<Note>()
            .HasOne(n => n.Line).WithMany(l => l.Notes).HasForeignKey(n => new { n.OrderId, n.LineNo }).OnDelete(DeleteBehavior.Cascade);

        modelBuilder.Entity<Category>()
            .HasOne(c => c.Parent).WithMany(c => c.Children).HasForeignKey(c => c.ParentId).OnDelete(DeleteBehavior.Cascade);

        modelBuilder.Entity<Product>().HasOne(p => p.Category).WithMany(c => c.Products).HasForeignKey(p => p.CategoryId).OnDelete(DeleteBehavior.SetNull);
        modelBuilder.Entity<Product>().HasMany(p => p.Tags).WithMany(t => t.Products);
        modelBuilder.Entity<Book>();
        modelBuilder.Entity<Food>();
        modelBuilder.Entity<Sweet>();
        modelBuilder.Entity<Tag>().HasIndex(t => t.Name).IsUnique();

        modelBuilder.Entity<Document>().UseTptMappingStrategy();
        modelBuilder.Entity<Document>()
            .HasOne(d => d.Order).WithMany(o => o.Documents).HasForeignKey(d => d.OrderId).OnDelete(DeleteBehavior.SetNull);
        modelBuilder.Entity<Invoice>();
        modelBuilder.Entity<Contract>();
        HoldingsModel.Build(modelBuilder);
        DepotModel.Build(modelBuilder, Database.IsSqlite());
    }
}
