using System.Reflection;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.World;
using ZooCache.EFCore;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>A cached answer that the database would not have given.</summary>
internal sealed record Mismatch(QueryInstance Instance, int Step, string Where, QueryOutcome? Outcome, string Cached, string Uncached)
{
    public override string ToString()
        => $"{Instance} after step {Step} ({Where}), outcome {Outcome}\n--- cached\n{Cached}\n--- uncached\n{Uncached}";
}

internal sealed class MismatchException(Mismatch mismatch) : Exception(mismatch.ToString())
{
    internal Mismatch Mismatch => mismatch;
}

/// <summary>Asks queries through the cache and without it, and compares.</summary>
internal sealed class Asker(WorldDatabase world, OracleReport report)
{
    internal int Step { get; set; }

    /// <summary>Compares; true if the answer was a miss, and may have been stored.</summary>
    internal async Task<bool> Compare(QueryInstance instance, Random how, string where)
    {
        using var cached = OpenCached(instance, how, out var marked);
        var answer = await Answer(cached, instance, marked, how.Next(2) == 0, isCached: true);
        var outcome = cached.Cache().LastQuery;
        using var uncached = instance.Form.Narrow ? (DbContext)world.UncachedNarrow() : world.Uncached(instance.Tenant);
        var truth = await Answer(uncached, instance, marked: false, async: false, isCached: false);
        Judge(instance, where, outcome, answer, truth);
        report.Compared(instance, outcome, Step);
        return outcome is { Source: QueryResultSource.Miss };
    }

    /// <summary>Inside a transaction: what the cached context sees is what an uncached one on the same connection sees.</summary>
    internal async Task CompareInside(QueryInstance instance, Random how, SqliteTransaction transaction)
    {
        if (instance.Form.Narrow)
        {
            return;
        }

        using var cached = world.Open(instance.Tenant, transaction.Connection!);
        cached.Database.UseTransaction(transaction);
        var answer = await Answer(cached, instance, marked: true, how.Next(2) == 0, isCached: true);
        var outcome = cached.Cache().LastQuery;
        using var uncached = world.UncachedOn(instance.Tenant, transaction.Connection!);
        uncached.Database.UseTransaction(transaction);
        var truth = await Answer(uncached, instance, marked: false, async: false, isCached: false);
        Judge(instance, "inside a transaction", outcome, answer, truth);
        report.ComparedInside(outcome);
    }

    private void Judge(QueryInstance instance, string where, QueryOutcome? outcome, string answer, string truth)
    {
        if (answer != truth)
        {
            throw new MismatchException(new Mismatch(instance, Step, where, outcome, answer, truth));
        }
    }

    private DbContext OpenCached(QueryInstance instance, Random how, out bool marked)
    {
        marked = how.Next(3) > 0;
        return instance.Form.Narrow ? world.OpenNarrow(cacheAll: !marked) : world.Open(instance.Tenant, cacheAll: !marked);
    }

    private static async Task<string> Answer(DbContext db, QueryInstance instance, bool marked, bool async, bool isCached)
    {
        db.ChangeTracker.QueryTrackingBehavior = instance.Form.Tracking;
        object? answer;
        try
        {
            answer = await instance.Form.Ask(db, new Args(instance.Seed, marked, async));
        }
        catch (InvalidOperationException exception)
        {
            // EF's synchronous and asynchronous operators differ by a full stop.
            return $"{exception.GetType().Name}: {exception.Message.TrimEnd('.')}";
        }
        catch (Exception exception) when (isCached)
        {
            return exception.ToString();
        }

        var text = Canonical.Of(answer, instance.Form.Ordered, out var entities);
        if (isCached)
        {
            entities.ForEach(Scribble);
        }

        return text;
    }

    /// <summary>The caller owns what it got: nothing that it does to it may show in a later answer.</summary>
    private static void Scribble(object entity)
    {
        foreach (var property in entity.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            switch (property.GetValue(entity))
            {
                case byte[] bytes:
                    Array.Fill(bytes, (byte)0xEE);
                    break;
                case string when property.CanWrite:
                    property.SetValue(entity, "scribbled");
                    break;
                case Profile profile:
                    profile.Phones.Clear();
                    break;
                case Address address:
                    address.Street = "scribbled";
                    break;
            }
        }
    }
}
