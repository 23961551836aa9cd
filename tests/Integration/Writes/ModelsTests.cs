using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Writes;

public sealed class SlimCustomer
{
    public int Id { get; set; }
    public string Name { get; set; } = "";
}

/// <summary>A second, narrower model over the shop's customers: no orders, no cascades, another name for the type.</summary>
public sealed class SlimContext(DbContextOptions<SlimContext> options) : DbContext(options)
{
    public DbSet<SlimCustomer> Customers => Set<SlimCustomer>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<SlimCustomer>().ToTable("Customers");
    }
}

/// <summary>Two models on one database: each writes what the other reads.</summary>
public abstract class ModelsTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : ModelsTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : ModelsTests(Provider.Postgres);

    private readonly ShopDatabase _shop = new(provider: provider);

    public void Dispose() => _shop.Dispose();

    // Guards TableRegistry.Register: cascades are the table's, whichever model told of them.
    [Theory]
    [InlineData("remove")]
    [InlineData("set")]
    [InlineData("raw")]
    public void WhenAModelDoesNotKnowTheCascades_TheyAreFollowedAllTheSame(string how)
    {
        _shop.LineCount().Count.ShouldBe(12);
        _shop.LineCount().Source.ShouldBe(QueryResultSource.Hit);
        using (var slim = Slim())
        {
            switch (how)
            {
                case "remove":
                    slim.Remove(new SlimCustomer { Id = 1 });
                    slim.SaveChanges();
                    break;
                case "set":
                    slim.Customers.Where(c => c.Id == 1).ExecuteDelete();
                    break;
                default:
                    slim.Database.ExecuteSqlRaw("DELETE FROM \"Customers\" WHERE \"Id\" = 1");
                    break;
            }
        }

        _shop.LineCount().ShouldBe((8, QueryResultSource.Miss));
    }

    [Fact]
    public void WhenOneModelWrites_TheOthersAnswersAreRight()
    {
        SlimName().ShouldBe("Customer 1");
        _shop.CustomerName(1).Name.ShouldBe("Customer 1");
        using (var slim = Slim())
        {
            slim.Customers.Single(c => c.Id == 1).Name = "by the slim one";
            slim.SaveChanges();
        }

        _shop.CustomerName(1).Name.ShouldBe("by the slim one");
        SlimName().ShouldBe("by the slim one");
        _shop.Change(db => db.Customers.Single(c => c.Id == 1).Name = "by the full one");
        SlimName().ShouldBe("by the full one");

        string SlimName()
        {
            using var slim = Slim();
            return slim.Customers.AsNoTracking().Cacheable().Single(c => c.Id == 1).Name;
        }
    }

    private SlimContext Slim()
    {
        var builder = new DbContextOptionsBuilder<SlimContext>();
        _shop.Database.Use(builder);
        builder.UseZooCache(_shop.Cache);
        return new SlimContext(builder.Options);
    }
}
