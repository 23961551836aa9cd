using ZooCache.EFCore.Writes.Sql;

namespace ZooCache.Integration.Tests.Writes.Sql;

/// <summary>What texts are taken to do. The expected effect is written as the tables, <c>-name</c> where rows may be deleted,
/// <c>name(columns)</c> what an update sets; <c>f()</c> for a call; <c>nothing</c>; <c>transaction</c>, <c>settings</c>, <c>session</c>; all of
/// them together for what isn't understood.</summary>
public sealed class SqlReaderTests
{
    private const string Unknown = "database settings session transaction";

    // ---- both dialects

    [Theory]
    [InlineData("UPDATE t SET a = 1", "T(A)")]
    [InlineData("update\tt\nset a=1,b = 2 where c = 3", "T(A,B)")]
    [InlineData("UPDATE t SET (a, b) = (1, 2), \"c d\" = 3", "T(A,B,C D)")]
    [InlineData("UPDATE t AS x SET a = (SELECT max(b) FROM u)", "T(A)")]
    [InlineData("UPDATE t x SET a = b IS DISTINCT FROM c, id = 5", "T(A,ID)")]
    [InlineData("UPDATE t SET a = CASE WHEN b = 1 THEN 2 ELSE 3 END, d = 4 FROM u WHERE t.id = u.id", "T(A,D)")]
    [InlineData("INSERT INTO t (a, b) VALUES (1, 2)", "T")]
    [InlineData("INSERT INTO t DEFAULT VALUES", "T")]
    [InlineData("INSERT INTO t AS x (a) SELECT a FROM u", "T")]
    [InlineData("INSERT INTO t(id) VALUES (1) ON CONFLICT (id) DO NOTHING", "T")]
    [InlineData("INSERT INTO t(id) VALUES (1) ON CONFLICT (id) DO UPDATE SET id = excluded.id RETURNING *", "T T(ID)")]
    [InlineData("DELETE FROM t", "-T")]
    [InlineData("DELETE FROM s . t WHERE a IN (SELECT a FROM u)", "-S.T")]
    [InlineData("DELETE FROM \"a.b\".\"c \"\"d\"\" e\"", "-A.B.C \"D\" E")]
    [InlineData("DELETE FROM \"order\"", "-ORDER")]
    [InlineData("WITH x AS (SELECT 1) DELETE FROM t WHERE a IN (SELECT * FROM x)", "-T")]
    [InlineData("WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x WHERE n < 9) INSERT INTO t SELECT n FROM x", "T")]
    [InlineData("DELETE FROM t; ; UPDATE u SET a = 1;", "-T U(A)")]
    [InlineData("-- DELETE FROM x\nDELETE /* FROM y */ FROM/**/t -- ; DROP TABLE z", "-T")]
    [InlineData("DELETE FROM t WHERE a = 'x''; DELETE FROM u; --'", "-T")]
    [InlineData("EXPLAIN DELETE FROM t", "-T")]
    [InlineData("SELECT delete FROM t", "-T")]
    [InlineData("(SELECT 1) UNION (SELECT 2)", "nothing")]
    [InlineData("SELECT 'UPDATE t SET a = 1; DROP TABLE t'", "nothing")]
    [InlineData("SELECT \"delete\", t.update, x.\"insert\"\"into\" FROM t", "nothing")]
    [InlineData("SELECT /* DELETE FROM t */ count(*) FROM t -- DELETE FROM t", "nothing")]
    [InlineData("select sum(a) filter (where b > 0) over (partition by c order by d) from t where e like 'x%' and (f is null or g in (1, 2.5e-3))", "nothing")]
    [InlineData("SELECT replace(a, 'b', 'c'), cast(d as numeric(10, 2)) FROM t GROUP BY (e)", "nothing")]
    [InlineData("VALUES (1), (2)", "nothing")]
    [InlineData("", "nothing")]
    [InlineData(" -- nothing at all", "nothing")]
    [InlineData("SELECT f(1)", "f()")]
    [InlineData("SELECT f /* hidden */ (1)", "f()")]
    [InlineData("SELECT \"lower\"(a), s.upper(b)", "lower() upper()")]
    [InlineData("UPDATE t SET a = f(b)", "T(A) f()")]
    [InlineData("BEGIN", "transaction")]
    [InlineData("SAVEPOINT s", "transaction")]
    [InlineData("ROLLBACK TO SAVEPOINT s", "database transaction")]
    [InlineData("COMMIT", "database transaction ends")]
    [InlineData("rollback transaction;", "database transaction ends")]
    [InlineData("BEGIN; DELETE FROM t; COMMIT", "database transaction -T")]
    [InlineData("CREATE TABLE t (a int)", "database")]
    [InlineData("DROP TABLE t", "database")]
    [InlineData("ALTER TABLE t RENAME TO u", "database")]
    [InlineData("CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM u; END", "database transaction")]
    [InlineData("CREATE TEMP TABLE t (a int)", "database session")]
    [InlineData("CREATE TEMPORARY VIEW t AS SELECT 1", "database session")]
    [InlineData("VACUUM", "database")]
    [InlineData("ANALYZE t", "database")]
    [InlineData("REINDEX t", "database")]
    public void WhenEitherDatabaseReadsIt_ItIsTakenFor(string sql, string effect)
    {
        Describe(sql, SqlDialect.Sqlite).ShouldBe(effect);
        Describe(sql, SqlDialect.PostgreSql).ShouldBe(effect);
    }

