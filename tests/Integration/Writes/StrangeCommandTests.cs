using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Writes;

/// <summary>
/// A command through EF that ZooCache doesn't understand is executed exactly as often, with the same result or the same error,
/// as without ZooCache. Each command that does something counts it up in a row of its own.
/// </summary>
public abstract class StrangeCommandTests(Provider provider) : IDisposable
{
    private const string Count = "UPDATE \"Lines\" SET \"Quantity\" = \"Quantity\" + 1 WHERE \"Id\" = 1";

    public sealed class OnSqlite() : StrangeCommandTests(Provider.Sqlite)
    {
        [Theory]
        [MemberData(nameof(Strange))]
        public Task WhenSqliteRunsAStrangeCommand_ItRunsAsOftenAsWithoutTheCache(string sql) => RunsAsOften(sql);

        public static TheoryData<string> Strange { get; } =
        [
            "PRAGMA user_version", "PRAGMA table_info('Lines')", "PRAGMA case_sensitive_like = 1", "PRAGMA nonsense = 1",
            "ATTACH ':memory:' AS other; CREATE TABLE other.t (a); " + Count, "DETACH nobody", "VACUUM", "REINDEX",
            "EXPLAIN " + Count, "EXPLAIN QUERY PLAN SELECT * FROM \"Lines\"", "REPLACE INTO nobody VALUES (1)",
            "INSERT OR REPLACE INTO \"Lines\" (\"Id\", \"OrderId\", \"Product\", \"Quantity\") SELECT \"Id\", \"OrderId\", \"Product\", \"Quantity\" + 1 FROM \"Lines\" WHERE \"Id\" = 1",
            "CREATE TEMP TABLE x (a); INSERT INTO x VALUES (1); " + Count + "; DROP TABLE x", "SELECT load_extension('nobody')",
            "BEGIN; " + Count + "; ROLLBACK", "BEGIN IMMEDIATE; " + Count + "; COMMIT", "SELECT /* a /* b */ 1",
        ];
    }

    [NeedsPostgres]
    public sealed class OnPostgres() : StrangeCommandTests(Provider.Postgres)
    {
        [Theory]
        [MemberData(nameof(Strange))]
        public Task WhenPostgresRunsAStrangeCommand_ItRunsAsOftenAsWithoutTheCache(string sql) => RunsAsOften(sql);

        public static TheoryData<string> Strange { get; } =
        [
            "DO $$ BEGIN " + Count + "; END $$", "DO $$ BEGIN RAISE EXCEPTION 'no'; END $$", "CALL nobody(1)", "SELECT nobody(1)",
            "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) " + Count, "WITH x AS (" + Count + " RETURNING 1) SELECT * FROM x", "VACUUM", "ANALYZE \"Lines\"",
            "SET search_path TO pg_catalog; SELECT 1", "SET LOCAL statement_timeout = 0", "LISTEN x", "NOTIFY x", "SHOW search_path",
            "PREPARE x AS " + Count + "; EXECUTE x; DEALLOCATE x", "DECLARE c CURSOR FOR SELECT 1", "FETCH 1 FROM c", "LOCK TABLE \"Lines\"",
            "BEGIN; " + Count + "; ROLLBACK", "BEGIN; " + Count + "; COMMIT", "COMMIT PREPARED 'nobody'", "TRUNCATE \"Customers\"",
            "MERGE INTO \"Lines\" l USING (VALUES (1)) v (id) ON l.\"Id\" = v.id WHEN MATCHED THEN UPDATE SET \"Quantity\" = \"Quantity\" + 1",
            "SELECT /* a /* b */ c */ 1", "CREATE TEMP TABLE x (a int); INSERT INTO x VALUES (1); " + Count,
        ];
    }

    private readonly ShopDatabase _shop = new(provider: provider);
    private readonly ShopDatabase _plain = new(provider: provider);

