using System.Diagnostics.Metrics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Setup;

public sealed class SecretsContext(DbContextOptions<SecretsContext> options) : DbContext(options)
{
    public DbSet<Customer> Customers => Set<Customer>();

    public static int Fragment(int value) => throw new NotSupportedException($"A function of the database, for {value}.");

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<Customer>().ToTable("Customers");
        modelBuilder.Entity<Order>().ToTable("Orders");
        modelBuilder.Entity<Line>().ToTable("Lines");
        modelBuilder.HasDbFunction(() => Fragment(0)).HasTranslation(_ => new SqlFragmentExpression("length('s3cret')"));
    }
}

/// <summary>What ZooCache tells of queries names no connection string, no value and no SQL.</summary>
public sealed class SecretsTests : IDisposable
{
    private const string Secret = "s3cret";

    private readonly Scratch<SecretsContext> _scratch = new(o => new SecretsContext(o), Fill, new ZooCacheOptions { Prefix = $"secrets {Guid.NewGuid():N}" });
    private readonly List<string> _told = [];

    private static void Fill(SecretsContext db) => db.Add(new Customer { Name = Secret });

    public void Dispose() => _scratch.Dispose();

    // Guards the texts of DependencyAnalyzer's reasons, QueryKey's problems and MarkerReader's exception.
    [Fact]
    public void WhateverHappensToAQuery_NothingOfItIsTold()
    {
        var name = Secret;
        for (var i = 0; i < 2; i++)
        {
            Ask(db => db.Customers.Where(c => c.Name == name).ToList());
            Ask(db => db.Customers.Where(c => c.Name == "s3cret").AsSplitQuery().Include(c => c.Orders).ToList());
            Ask(db => db.Customers.FromSqlRaw("SELECT * FROM Customers WHERE Name = 's3cret'").ToList());
            Ask(db => db.Customers.FromSqlRaw("UPDATE Customers SET Name = 's3cret' RETURNING *").AsEnumerable().ToList());
            Ask(db => db.Customers.FromSqlRaw("SELECT * FROM s3cret").ToList());
            Ask(db => db.Customers.Count(c => SecretsContext.Fragment(1) > 0));
            Ask(db => db.Customers.Count(c => EF.Functions.Random() > 0 && c.Name == name));
            Ask(db => db.Customers.Cacheable(o => o.Tags = [Secret]).ToList());
            Ask(db => db.Customers.Where(c => db.Customers.Cacheable(new CacheableOptions { AbsoluteExpiration = c.Name == "s3cret" ? null : TimeSpan.FromDays(1) }).Any(x => x.Name == name)).ToList());
            Ask(db => db.Database.ExecuteSqlRaw("PRAGMA s3cret"));
            Ask(db => db.Customers.ToList(), z => z.VaryBy((DbContext _) => Secret));
            Ask(db => db.Customers.ToList(), z => z.VaryBy((DbContext _) => new Uri("https://s3cret/")));
        }

        var statistics = _scratch.Cache.GetStatistics();
        _told.AddRange([.. statistics.BypassesByReason.Keys, .. statistics.MissesByReason.Keys, .. statistics.FillsRejectedByReason.Keys]);
        Measure();
        _told.ShouldContain("raw-sql: not known to only read");
        _told.ShouldContain("unknown-expression: SqlFragmentExpression");
        _told.ShouldContain(text => text.StartsWith("UseZooCache(z => z.VaryBy(…)) gave"));
        _told.ShouldContain(_scratch.Cache.Prefix);
        foreach (var text in _told.Distinct())
        {
            text.ShouldNotContain(Secret, Case.Insensitive);
            text.ShouldNotContain(Path.GetTempPath());
            text.ShouldNotContain("SELECT");
        }
    }

    private void Ask<T>(Func<SecretsContext, T> query, Action<ZooCacheContextOptionsBuilder>? configure = null)
    {
        using var db = _scratch.Open(z =>
        {
            z.CacheAll().OnQuery(outcome => _told.Add(outcome.Reason));
            configure?.Invoke(z);
        });
        try
        {
            query(db);
        }
        catch (InvalidOperationException exception) when (exception.Source?.StartsWith("ZooCache", StringComparison.Ordinal) == true)
        {
            _told.Add(exception.Message);
        }
        catch (Exception exception) when (exception is Microsoft.Data.Sqlite.SqliteException or InvalidOperationException)
        {
            // The database's or EF's own words.
        }
    }

    private void Measure()
    {
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == "ZooCache")
            {
                _told.Add(instrument.Name);
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            foreach (var (_, value) in tags)
            {
                _told.Add(value?.ToString() ?? "");
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
    }
}