    [Theory]
    [InlineData("/* a /* b */ DELETE FROM t")]
    [InlineData("/* a /* b */ c */ SELECT 1")]
    [InlineData("/*/*/ DELETE FROM t /**/")]
    [InlineData("/*! DELETE FROM t */ SELECT 1")]
    [InlineData("/* never ends")]
    [InlineData("SELECT 'never ends")]
    [InlineData("SELECT \"never ends")]
    [InlineData("SELECT 'a\\'; DELETE FROM t; --'")]
    [InlineData("SELECT -- a\rDELETE FROM t")]
    [InlineData("SELECT 1\0; DELETE FROM t")]
    [InlineData("SELECT 'a\0'")]
    [InlineData("SELECT 1DELETE FROM t")]
    [InlineData("DELETE FROM")]
    [InlineData("DELETE t")]
    [InlineData("DELETE FROM 't'")]
    [InlineData("INSERT t VALUES (1)")]
    [InlineData("UPDATE t, u SET a = 1")]
    [InlineData("UPDATE t JOIN u ON t.id = u.id SET u.a = 1")]
    [InlineData("SELECT * INTO u FROM t")]
    [InlineData("EXEC p")]
    [InlineData("EXECUTE p(1)")]
    [InlineData("DO $$ BEGIN DELETE FROM t; END $$")]
    [InlineData("PREPARE x AS DELETE FROM t")]
    [InlineData("FROBNICATE t")]
    [InlineData("\u00a0DELETE FROM t")]
    [InlineData("\ufeffSELECT 1")]
    [InlineData("SELECT 1)")]
    [InlineData("SELECT (1")]
    [InlineData("SELECT {fn now()}")]
    [InlineData("\"DELETE\" FROM t")]
    [InlineData("'x'")]
    [InlineData("DECLARE c CURSOR FOR SELECT f()")]
    [InlineData("FETCH ALL FROM c")]
    [InlineData("EXPLAIN ANALYZE EXECUTE p")]
    public void WhenItCanBeReadInTwoWays_OrNotAtAll_ItMayDoEverything(string sql)
    {
        Describe(sql, SqlDialect.Sqlite).ShouldContain(Unknown);
        Describe(sql, SqlDialect.PostgreSql).ShouldContain(Unknown);
    }

    // ---- one dialect

    [Theory]
    [InlineData("REPLACE INTO t VALUES (1)", "-T")]
    [InlineData("INSERT OR REPLACE INTO t VALUES (1)", "-T")]
    [InlineData("INSERT OR IGNORE INTO main.t VALUES (1)", "MAIN.T")]
    [InlineData("UPDATE OR REPLACE t SET a = 1", "-T(A)")]
    [InlineData("UPDATE OR IGNORE [t] SET [a] = @a, `b` = :b, c = $c, d = ?5", "T(A,B,C,D)")]
    [InlineData("DELETE FROM [a b.c]", "-A B.C")]
    [InlineData("DELETE FROM `a``b`", "-A`B")]
    [InlineData("UPDATE t SET 'a' = 1", "T(?)")]
    [InlineData("PRAGMA journal_mode = wal", "nothing")]
    [InlineData("PRAGMA main.table_info(\"DELETE\")", "nothing")]
    [InlineData("PRAGMA case_sensitive_like = 1", Unknown)]
    [InlineData("PRAGMA journal_mode = wal DELETE FROM t", Unknown)]
    [InlineData("ATTACH 'x.db' AS y", "session")]
    [InlineData("DETACH y", "session")]
    [InlineData("CREATE TABLE temp.t (a)", "database session")]
    [InlineData("SELECT ifnull(a, strftime('%Y', b)) FROM json_each('[]')", "nothing")]
    [InlineData("SELECT load_extension('x')", "load_extension()")]
    [InlineData("SELECT set_config('a', 'b', 0)", "set_config()")]
    [InlineData("SELECT $x$, $$; DELETE FROM t; SELECT $x$, $$", "-T")]
    [InlineData("SELECT E'\\'; DELETE FROM t; --'", Unknown)]
    [InlineData("SELECT a #> b", Unknown)]
    [InlineData("UPDATE t INDEXED BY i SET a = 1", Unknown)]
    public void WhenSqliteReadsIt_ItIsTakenFor(string sql, string effect) => Describe(sql, SqlDialect.Sqlite).ShouldBe(effect);

