using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;
using static ZooCache.EFCore.QueryResultSource;

namespace ZooCache.Integration.Tests.Writes;

/// <summary>What the model says of triggers, routines and views, and what follows where it says nothing.</summary>
public abstract class DeclaredWritesTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : DeclaredWritesTests(Provider.Sqlite)
    {
        protected override string TriggerOn(string table)
            => $"CREATE TRIGGER \"on {table}\" AFTER UPDATE ON \"{table}\" BEGIN UPDATE \"Audits\" SET \"N\" = \"N\" + 1; END;";

        protected override string View
            => "CREATE VIEW \"Shown\" AS SELECT * FROM \"Things\"; CREATE TRIGGER v INSTEAD OF UPDATE ON \"Shown\" BEGIN UPDATE \"Things\" SET \"N\" = NEW.\"N\" WHERE \"Id\" = NEW.\"Id\"; END;";
    }

    [NeedsPostgres]
    public sealed class OnPostgres() : DeclaredWritesTests(Provider.Postgres)
    {
        private const string Routines = """
            CREATE FUNCTION count_audit() RETURNS int LANGUAGE sql AS 'UPDATE "Audits" SET "N" = "N" + 1; SELECT 1';
            CREATE PROCEDURE count_audit_too() LANGUAGE sql AS 'UPDATE "Audits" SET "N" = "N" + 1';
            CREATE FUNCTION undeclared() RETURNS int LANGUAGE sql AS 'UPDATE "Audits" SET "N" = "N" + 1; SELECT 1';
            CREATE FUNCTION harmless() RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE PROCEDURE insert_noted(n int, INOUT id int) LANGUAGE plpgsql AS
                'BEGIN UPDATE "Audits" SET "N" = "N" + 1; INSERT INTO "Noted" ("N") VALUES (n) RETURNING "Id" INTO id; END';
            CREATE PROCEDURE insert_secret(n int, INOUT id int) LANGUAGE plpgsql AS
                'BEGIN UPDATE "Audits" SET "N" = "N" + 1; INSERT INTO "Secret" ("N") VALUES (n) RETURNING "Id" INTO id; END';
            """;

        protected override string TriggerOn(string table)
            => $"CREATE TRIGGER \"on {table}\" AFTER UPDATE ON \"{table}\" EXECUTE FUNCTION audit();";

        protected override string View => "CREATE VIEW \"Shown\" AS SELECT * FROM \"Things\";";

        protected override string Before
            => "CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE \"Audits\" SET \"N\" = \"N\" + 1; RETURN NULL; END';" + Routines;

        // Guards TableRegistry.MapRoutine.
        [Theory]
        [InlineData("SELECT count_audit()", false)]
        [InlineData("CALL count_audit_too()", false)]
        [InlineData("SELECT undeclared()", true)]
        [InlineData("DO $$ BEGIN PERFORM count_audit(); END $$", true)]
        public void WhenARoutineWrites_WhatIsDeclaredIsInvalidated_ElseTheDatabase(string sql, bool database)
        {
            Ask();
            using (var db = Declared.Open())
            {
                db.Database.ExecuteSqlRaw(sql);
            }

            Ask().ShouldBe((101, database ? Miss : Hit, Miss));
        }

        [Fact]
        public void WhenARoutineIsDeclaredToReadOnly_NothingIsInvalidatedAndTheSessionIsKept()
        {
            Ask();
            using (var db = Declared.Open())
            {
                db.Database.OpenConnection();
                db.Database.SqlQueryRaw<int>("SELECT harmless() AS \"Value\"").Single().ShouldBe(1);
                db.Ask(c => c.Things.AsNoTracking().Cacheable().ToList()).ShouldBe(Outcomes.NotFound);
            }

            Ask().ShouldBe((100, Hit, Hit));
        }

        // Guards CommandObserver.Mark: a function that isn't known may set a role or a search path.
        [Fact]
        public void WhenAnUndeclaredRoutineRan_ItsSessionIsKeptFromTheCache()
        {
            using var db = Declared.Open();
            db.Database.OpenConnection();
            db.Database.ExecuteSqlRaw("SELECT set_config('search_path', 'pg_catalog', false)");
            Should.Throw<System.Data.Common.DbException>(() => db.Things.Cacheable().ToList());
            db.Last().ShouldBe(Outcomes.Bypass("session-changed"));
        }

        // Guards InvalidatingBatchExecutor.AddProcedure.
        [Theory]
        [InlineData(false)]
        [InlineData(true)]
        public void WhenSaveChangesCallsAProcedure_WhatItIsDeclaredToWriteIsInvalidated_ElseTheDatabase(bool secret)
        {
            Ask();
            Declared.Ask(db => db.Noted.Cacheable().Count());
            Declared.Ask(db => db.Secrets.Cacheable().Count());
            using (var db = Declared.Open())
            {
                db.Add(secret ? new Secret { N = 1 } : new Note { N = 1 });
                db.SaveChanges();
            }

            Ask().ShouldBe((101, secret ? Miss : Hit, Miss));
            Declared.Ask(db => db.Noted.Cacheable().Count()).ShouldBe(Outcomes.Invalidated);
            Declared.Ask(db => db.Secrets.Cacheable().Count()).ShouldBe(secret ? Outcomes.Invalidated : Outcomes.Hit);
        }

        // Guards CommandObserver.EffectOf for LINQ.
        [Fact]
        public void WhenLinqCallsADeclaredFunction_WhatItWritesIsInvalidated()
        {
            Ask();
            using (var db = Declared.Open())
            {
                db.Things.Select(t => DeclaredContext.CountAudit()).ToList().ShouldBe([1]);
            }

            Ask().ShouldBe((101, Hit, Miss));
        }
    }

    private readonly Lazy<Scratch<DeclaredContext>> _declared = new(() => new Scratch<DeclaredContext>(o => new DeclaredContext(o), provider: provider));

    protected abstract string TriggerOn(string table);

    protected abstract string View { get; }

    protected virtual string Before => "";

    protected Scratch<DeclaredContext> Declared
    {
        get
        {
            if (!_declared.IsValueCreated)
            {
                _declared.Value.Execute(
                    Before + View + TriggerOn("Things") + TriggerOn("Untold")
                    + "INSERT INTO \"Audits\" (\"Id\", \"N\") VALUES (1, 100); INSERT INTO \"Things\" (\"Id\", \"N\") VALUES (1, 1); INSERT INTO \"Untold\" (\"Id\", \"N\") VALUES (1, 1); INSERT INTO \"Others\" (\"Id\", \"N\") VALUES (1, 1);");
            }

            return _declared.Value;
        }
    }

    public void Dispose()
    {
        if (_declared.IsValueCreated)
        {
            _declared.Value.Dispose();
        }
    }

    // Guards TableFacts.Follow (WrittenByTriggers) and TableRegistry.Map: the row's own image proves nothing.
    [Theory]
    [InlineData("save")]
    [InlineData("set")]
    [InlineData("sql")]
    public void WhenATriggerIsDeclared_WhatItWritesIsInvalidatedAndNothingElse(string way)
    {
        Ask();
        using (var db = Declared.Open())
        {
            switch (way)
            {
                case "save":
                    db.Things.Single().N = 2;
                    db.SaveChanges();
                    break;
                case "set":
                    db.Things.ExecuteUpdate(s => s.SetProperty(t => t.N, 2));
                    break;
                default:
                    db.Database.ExecuteSqlRaw("UPDATE \"Things\" SET \"N\" = 2");
                    break;
            }
        }

        Ask().ShouldBe((101, Hit, Miss));
    }

    [Theory]
    [InlineData("save")]
    [InlineData("set")]
    [InlineData("sql")]
    public void WhenATriggerIsNotDeclared_TheDatabaseIsInvalidated(string way)
    {
        Ask();
        using (var db = Declared.Open())
        {
            switch (way)
            {
                case "save":
                    db.Untold.Single().N = 2;
                    db.SaveChanges();
                    break;
                case "set":
                    db.Untold.ExecuteUpdate(s => s.SetProperty(t => t.N, 2));
                    break;
                default:
                    db.Database.ExecuteSqlRaw("UPDATE \"Untold\" SET \"N\" = 2");
                    break;
            }
        }

        Ask().ShouldBe((101, Miss, Miss));
    }

    // Guards TableFacts.IsDeclaredView: the view's table, and from there its trigger.
    [Fact]
    public void WhenADeclaredViewIsWritten_WhatStandsBehindItIsInvalidated()
    {
        Ask();
        var things = Declared.Ask(db => db.Things.AsNoTracking().Cacheable().Single());
        using (var db = Declared.Open())
        {
            db.Database.ExecuteSqlRaw("UPDATE \"Shown\" SET \"N\" = 7 WHERE \"Id\" = 1");
        }

        Ask().ShouldBe((101, Hit, Miss));
        things.ShouldBe(Outcomes.NotFound);
        Declared.Ask(db => db.Things.AsNoTracking().Cacheable().Single()).ShouldBe(Outcomes.Invalidated);
    }

    // Guards TableFacts.IsTable: what no model maps as a table may be a view, or a table with triggers.
    [Theory]
    [InlineData("UPDATE \"Others\" SET \"N\" = 2", Miss, false)]
    [InlineData("UPDATE \"Nobodys\" SET \"N\" = 2", Miss, true)]
    public void WhenTheTargetIsNoTableOfAModel_TheDatabaseIsInvalidated(string sql, QueryResultSource others, bool database)
    {
        Declared.Execute("CREATE TABLE \"Nobodys\" (\"N\" int)");
        Ask();
        using (var db = Declared.Open())
        {
            db.Database.ExecuteSqlRaw(sql);
        }

        Ask().ShouldBe((100, others, database ? Miss : Hit));
    }

    /// <summary>The audit's count, and how the questions about other things and about it fared.</summary>
    protected (int Audit, QueryResultSource Others, QueryResultSource Audits) Ask()
    {
        using var db = Declared.Open();
        _ = db.Others.AsNoTracking().Cacheable().Single();
        var others = db.Cache().LastQuery!.Source;
        var audit = db.Audits.AsNoTracking().Cacheable().Single().N;
        return (audit, others, db.Cache().LastQuery!.Source);
    }
}

