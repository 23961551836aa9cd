using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using ZooCache.Benchmarks.Data;

namespace ZooCache.Benchmarks.Scale;

/// <summary>How many tables a model has.</summary>
internal interface ITables
{
    static abstract int Count { get; }
}

internal sealed class Tables5 : ITables
{
    public static int Count => 5;
}

internal sealed class Tables50 : ITables
{
    public static int Count => 50;
}

internal sealed class Tables500 : ITables
{
    public static int Count => 500;
}

/// <summary>The items, and other tables that nobody asks for, each with a key and two indexed columns.</summary>
internal sealed class WideContext<TTables>(DbContextOptions<WideContext<TTables>> options) : DbContext(options)
    where TTables : ITables
{
    public DbSet<Item> Items => Set<Item>();

    public static PooledDbContextFactory<WideContext<TTables>> Factory(string file, ZooCache cache)
    {
        var options = new DbContextOptionsBuilder<WideContext<TTables>>().UseSqlite($"Data Source={file}");
        options.UseZooCache(cache);
        return new PooledDbContextFactory<WideContext<TTables>>(options.Options);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        for (var i = 1; i < TTables.Count; i++)
        {
            modelBuilder.SharedTypeEntity<Dictionary<string, object>>($"Other{i}", other =>
            {
                other.IndexerProperty<int>("Id");
                other.IndexerProperty<int>("OwnerId");
                other.IndexerProperty<string>("Name");
                other.HasIndex("OwnerId");
                other.HasIndex("Name");
            });
        }
    }
}