    [Theory]
    [InlineData("WITH x AS (INSERT INTO t (a) VALUES (1) RETURNING *), y AS (DELETE FROM ONLY u RETURNING *) SELECT * FROM x, y", "T -U")]
    [InlineData("WITH x AS MATERIALIZED (SELECT 1), y AS NOT MATERIALIZED (UPDATE t SET a = 1 RETURNING 1) TABLE y", "T(A)")]
    [InlineData("WITH i AS (INSERT INTO u (id) VALUES (1) ON CONFLICT (id) DO NOTHING) INSERT INTO t (id) VALUES (1) ON CONFLICT ON CONSTRAINT k DO UPDATE SET id = 2", "U T U(ID) T(ID)")]
    [InlineData("UPDATE ONLY t * SET a[1] = 1 FROM u", "T(A)")]
    [InlineData("DELETE FROM t USING u WHERE t.id = u.id", "-T")]
    [InlineData("MERGE INTO t USING u ON t.id = u.id WHEN MATCHED AND u.a IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET a = u.a WHEN NOT MATCHED THEN INSERT (a) VALUES (1)", "-T -T(A)")]
    [InlineData("MERGE INTO ONLY s.\"T\" AS x USING u ON true WHEN MATCHED THEN DO NOTHING", "-S.T")]
    [InlineData("TRUNCATE t", "-T")]
    [InlineData("TRUNCATE TABLE ONLY t *, s.u RESTART IDENTITY RESTRICT", "-T -S.U")]
    [InlineData("TRUNCATE t CASCADE", "-T " + Unknown)]
    [InlineData("COPY t (a, b) FROM '/tmp/x'", "T")]
    [InlineData("COPY t FROM PROGRAM 'cat'", "T")]
    [InlineData("COPY t TO '/tmp/x'", "T " + Unknown)]
    [InlineData("COPY (DELETE FROM t RETURNING *) TO '/tmp/x'", Unknown)]
    [InlineData("SELECT * FROM t FOR UPDATE", "nothing")]
    [InlineData("SELECT * FROM t FOR NO KEY UPDATE OF t SKIP LOCKED", "nothing")]
    [InlineData("SELECT a::text, b -> 'c', d[1:2], array[1, 2], x @> y, z #>> '{a}', e ? 'f' FROM t WHERE g = any($1) AND h = @h", "nothing")]
    [InlineData("SELECT $$DELETE FROM t;$$, $tag$ ' $$ DELETE FROM t; $tag$", "nothing")]
    [InlineData("SELECT $a$ never ends $b$", Unknown)]
    [InlineData("SELECT E'it\\'s; DELETE FROM t', e'\\\\', 'x'", "nothing")]
    [InlineData("SELECT E'a' '\\'; DELETE FROM t; --'", Unknown)]
    [InlineData("SELECT U&'\\0061', 1", "nothing")]
    [InlineData("DELETE FROM U&\"\\0061\"", Unknown)]
    [InlineData("DELETE FROM `t`", Unknown)]
    [InlineData("SELECT @delete(1)", "@delete()")]
    [InlineData("SELECT set_config('search_path', 'x', false)", "set_config()")]
    [InlineData("SELECT nextval('s')", "nextval()")]
    [InlineData("SELECT over(1), by(2)", "over() by()")]
    [InlineData("CALL s.p(1, f(2))", "p() f()")]
    [InlineData("CREATE TABLE pg_temp.t (a int)", "database session")]
    [InlineData("SELECT * INTO TEMP x FROM t", Unknown)]
    [InlineData("EXPLAIN ANALYZE DELETE FROM t", "-T")]
    [InlineData("EXPLAIN (ANALYZE, BUFFERS) UPDATE t SET a = 1", "T(A)")]
    [InlineData("EXPLAIN ANALYZE CREATE TABLE u AS SELECT 1", "database")]
    [InlineData("SET search_path TO x", "settings")]
    [InlineData("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE", "session")]
    [InlineData("SET default_transaction_isolation = 'serializable'", "session")]
    [InlineData("RESET search_path", "settings")]
    [InlineData("RESET ALL", "settings")]
    [InlineData("SHOW search_path", "nothing")]
    [InlineData("LOCK TABLE t", "session")]
    [InlineData("COMMIT PREPARED 'x'", "database transaction")]
    [InlineData("START TRANSACTION ISOLATION LEVEL SERIALIZABLE", "transaction")]
    public void WhenPostgresReadsIt_ItIsTakenFor(string sql, string effect) => Describe(sql, SqlDialect.PostgreSql).ShouldBe(effect);

