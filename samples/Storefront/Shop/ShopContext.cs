using Microsoft.EntityFrameworkCore;

namespace Storefront.Shop;

internal sealed class ShopContext(DbContextOptions<ShopContext> options) : DbContext(options)
{
    public DbSet<Category> Categories => Set<Category>();

    public DbSet<Product> Products => Set<Product>();

    public DbSet<Order> Orders => Set<Order>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Product>().Property(p => p.Version).IsConcurrencyToken();
        modelBuilder.Entity<Product>().HasIndex(p => p.Name);
        modelBuilder.Entity<Order>().HasOne<Product>().WithMany().HasForeignKey(o => o.ProductId);
    }
}
