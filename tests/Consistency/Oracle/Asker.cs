using System.Data.Common;
using System.Diagnostics;
using System.Reflection;
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

    /// <summary>Compares; what was a miss, and may now be stored, is asked once more or, mostly, twice, in whatever way.</summary>
    internal async Task Compare(QueryInstance instance, Random how, string where)
    {
        using var uncached = instance.Form.Narrow ? (DbContext)world.UncachedNarrow() : world.Uncached(instance.Tenant);
        Answer? truth = null;
        var missed = false;

        // The plain ones are mostly asked again after the next write anyway, and in the middle of a write nothing that it concerns is stored.
        var most = where == OracleRun.InTheMiddle ? 1 : instance.Form.Plain == PlainTurn.None ? 3 - (how.Next(4) / 3) : 2 + (how.Next(6) / 5);
        for (var attempts = most; attempts > 0; attempts--)
        {
            using var cached = OpenCached(instance, how, out var marked);
            var started = Stopwatch.GetTimestamp();
            var answer = await Ask(cached, instance, marked, how.Next(2) == 0, isCached: true);
            var asked = Stopwatch.GetTimestamp();
            var outcome = cached.Cache().LastQuery;
            truth ??= await Ask(uncached, instance, marked: false, async: false, isCached: false);
            var toCompare = Stopwatch.GetTimestamp();
            Judge(instance, where, outcome, answer, truth, how);
            report.Compared(instance, outcome, Step, answer.Value is Refusal);
            report.Took(asked - started, toCompare - asked, Stopwatch.GetTimestamp() - toCompare);
            if (attempts > 1 && !missed && outcome is not { Source: QueryResultSource.Miss })
            {
                return;
            }

            missed = true;
        }
    }

    /// <summary>Asks in a cached call, which names nothing that it depends on, of two queries or one, cached or not, and compares.</summary>
    internal async Task CompareCalled(ICaller caller, QueryInstance first, QueryInstance second, Random how, string where)
    {
        var (own, other) = how.Next(3) == 0 ? (first, first) : (first, second);
        (ulong, ulong)? expected = null;
        for (var ran = true; ran;)
        {
            ran = false;
            var called = await caller.Call($"{own} and {other}", async () =>
            {
                ran = true;
                return (await Print(own), await Print(other));
            });

            var isFirst = expected is null;
            expected ??= (await Truth(own), await Truth(other));
            if (called != expected)
            {
                throw new MismatchException(new Mismatch(own, Step, where, null, $"of a call ({(ran ? "that ran" : "from the cache")}) with {other}: {called}", $"{expected}"));
            }

            // What has just been made is asked for once more.
            report.Called(ran);
            ran &= isFirst && where != OracleRun.InTheMiddle;
        }

        async Task<ulong> Print(QueryInstance instance)
        {
            using var db = how.Next(3) == 0 ? Plain(instance) : OpenCached(instance, how, out _);
            return (await Ask(db, instance, marked: !instance.Form.CacheAllOnly && how.Next(2) == 0, how.Next(2) == 0, isCached: true)).Print;
        }

        async Task<ulong> Truth(QueryInstance instance)
        {
            using var db = instance.Form.Narrow ? (DbContext)world.UncachedNarrow() : world.Uncached(instance.Tenant);
            return (await Ask(db, instance, marked: false, async: false, isCached: false)).Print;
        }

        DbContext Plain(QueryInstance instance) => instance.Form.Narrow ? world.OpenNarrow() : world.Open(instance.Tenant);
    }

    /// <summary>Asks a query that everything is cached for, once, and compares.</summary>
    internal async Task<QueryOutcome?> CompareOnce(QueryInstance instance, bool async, string where)
    {
        using var cached = instance.Form.Narrow ? (DbContext)world.OpenNarrow(cacheAll: true) : world.Open(instance.Tenant, cacheAll: true);
        var answer = await Ask(cached, instance, marked: false, async, isCached: true);
        var outcome = cached.Cache().LastQuery;
        using var uncached = instance.Form.Narrow ? (DbContext)world.UncachedNarrow() : world.Uncached(instance.Tenant);
        var truth = await Ask(uncached, instance, marked: false, async: false, isCached: false);
        Judge(instance, where, outcome, answer, truth, new Random(instance.Seed));
        report.Compared(instance, outcome, Step, answer.Value is Refusal);
        return outcome;
    }

    /// <summary>Inside a transaction: what the cached context sees is what an uncached one on the same connection sees.</summary>
    internal async Task CompareInside(QueryInstance instance, Random how, DbTransaction transaction)
    {
        if (instance.Form.Narrow)
        {
            return;
        }

        using var cached = world.Open(instance.Tenant, transaction.Connection!);
        await cached.Database.UseTransactionAsync(transaction);
        var answer = await Ask(cached, instance, marked: !instance.Form.CacheAllOnly, how.Next(2) == 0, isCached: true);
        var outcome = cached.Cache().LastQuery;
        using var uncached = world.UncachedOn(instance.Tenant, transaction.Connection!);
        await uncached.Database.UseTransactionAsync(transaction);
        var truth = await Ask(uncached, instance, marked: false, async: false, isCached: false);
        Judge(instance, "inside a transaction", outcome, answer, truth, how);
        report.ComparedInside(outcome);
    }

    private void Judge(QueryInstance instance, string where, QueryOutcome? outcome, Answer answer, Answer truth, Random how)
    {
        // Now and then by text as well: it holds the numbers to their word.
        var byText = how.Next(100) == 0;
        var same = answer.Print == truth.Print;
        if (!same || byText)
        {
            var (text, expected) = (Canonical.Of(answer.Value, instance.Form.Ordered), Canonical.Of(truth.Value, instance.Form.Ordered));
            if (!same || text != expected)
            {
                throw new MismatchException(new Mismatch(instance, Step, where, outcome, text, expected));
            }
        }

        if (how.Next(3) == 0)
        {
            foreach (var entity in answer.Entities)
            {
                Scribble(entity);
            }
        }
    }

    private DbContext OpenCached(QueryInstance instance, Random how, out bool marked)
    {
        marked = !instance.Form.CacheAllOnly && how.Next(3) > 0;
        return instance.Form.Narrow ? world.OpenNarrow(cacheAll: !marked) : world.Open(instance.Tenant, cacheAll: !marked);
    }

    private static async Task<Answer> Ask(DbContext db, QueryInstance instance, bool marked, bool async, bool isCached)
    {
        db.ChangeTracker.QueryTrackingBehavior = instance.Form.Tracking;
        object? answer;
        try
        {
            answer = await instance.Form.Ask(db, new Args(instance.Seed, marked, async, isCached));
        }
        catch (InvalidOperationException exception)
        {
            // EF's synchronous and asynchronous operators differ by a full stop.
            answer = new Refusal(exception.GetType().Name, exception.Message.TrimEnd('.'));
        }
        catch (Exception exception) when (isCached)
        {
            answer = new Refusal(exception.GetType().Name, exception.ToString());
        }

        return new Answer(answer, Fingerprint.Of(answer, instance.Form.Ordered, out var entities), entities);
    }

    /// <summary>The caller owns what it got: nothing that it does to it may show in a later answer.</summary>
    private static void Scribble(object entity)
    {
        foreach (var property in entity.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            if (property.IsDefined(typeof(NotComparedAttribute)))
            {
                continue;
            }

            switch (property.GetValue(entity))
            {
                case byte[] bytes:
                    Array.Fill(bytes, (byte)0xEE);
                    break;
                case string when property.CanWrite:
                    property.SetValue(entity, "scribbled");
                    break;
                case List<int> numbers:
                    numbers.Clear();
                    break;
                case List<string> texts:
                    texts.Clear();
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

    private sealed record Answer(object? Value, ulong Print, HashSet<object> Entities);

    /// <summary>An exception in an answer's place.</summary>
    private sealed record Refusal(string Type, string Message);
}
