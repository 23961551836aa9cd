using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;
using static ZooCache.EFCore.QueryResultSource;

namespace ZooCache.Integration.Tests.Writes;

/// <summary>Databases that are made, dropped and migrated between two questions.</summary>
public abstract class SchemaTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : SchemaTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : SchemaTests(Provider.Postgres);

    private readonly ShopDatabase _shop = new(provider: provider);

    public void Dispose() => _shop.Dispose();

    // Guards InvalidatingDatabaseCreator.EnsureDeleted(Async): SQLite deletes a file without a command.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenTheDatabaseIsDropped_NoAnswerOutlivesIt(bool async)
    {
        _shop.LineCount();
        _shop.LineCount().ShouldBe((12, Hit));
        await using var db = _shop.Open();
        (async ? await db.Database.EnsureDeletedAsync() : db.Database.EnsureDeleted()).ShouldBeTrue();

        Should.Throw<System.Data.Common.DbException>(() => _shop.LineCount());
        (async ? await db.Database.EnsureCreatedAsync() : db.Database.EnsureCreated()).ShouldBeTrue();
        _shop.LineCount().ShouldBe((0, Miss));
        _shop.Cache.GetStatistics().Marks.ShouldBe(0);
    }

    // Guards InvalidatingDatabaseCreator's single steps, which applications reach through a cast.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenTheStepsAreTakenOneByOne_NoAnswerOutlivesThem(bool async)
    {
        _shop.LineCount();
        await using var db = _shop.Open();
        var creator = (IRelationalDatabaseCreator)db.GetService<IDatabaseCreator>();
        db.GetService<IRelationalDatabaseCreator>().ShouldBeSameAs(creator);
        creator.Exists().ShouldBeTrue();
        creator.HasTables().ShouldBeTrue();
        if (async)
        {
            await creator.DeleteAsync();
            await creator.CreateAsync();
            await creator.CreateTablesAsync();
        }
        else
        {
            creator.Delete();
            creator.Create();
            creator.CreateTables();
        }

        _shop.LineCount().ShouldBe((0, Miss));
        _shop.Cache.GetStatistics().Marks.ShouldBe(0);
    }

    // Guards the finally in SchemaWrite: a failed step may have done its work.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenAStepFails_TheDatabaseIsInvalidatedAndNoMarkIsLeft(bool async)
    {
        _shop.LineCount();
        await using (var db = _shop.Open())
        {
            var creator = db.GetService<IRelationalDatabaseCreator>();
            _ = async
                ? await Should.ThrowAsync<System.Data.Common.DbException>(() => creator.CreateTablesAsync())
                : Should.Throw<System.Data.Common.DbException>(creator.CreateTables);
        }

        _shop.LineCount().ShouldBe((12, Miss));
        _shop.Cache.GetStatistics().Marks.ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenMigrated_NoAnswerOutlivesIt(bool async)
    {
        _shop.LineCount();
        var builder = new DbContextOptionsBuilder<MigratedContext>();
        _shop.Database.Use(builder);
        await using (var db = new MigratedContext(builder.UseZooCache(_shop.Cache).Options))
        {
            if (async)
            {
                await db.Database.MigrateAsync();
            }
            else
            {
                db.Database.Migrate();
            }
        }

        _shop.LineCount().ShouldBe((0, Miss));
        _shop.Cache.GetStatistics().Marks.ShouldBe(0);
    }

    public sealed class MigratedContext(DbContextOptions<MigratedContext> options) : DbContext(options);

    [DbContext(typeof(MigratedContext))]
    [Migration("20260101000000_Empties")]
    public sealed class Empties : Migration
    {
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            ArgumentNullException.ThrowIfNull(migrationBuilder);
            migrationBuilder.Sql("DELETE FROM \"Lines\"");
        }
    }
}
