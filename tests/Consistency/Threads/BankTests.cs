using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Xunit.Abstractions;
using ZooCache.Consistency.Tests.Bank;
using ZooCache.Consistency.Tests.World;
using ZooCache.EFCore;

namespace ZooCache.Consistency.Tests.Threads;

public sealed class SqliteBankTests(ITestOutputHelper output) : BankTests(Provider.Sqlite, output)
{
    [Fact]
    public Task WhateverRunsAtOnce_NoAnswerIsOlderThanAllowed() => Run(new ZooCacheOptions());

    [Fact]
    public Task WhenTheCacheHasHardlyRoom_NoAnswerIsOlderThanAllowed() => Run(HardlyRoom);
}

public sealed class PostgresBankTests(ITestOutputHelper output) : BankTests(Provider.Postgres, output)
{
    [PostgresFact]
    public Task WhateverRunsAtOnce_NoAnswerIsOlderThanAllowed() => Run(new ZooCacheOptions());

    [PostgresFact]
    public Task WhenTheCacheHasHardlyRoom_NoAnswerIsOlderThanAllowed() => Run(HardlyRoom);
}

/// <summary>
/// Readers and writers on real threads. Writers move money between accounts, each move in one transaction. An answer must
/// be a state that the database had between the start and the end of its query: the total never changes, no account is
/// older than the newest version that was reported saved before the query began, and none newer than the newest that a
/// writer had begun to save when the query ended. ZOOCACHE_THREADS_SECONDS sets how long.
/// </summary>
public abstract class BankTests(Provider provider, ITestOutputHelper output)
{
    private protected static ZooCacheOptions HardlyRoom => new() { EntryLimit = 4, SweepInterval = TimeSpan.FromMilliseconds(10) };

    private protected async Task Run(ZooCacheOptions options)
    {
        using var bank = new BankDatabase(options, provider);
        var seconds = double.Parse(Environment.GetEnvironmentVariable("ZOOCACHE_THREADS_SECONDS") ?? "4", CultureInfo.InvariantCulture);
        var until = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        var atLast = until + (60 * Stopwatch.Frequency);
        var saved = new int[BankDatabase.Count + 1];
        var begun = new int[BankDatabase.Count + 1];
        var (reads, hits, writes) = (0, 0, 0);

        // One after the other, so that the newest version saved is known; each in a thread of its own.
        var turn = new Lock();
        var writers = Enumerable.Range(0, 2).Select(n => OnThread(() => Write(new Random(n))));
        var readers = Enumerable.Range(0, 3).Select(n => OnThread(() => Read(new Random(100 + n))));
        await Task.WhenAll(writers.Concat(readers).ToList());

        output.WriteLine($"{provider}: {reads} reads, {hits} hits, {writes} writes");
        hits.ShouldBeGreaterThan(0);
        writes.ShouldBeGreaterThan(0);
        bank.Cache.GetStatistics().Marks.ShouldBe(0);

        Task OnThread(Action step) => Task.Factory.StartNew(
            () =>
            {
                // On a machine that is busy with others, on until there was something to judge.
                while (Stopwatch.GetTimestamp() is var now
                    && (now < until || (now < atLast && (Volatile.Read(ref hits) == 0 || Volatile.Read(ref writes) == 0))))
                {
                    step();
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        void Write(Random random)
        {
            lock (turn)
            {
                using var db = bank.Open();
                var (from, to) = (random.Next(1, BankDatabase.Count + 1), random.Next(1, BankDatabase.Count + 1));
                var pair = db.Accounts.Where(a => a.Id == from || a.Id == to).ToDictionary(a => a.Id);
                pair[from].Balance -= 5;
                pair[to].Balance += 5;
                foreach (var account in pair.Values)
                {
                    account.Version++;
                    Volatile.Write(ref begun[account.Id], account.Version);
                }

                Save(db, random.Next(4));
                foreach (var account in pair.Values)
                {
                    Volatile.Write(ref saved[account.Id], account.Version);
                }
            }

            Interlocked.Increment(ref writes);
            Thread.Yield();
        }

        void Read(Random random)
        {
            var before = saved.ToArray();
            using var db = bank.Open();
            switch (random.Next(3))
            {
                case 0:
                    db.Accounts.Cacheable().Sum(a => a.Balance).ShouldBe(BankDatabase.Total);
                    break;
                case 1:
                    var all = db.Accounts.AsNoTracking().Cacheable().ToList();
                    all.Sum(a => a.Balance).ShouldBe(BankDatabase.Total);
                    all.Where(a => !IsAllowed(a)).ShouldBeEmpty();
                    break;
                default:
                    var id = random.Next(1, BankDatabase.Count + 1);
                    IsAllowed(db.Accounts.AsNoTracking().Cacheable().Single(a => a.Id == id)).ShouldBeTrue();
                    break;
            }

            Interlocked.Increment(ref reads);
            if (db.Cache().LastQuery!.Source == QueryResultSource.Hit)
            {
                Interlocked.Increment(ref hits);
            }

            bool IsAllowed(Account account)
                => account.Version >= before[account.Id] && account.Version <= Math.Max(1, Volatile.Read(ref begun[account.Id]));
        }
    }

    /// <summary>One of the ways in which a save commits.</summary>
    private static void Save(BankContext db, int how)
    {
        if (how > 1)
        {
            db.SaveChanges();
            return;
        }

        using var transaction = db.Database.BeginTransaction();
        db.SaveChanges();
        if (how == 0)
        {
            transaction.Commit();
        }
        else
        {
            Microsoft.EntityFrameworkCore.Storage.DbContextTransactionExtensions.GetDbTransaction(transaction).Commit();
        }
    }
}