    public static TheoryData<string> Everywhere { get; } =
    [
        Count, Count + "; " + Count, Count + " RETURNING \"Quantity\"", "-- " + Count, "/* " + Count + " */ SELECT 1", "SELECT 'x; " + Count + "'",
        Count + "; FROBNICATE", "FROBNICATE; " + Count, "FROBNICATE", "SELECT", "", ";", "SELECT 1; SELECT 2; " + Count,
        "INSERT INTO \"Lines\" (\"Id\") VALUES (1)", "DROP TABLE nobody", "CREATE TABLE x (a int); " + Count + "; DROP TABLE x",
        "SAVEPOINT x", "ROLLBACK", "COMMIT", "END", "SELECT 1)", "SELECT 'never ends", "DELETE FROM nobody",
    ];

    public void Dispose()
    {
        _shop.Dispose();
        _plain.Dispose();
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public async Task WhenACommandIsStrange_ItRunsAsOftenAsWithoutTheCache(string sql) => await RunsAsOften(sql);

    protected async Task RunsAsOften(string sql)
    {
        foreach (var way in new[] { "NonQuery", "Scalar", "Reader" })
        {
            foreach (var async in new[] { false, true })
            {
                ForgetConnections();
                var commands = _shop.Commands.Count;
                string cached;
                string plain;
                await using (var db = _shop.Open())
                {
                    cached = await Run(db, sql, way, async);
                }

                await using (var db = _plain.Uncached())
                {
                    plain = await Run(db, sql, way, async);
                }

                cached.ShouldBe(plain, $"{way}, {async}");
                (_shop.Commands.Count - commands).ShouldBe(way == "Scalar" ? 0 : 1, "the log sees no scalars");
                Effects(_shop).ShouldBe(Effects(_plain), $"{way}, {async}");
            }
        }

        // And what is asked through the cache afterwards is what is there.
        using var counted = _shop.Open();
        counted.Lines.Where(l => l.Id == 1).Cacheable().Select(l => l.Quantity).Single().ShouldBe(Effects(_shop));
    }

    /// <summary>SQLite counts the changes of a connection, so that what one tells depends on what it was used for before.</summary>
    private void ForgetConnections()
    {
        foreach (var shop in new[] { _shop, _plain })
        {
            using var connection = shop.Database.Connect();
            if (connection is SqliteConnection pooled)
            {
                pooled.Close();
                SqliteConnection.ClearPool(pooled);
            }
        }
    }

    /// <summary>What a command gives: its rows, its number of rows, or its error.</summary>
    private static async Task<string> Run(ShopContext db, string sql, string way, bool async)
    {
        var connection = db.GetService<IRelationalConnection>();
        var parameters = new RelationalCommandParameterObject(
            connection, null, null, db, db.GetService<IRelationalCommandDiagnosticsLogger>(), CommandSource.ExecuteSqlRaw);
        try
        {
            // EF itself refuses an empty text in its own way.
            var command = db.GetService<IRawSqlCommandBuilder>().Build(sql);
            switch (way)
            {
                case "NonQuery":
                    return (async ? await db.Database.ExecuteSqlRawAsync(sql.Replace("{", "{{").Replace("}", "}}")) : db.Database.ExecuteSqlRaw(sql.Replace("{", "{{").Replace("}", "}}"))).ToString();
                case "Scalar":
                    return (async ? await command.ExecuteScalarAsync(parameters) : command.ExecuteScalar(parameters))?.ToString() ?? "null";
                default:
                    var rows = new List<string>();
                    await using (var reader = async ? await command.ExecuteReaderAsync(parameters) : command.ExecuteReader(parameters))
                    {
                        do
                        {
                            while (async ? await reader.ReadAsync() : reader.Read())
                            {
                                rows.Add(string.Join(',', Enumerable.Range(0, reader.DbDataReader.FieldCount).Select(reader.DbDataReader.GetValue)));
                            }
                        }
                        while (async ? await reader.DbDataReader.NextResultAsync() : reader.DbDataReader.NextResult());
                    }

                    return string.Join('\n', rows);
            }
        }
        catch (Exception exception) when (exception is DbException or InvalidOperationException or ArgumentException)
        {
            return exception.GetType().Name + ": " + exception.Message;
        }
    }

    private static int Effects(ShopDatabase shop)
    {
        using var db = shop.Uncached();
        return db.Lines.Where(l => l.Id == 1).Select(l => l.Quantity).Single();
    }
}
