using System.Data;
using System.Data.Common;
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>What an envelope has at hand.</summary>
internal sealed class Act(WorldDatabase world, Random random, Stretch kind, Look look, List<string> log, HashSet<string> tables, OracleReport report)
{
    internal WorldDatabase World => world;

    internal Random Random => random;

    /// <summary>Whether the transaction may have been ended by a refusal, as PostgreSQL does: then nothing can be asked in it.</summary>
    internal bool Broken { get; set; }

    internal WorldContext Open() => world.Open(1 + random.Next(2), cacheAll: random.Next(4) == 0);

    internal WorldContext OpenHeard(Func<Task> committed) => world.OpenHeard(1 + random.Next(2), committed);

    internal Task Look(DbTransaction? inside = null) => inside is null || !Broken ? look(inside) : Task.CompletedTask;

    /// <summary>A transaction whose reads all see one moment.</summary>
    internal static DbTransaction BeginSnapshot(DbConnection connection)
        => connection is SqliteConnection sqlite ? sqlite.BeginTransaction(deferred: true) : connection.BeginTransaction(IsolationLevel.RepeatableRead);

    /// <summary>Makes a change; false if it was refused.</summary>
    internal async Task<bool> Change(WorldContext db)
    {
        var change = Changes.Choose(random, kind);
        tables.UnionWith(change.Tables);
        log.Add(change.Name + ":");
        var started = Stopwatch.GetTimestamp();
        var done = await Try(() => change.Do(new Scene(world, db, random, log, () => look(null))));
        report.Spent(change.Name, Stopwatch.GetTimestamp() - started);
        if (done)
        {
            return true;
        }

        db.ChangeTracker.Clear();
        return false;
    }

    internal async Task<bool> Try(Func<Task> action)
    {
        try
        {
            await action();
            return true;
        }
        catch (Exception exception) when (Scene.IsRefusal(world, exception))
        {
            log.Add("refused");
            Broken = world.Provider == Provider.Postgres;
            return false;
        }
    }
}
