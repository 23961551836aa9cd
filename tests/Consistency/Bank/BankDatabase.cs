using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Bank;

/// <summary>An account. Its version grows with every change, so that an answer tells which of them it has seen.</summary>
public sealed class Account
{
    public int Id { get; set; }

    public int Balance { get; set; }

    public int Version { get; set; }
}

public sealed class BankContext(DbContextOptions<BankContext> options) : DbContext(options)
{
    public DbSet<Account> Accounts => Set<Account>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
        => modelBuilder.Entity<Account>().Property(a => a.Version).IsConcurrencyToken();
}

/// <summary>Ten accounts of 100 each, and a cache of its own.</summary>
public sealed class BankDatabase : IDisposable
{
    public const int Count = 10;
    public const int Total = Count * 100;

    private readonly WorldStore _store;

    public BankDatabase(ZooCacheOptions? options = null, Provider provider = Provider.Sqlite)
    {
        _store = WorldStore.Create(provider);
        Cache = new ZooCache(options);
        using var db = new BankContext(Configure(static _ => { }));
        db.Database.EnsureCreated();
        db.Accounts.AddRange(Enumerable.Range(1, Count).Select(id => new Account { Id = id, Balance = 100, Version = 1 }));
        db.SaveChanges();
    }

    public ZooCache Cache { get; }

    public BankContext Open(params IInterceptor[] interceptors)
        => new(Configure(b => b.UseZooCache(Cache).AddInterceptors(interceptors)));

    /// <summary>The balance as the cache gives it, through a context of its own.</summary>
    public int Balance(int id, params IInterceptor[] interceptors)
    {
        using var db = Open(interceptors);
        return db.Accounts.AsNoTracking().Cacheable().Single(a => a.Id == id).Balance;
    }

    public async Task<int> BalanceAsync(int id, CancellationToken cancellationToken = default, params IInterceptor[] interceptors)
    {
        await using var db = Open(interceptors);
        return (await db.Accounts.AsNoTracking().Cacheable().SingleAsync(a => a.Id == id, cancellationToken)).Balance;
    }

    public void SetBalance(int id, int balance)
    {
        using var db = Open();
        var account = db.Accounts.Single(a => a.Id == id);
        account.Balance = balance;
        account.Version++;
        db.SaveChanges();
    }

    public void Dispose()
    {
        Cache.Dispose();
        _store.Dispose();
    }

    private DbContextOptions<BankContext> Configure(Action<DbContextOptionsBuilder> configure)
    {
        var builder = new DbContextOptionsBuilder<BankContext>();
        _store.Use(builder);
        configure(builder);
        return builder.Options;
    }
}