public sealed class DeclaredContext(DbContextOptions<DeclaredContext> options) : DbContext(options)
{
    public DbSet<Thing> Things => Set<Thing>();

    public DbSet<UntoldThing> Untold => Set<UntoldThing>();

    public DbSet<Other> Others => Set<Other>();

    public DbSet<Audit> Audits => Set<Audit>();

    public DbSet<Note> Noted => Set<Note>();

    public DbSet<Secret> Secrets => Set<Secret>();

    public static int CountAudit() => throw new NotSupportedException();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<Thing>().TriggerWrites("audits").ToTable("Things", t => t.HasTrigger("on Things"));
        modelBuilder.Entity<UntoldThing>().ToTable("Untold", t => t.HasTrigger("on Untold"));
        modelBuilder.RoutineWrites("count_audit", "Audits").RoutineWrites("count_audit_too", "Audits").RoutineWrites("harmless")
            .RoutineWrites("insert_noted", "Audits", "Noted");
        modelBuilder.ViewWrites("Shown", "Things");
        var note = modelBuilder.Entity<Note>().ToTable("Noted");
        var secret = modelBuilder.Entity<Secret>().ToTable("Secret");
        if (Database.IsNpgsql())
        {
            note.InsertUsingStoredProcedure("insert_noted", p => p.HasParameter(n => n.N).HasParameter(n => n.Id, q => q.IsInputOutput()));
            secret.InsertUsingStoredProcedure("insert_secret", p => p.HasParameter(n => n.N).HasParameter(n => n.Id, q => q.IsInputOutput()));
            modelBuilder.HasDbFunction(typeof(DeclaredContext).GetMethod(nameof(CountAudit))!).HasName("count_audit");
        }
    }
}

public sealed class Thing
{
    public int Id { get; set; }
    public int N { get; set; }
}

public sealed class UntoldThing
{
    public int Id { get; set; }
    public int N { get; set; }
}

public sealed class Other
{
    public int Id { get; set; }
    public int N { get; set; }
}

public sealed class Audit
{
    public int Id { get; set; }
    public int N { get; set; }
}

public sealed class Note
{
    public int Id { get; set; }
    public int N { get; set; }
}

public sealed class Secret
{
    public int Id { get; set; }
    public int N { get; set; }
}