    [Theory]
    [InlineData("SELECT a, count(*) FROM \"t\" WHERE b = @p GROUP BY a -- a comment", "nothing")]
    [InlineData("DELETE FROM t", Unknown)]
    [InlineData("SELECT 1 DELETE FROM t", Unknown)]
    [InlineData("SELECT 1 BEGIN TRAN", Unknown)]
    [InlineData("SELECT 1 USE x", Unknown)]
    [InlineData("SELECT now()", Unknown)]
    [InlineData("SELECT `a`", Unknown)]
    [InlineData("SELECT [a]", Unknown)]
    [InlineData("SELECT 1 # DELETE FROM t", Unknown)]
    [InlineData("SELECT 1 --1 ", Unknown)]
    public void WhenTheDialectIsUnknown_OnlyPlainReadsAreRecognised(string sql, string effect) => Describe(sql, SqlDialect.Unknown).ShouldBe(effect);

    [Theory]
    [InlineData("SELECT * FROM t WHERE a = {0} AND b = '{1}'", true)]
    [InlineData("SELECT lower(a), max(b) FROM t", true)]
    [InlineData("SELECT random()", false)]
    [InlineData("SELECT datetime('now')", false)]
    [InlineData("SELECT CURRENT_TIMESTAMP", false)]
    [InlineData("SELECT * FROM t FOR SHARE", false)]
    [InlineData("DELETE FROM t RETURNING *", false)]
    [InlineData("SELECT f(a) FROM t", false)]
    public void WhenFromSqlIsToBeCached_ItMustBeARepeatableRead(string sql, bool expected) => SqlReader.IsRepeatableRead(sql).ShouldBe(expected);

    [Theory]
    [InlineData("place_order", "PLACE_ORDER")]
    [InlineData("sales.\"Place Order\"", "PLACE ORDER")]
    [InlineData("place_order; DROP TABLE t", null)]
    [InlineData("", null)]
    public void WhenACommandNamesAProcedure_ItsNameIsRead(string text, string? name)
        => SqlReader.ReadName(text, SqlDialect.PostgreSql).ShouldBe(name);

    private static string Describe(string sql, SqlDialect dialect)
    {
        var effect = SqlReader.Read(sql, dialect);
        List<string> parts =
        [
            .. Flag(effect.Database, "database"), .. Flag(effect.ChangesSettings, "settings"), .. Flag(effect.ChangesSession, "session"),
            .. Flag(effect.ControlsTransaction, "transaction"), .. Flag(effect.EndsTransaction, "ends"),
        ];
        var targets = effect.Targets.Select(t =>
            (t.MayDelete ? "-" : "") + (t.Schema is null ? "" : t.Schema + ".") + t.Table
            + (t.Assigned switch { null => "(?)", { Count: 0 } => "", var set => $"({string.Join(',', set)})" }));
        var calls = effect.Calls.Select(c => c.ToLowerInvariant() + "()");

        // What is written by name stands first, unless everything may be.
        var all = effect.Database && !effect.ChangesSession ? parts.Concat(targets).Concat(calls) : targets.Concat(calls).Concat(parts);
        return string.Join(' ', all.DefaultIfEmpty("nothing"));

        static IEnumerable<string> Flag(bool is_, string name) => is_ ? [name] : [];
    }
}
