using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using ZooCache.EFCore;

namespace ZooCache.Integration.Tests;

/// <summary>What a strict cache promises, and what it does for it.</summary>
public sealed class StrictTests : IDisposable
{
    private readonly GaugeNodes _nodes = new(CacheConsistency.Strict);

    public void Dispose() => _nodes.Dispose();

    public static TheoryData<string, bool> Writes()
    {
        var data = new TheoryData<string, bool>();
        foreach (var name in Writers.Keys)
        {
            data.Add(name, false);
            data.Add(name, true);
        }

        return data;
    }

    private static readonly Dictionary<string, Func<GaugeContext, bool, Task>> Writers = new(StringComparer.Ordinal)
    {
        ["save"] = (db, async) =>
        {
            db.Gauges.First(g => g.Id == 1).Value = 7;
            return Save(db, async);
        },
        ["save of several"] = (db, async) =>
        {
            foreach (var gauge in db.Gauges.ToList())
            {
                gauge.Value = 7;
            }

            return Save(db, async);
        },
        ["insert"] = (db, async) =>
        {
            db.Add(new Gauge { Group = 1, Value = 7 });
            return Save(db, async);
        },
        ["delete"] = (db, async) =>
        {
            db.Remove(db.Gauges.First(g => g.Id == 1));
            return Save(db, async);
        },
        ["ExecuteUpdate"] = (db, async) => async
            ? db.Gauges.Where(g => g.Id == 1).ExecuteUpdateAsync(u => u.SetProperty(g => g.Value, 7))
            : Task.FromResult(db.Gauges.Where(g => g.Id == 1).ExecuteUpdate(u => u.SetProperty(g => g.Value, 7))),
        ["ExecuteDelete"] = (db, async) => async
            ? db.Gauges.Where(g => g.Id == 1).ExecuteDeleteAsync()
            : Task.FromResult(db.Gauges.Where(g => g.Id == 1).ExecuteDelete()),
        ["SQL"] = (db, async) => async
            ? db.Database.ExecuteSqlAsync($"UPDATE Gauges SET Value = 7 WHERE Id = 1")
            : Task.FromResult(db.Database.ExecuteSql($"UPDATE Gauges SET Value = 7 WHERE Id = 1")),
        ["SQL with rows"] = async (db, async) =>
        {
            var rows = db.Database.SqlQuery<int>($"UPDATE Gauges SET Value = 7 WHERE Id = 1 RETURNING Value");
            _ = async ? await rows.ToListAsync() : rows.ToList();

            // It is over with the next command of its connection.
            _ = db.Gauges.Count();
        },
        ["save in a transaction"] = async (db, async) =>
        {
            await using var transaction = db.Database.BeginTransaction();
            db.Gauges.First(g => g.Id == 1).Value = 7;
            await Save(db, async);
            db.Gauges.First(g => g.Id == 3).Value = 8;
            await Save(db, async);
            await (async ? transaction.CommitAsync() : Commit(transaction.Commit));
        },
        ["save and a commit that nobody sees"] = async (db, async) =>
        {
            db.Database.OpenConnection();
            using var transaction = db.Database.BeginTransaction();
            db.Gauges.First(g => g.Id == 1).Value = 7;
            await Save(db, async);
            Microsoft.EntityFrameworkCore.Storage.DbContextTransactionExtensions.GetDbTransaction(transaction).Commit();
            transaction.Dispose();
            _ = db.Gauges.Count();
        },
        ["migration"] = async (db, async) =>
        {
            if (async)
            {
                await db.Database.EnsureCreatedAsync();
            }
            else
            {
                db.Database.EnsureCreated();
            }

            db.Gauges.Where(g => g.Id == 1).ExecuteUpdate(u => u.SetProperty(g => g.Value, 7));
        },
    };

    // Turned red, form by form, by not announcing in ObservingCommandLogger, InvalidatingBatchExecutor (UnderWay), SetWrite and CommandObserver.
    [Theory]
    [MemberData(nameof(Writes))]
    public async Task Others_know_of_a_write_before_its_command_is_sent(string what, bool async)
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        b.Fill();
        var before = b.Ask().Answer;
        var sent = 0;
        await using (var db = a.Open(new WriteEar(() =>
        {
            sent++;
            b.Marks.ShouldBeGreaterThan(0, $"command {sent}");
            b.Ask().Outcome.Source.ShouldBe(QueryResultSource.Miss);
            b.Ask().Outcome.Source.ShouldBe(QueryResultSource.Miss, "nothing is kept while it is under way");
        })))
        {
            await Writers[what](db, async);
        }

        sent.ShouldBeGreaterThan(0);
        b.Marks.ShouldBe(0);
        var (after, outcome) = b.Ask(async: async);
        outcome.Source.ShouldBe(QueryResultSource.Miss);
        after.ShouldNotBe(before);
        b.Ask(async: async).ShouldBe((after, new QueryOutcome(QueryResultSource.Hit, "hit")));
    }

    // Turned red by taking commands for known in InvalidatingBatchExecutor although the log is strict.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_nobody_listens_to_commands_each_is_announced_all_the_same(bool async)
    {
        var before = _nodes.Count(LogEntryKind.Mark);
        await using var db = _nodes[0].Open();
        foreach (var gauge in db.Gauges.Where(g => g.Id < 4).ToList())
        {
            gauge.Value = 7;
        }

        await Save(db, async);

        // On SQLite, each row has a command of its own.
        (_nodes.Count(LogEntryKind.Mark) - before).ShouldBe(3);
    }

    // Turned red by setting UnderWay to null in SetWrite.Ended.
    [Fact]
    public void What_an_interceptor_writes_within_a_save_doesnt_keep_the_save_from_being_announced()
    {
        var before = _nodes.Count(LogEntryKind.Mark);
        using var db = _nodes[0].Open(new WritesWithin());
        db.Gauges.Single(g => g.Id == 1).Value = 7;
        db.SaveChanges();

        (_nodes.Count(LogEntryKind.Mark) - before).ShouldBe(2);
    }

    // Turned red by leaving HasOpenWrites out of LogSession.EndAsync.
    [Fact]
    public async Task Who_goes_while_it_writes_is_suspected()
    {
        using var nodes = new GaugeNodes(CacheConsistency.Eventual);
        var a = nodes[0];
        await using var db = a.Open();
        await using var transaction = await db.Database.BeginTransactionAsync();
        db.Gauges.Single(g => g.Id == 1).Value = 7;
        await db.SaveChangesAsync();

        await a.Cache.DisposeAsync();

        nodes.Count(LogEntryKind.Left).ShouldBe(0);
        nodes.Advance(15);
        nodes.Count(LogEntryKind.Suspect).ShouldBeGreaterThan(0);
    }

    // Turned red by leaving out Stand in EFWrite.CompleteAfter.
    [Fact]
    public void In_eventual_mode_too_a_write_whose_outcome_is_unknown_stands()
    {
        using var nodes = new GaugeNodes(CacheConsistency.Eventual);
        var (a, b) = (nodes[0], nodes[1]);
        b.Fill();
        using (var db = a.Open(new AfterRead(static () => throw new TimeoutException("lost"), writesOnly: true)))
        {
            db.Gauges.Single(g => g.Id == 1).Value = 7;
            Should.Throw<DbUpdateException>(() => db.SaveChanges());
        }

        b.Ask().Outcome.Source.ShouldBe(QueryResultSource.Miss);
        b.Ask().Outcome.Source.ShouldBe(QueryResultSource.Miss, "it may yet be committed");
        nodes.Advance(61);
        b.Marks.ShouldBe(0);
        b.Fill();
    }

    // Turned red by leaving out the announcement in SchemaWrite.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_makes_tables_is_announced_before_it_begins(bool async)
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        b.Fill();
        var asked = 0;
        await using var db = a.Open(new EachCommand(() =>
        {
            asked++;
            b.Marks.ShouldBeGreaterThan(0);
        }));
        _ = async ? await db.Database.EnsureCreatedAsync() : db.Database.EnsureCreated();

        asked.ShouldBeGreaterThan(0);
        b.Marks.ShouldBe(0);
    }

    // Turned red by leaving out the question in QueryLookup.IsCurrentAsync.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_answer_is_given_only_if_the_log_says_that_nothing_is_missing(bool async)
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        b.Fill();
        b.Log.IsDeaf = true;
        a.Write(7);

        b.Ask(async: async).ShouldSatisfyAllConditions(a => a.Answer.ShouldBe("7,0"), a => a.Outcome.Reason.ShouldBe("invalidated"));
        b.Fill();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_hit_asks_once_and_a_miss_not_at_all(bool async)
    {
        var b = _nodes[1];
        var before = b.Log.Questions;
        b.Ask(async: async).Outcome.Source.ShouldBe(QueryResultSource.Miss);
        b.Log.Questions.ShouldBe(before);

        b.Ask(async: async).Outcome.Source.ShouldBe(QueryResultSource.Hit);
        b.Log.Questions.ShouldBe(before + 1);
    }

    [Fact]
    public void A_query_may_ask_for_less()
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        b.Fill();
        b.Log.IsDeaf = true;
        a.Write(7);
        var before = b.Log.Questions;

        b.Ask(c => c.Consistency = CacheConsistency.Eventual).ShouldBe(("0,0", new QueryOutcome(QueryResultSource.Hit, "hit")));
        b.Log.Questions.ShouldBe(before);
        b.Ask(c => c.Consistency = CacheConsistency.Strict).Answer.ShouldBe("7,0");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Where_the_log_cant_tell_the_database_is_asked(bool async)
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        b.Fill();
        b.Log.IsCut = true;
        a.Write(7);
        var questions = b.Log.Questions;

        for (var i = 0; i < 5; i++)
        {
            b.Ask(async: async).ShouldBe(("7,0", new QueryOutcome(QueryResultSource.Bypass, "log-unconfirmed")));
        }

        b.Log.Questions.ShouldBe(questions + 1, "one has found out, and no other waits for it");
        b.Cache.GetStatistics().Bypasses.ShouldBe(5);
        b.Log.IsCut = false;
        _nodes.Advance(2);
        b.Fill();
    }

    [Fact]
    public void A_split_query_is_asked_about_like_any_other()
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        string Ask()
        {
            using var db = b.Open();
            var groups = db.Gauges.GroupBy(g => g.Group).Select(g => new { g.Key, Values = g.OrderBy(v => v.Id).Select(v => v.Value).ToList() }).OrderBy(g => g.Key).AsSplitQuery().Cacheable().ToList();
            return $"{db.Cache().LastQuery!.Source} {string.Join(';', groups.Select(g => string.Join(',', g.Values)))}";
        }

        Ask();
        Ask().ShouldBe("Hit 0,0;0,0");
        b.Log.IsDeaf = true;
        a.Write(7);

        Ask().ShouldBe("Miss 0,0;7,0");
        Ask().ShouldBe("Hit 0,0;7,0");
        b.Log.IsCut = true;
        Ask().ShouldBe("Bypass 0,0;7,0");
    }

    // Turned red by leaving IsCurrentAsync out of QueryLookup.TakeTurnAsync.
    [Fact]
    public async Task Who_waits_for_anothers_load_asks_before_he_takes_it()
    {
        // The leader has read before the write, and lands after it.
        var (a, b) = (_nodes[0], _nodes[1]);
        using var goOn = new ManualResetEventSlim();
        using var read = new ManualResetEventSlim();
        b.Log.IsDeaf = true;

        // Answers are shared by those who have the same interceptors. This one stops synchronous reads.
        var stop = new AfterRead(() =>
        {
            read.Set();
            goOn.Wait(TimeSpan.FromSeconds(20)).ShouldBeTrue();
        });
        var leader = Task.Run(() =>
        {
            using var db = b.Open(stop);
            return Query(db).ToList();
        });
        read.Wait(TimeSpan.FromSeconds(20)).ShouldBeTrue();
        a.Write(7);
        await using var other = b.Open(stop);
        var follower = Query(other).ToListAsync();
        follower.IsCompleted.ShouldBeFalse("it waits for the leader");
        goOn.Set();

        (await leader).ShouldBe([0, 0]);
        (await follower).ShouldBe([7, 0]);
        b.Ask().Answer.ShouldBe("7,0");

        static IQueryable<int> Query(GaugeContext db) => db.Gauges.Where(g => g.Group == 1).OrderBy(g => g.Id).Select(g => g.Value).Cacheable();
    }

    [Fact]
    public async Task A_write_that_cant_be_announced_waits_until_its_lease_has_run_out()
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        b.Fill();
        a.Log.IsCut = true;
        await using var db = a.Open();
        (await db.Gauges.SingleAsync(g => g.Id == 1)).Value = 7;

        var save = db.SaveChangesAsync();
        _nodes.Advance(7);
        save.IsCompleted.ShouldBeFalse();
        b.Ask().Outcome.Source.ShouldBe(QueryResultSource.Hit, "nothing is committed yet");
        for (var i = 0; i < 5 && !save.IsCompleted; i++)
        {
            _nodes.Advance(1);
        }

        await save;
        b.Ask().Answer.ShouldBe("7,0");
        b.Ask().ShouldBe(("7,0", new QueryOutcome(QueryResultSource.Bypass, "log-suspect")), "somebody may be writing unheard");
        a.Log.IsCut = false;
        _nodes.Advance(5);
        b.Marks.ShouldBe(0);
        b.Fill();
    }

    [Fact]
    public async Task While_it_waits_it_can_be_cancelled_and_tried_again()
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        b.Fill();
        await using var db = a.Open();
        await using var transaction = await db.Database.BeginTransactionAsync();
        (await db.Gauges.SingleAsync(g => g.Id == 1)).Value = 7;
        a.Log.HoldsAppends = true;
        using (var cancel = new CancellationTokenSource())
        {
            var save = db.SaveChangesAsync(cancel.Token);
            save.IsCompleted.ShouldBeFalse();
            await cancel.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => save);
        }

        b.Ask().ShouldBe(("0,0", new QueryOutcome(QueryResultSource.Hit, "hit")));
        var again = db.SaveChangesAsync();
        again.IsCompleted.ShouldBeFalse("the others don't know yet");
        a.Log.Release();
        await again;
        b.Marks.ShouldBeGreaterThan(0);
        await transaction.CommitAsync();
        b.Marks.ShouldBe(0);
        b.Ask().Answer.ShouldBe("7,0");
    }

    // Turned red by returning a completed task where nothing is new in EFWrite.BeginAnnouncement.
    [Fact]
    public async Task So_can_one_that_names_whole_tables()
    {
        var a = _nodes[0];
        await using var db = a.Open();
        await using var transaction = await db.Database.BeginTransactionAsync();
        for (var i = 0; i < 3; i++)
        {
            db.Add(new Gauge { Group = 1 });
            await db.SaveChangesAsync();
        }

        a.Log.HoldsAppends = true;
        db.Add(new Gauge { Group = 1 });
        using (var cancel = new CancellationTokenSource())
        {
            var save = db.SaveChangesAsync(cancel.Token);
            await cancel.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => save);
        }

        var again = db.SaveChangesAsync();
        again.IsCompleted.ShouldBeFalse("the others don't know yet");
        a.Log.Release();
        await again;
        await transaction.CommitAsync();
    }

    // Turned red by telling the end in EFWrite.CompleteAfter.
    [Fact]
    public void A_write_whose_outcome_is_unknown_stays_announced()
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        b.Fill();
        using (var db = a.Open(new AfterRead(static () => throw new TimeoutException("lost"), writesOnly: true)))
        {
            db.Gauges.Single(g => g.Id == 1).Value = 7;
            Should.Throw<DbUpdateException>(() => db.SaveChanges());
        }

        b.Marks.ShouldBeGreaterThan(0);
        b.Ask().Outcome.Source.ShouldBe(QueryResultSource.Miss);
        b.Ask().Outcome.Source.ShouldBe(QueryResultSource.Miss);
        _nodes.Advance(59);
        b.Marks.ShouldBeGreaterThan(0);
        _nodes.Advance(2);
        b.Marks.ShouldBe(0);
        b.Fill();
    }

    [Fact]
    public void A_long_transaction_isnt_told_again_and_again()
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        b.Fill();
        var before = _nodes.Count(LogEntryKind.Mark);
        using (var db = a.Open())
        {
            using var transaction = db.Database.BeginTransaction();
            for (var i = 0; i < 50; i++)
            {
                db.Add(new Gauge { Group = 1, Value = i });
                db.SaveChanges();
                b.Marks.ShouldBeGreaterThan(0, $"save {i}");
            }

            transaction.Commit();
        }

        (_nodes.Count(LogEntryKind.Mark) - before).ShouldBeLessThanOrEqualTo(4);
        b.Marks.ShouldBe(0);
        b.Ask().Answer.Split(',').Length.ShouldBe(52);
    }

    // Turned red by not waiting for the answer in LogSession.EndAsync.
    [Fact]
    public async Task Who_goes_waits_until_that_is_known()
    {
        var a = _nodes[0];
        var left = _nodes.Count(LogEntryKind.Left);
        a.Log.HoldsLeaving = true;

        var gone = a.Cache.DisposeAsync();
        gone.IsCompleted.ShouldBeFalse();
        a.Log.Release();
        await gone;

        _nodes.Count(LogEntryKind.Left).ShouldBe(left + 1);
    }

    // Turned red by not waiting in CacheNode.PublishAndWait.
    [Fact]
    public async Task What_is_invalidated_by_hand_is_known_to_all_when_the_call_returns()
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        b.Fill();
        a.Log.HoldsAppends = true;
        foreach (var invalidate in (Action<DbContextCache>[])[c => c.Invalidate<Gauge>(), c => c.Invalidate<Gauge>(1), c => c.InvalidateTag("a"), c => c.Clear()])
        {
            var call = Task.Run(() =>
            {
                using var db = a.Open();
                invalidate(db.Cache());
            });
            SpinWait.SpinUntil(() => a.Log.Holds > 0, TimeSpan.FromSeconds(20)).ShouldBeTrue();

            // Longer than saves wait where the log isn't strict.
            (await Task.WhenAny(call, Task.Delay(100))).ShouldNotBe(call);
            a.Log.Release();
            a.Log.HoldsAppends = true;
            await call;
        }
    }

    // Turned red by taking the causes of a write elsewhere for its own.
    [Fact]
    public void A_miss_says_that_another_node_has_written()
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        b.Fill();

        a.Write(7);

        b.Ask().Outcome.InvalidatedBy.ShouldNotBeNull().Write.ShouldBe("Elsewhere");
    }

    [Fact]
    public void What_a_transaction_has_rolled_back_is_taken_back()
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        b.Fill();
        using (var db = a.Open())
        {
            using var transaction = db.Database.BeginTransaction();
            db.Gauges.Single(g => g.Id == 1).Value = 7;
            db.SaveChanges();
            b.Marks.ShouldBeGreaterThan(0);
            transaction.Rollback();
        }

        b.Marks.ShouldBe(0);
        b.Ask().Answer.ShouldBe("0,0");
        b.Fill();
    }

    private static Task Save(GaugeContext db, bool async) => async ? db.SaveChangesAsync() : Task.FromResult(db.SaveChanges());

    private static Task Commit(Action commit)
    {
        commit();
        return Task.CompletedTask;
    }

    /// <summary>Does something before each command that writes.</summary>
    private sealed class WriteEar(Action act) : DbCommandInterceptor
    {
        public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
        {
            Hear(command);
            return result;
        }

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            Hear(command);
            return new(result);
        }

        public override InterceptionResult<int> NonQueryExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<int> result)
        {
            Hear(command);
            return result;
        }

        public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            Hear(command);
            return new(result);
        }

        private void Hear(DbCommand command)
        {
            if (command.CommandText.StartsWith("UPDATE", StringComparison.Ordinal) || command.CommandText.StartsWith("INSERT", StringComparison.Ordinal)
                || command.CommandText.StartsWith("DELETE", StringComparison.Ordinal))
            {
                act();
            }
        }
    }

    /// <summary>Writes to another row when the command of a save is made.</summary>
    private sealed class WritesWithin : DbCommandInterceptor
    {
        private bool _hasWritten;

        public override DbCommand CommandCreated(CommandEndEventData eventData, DbCommand result)
        {
            if (eventData is { CommandSource: CommandSource.SaveChanges, Context: GaugeContext db } && !_hasWritten)
            {
                _hasWritten = true;
                db.Gauges.Where(g => g.Id == 4).ExecuteUpdate(u => u.SetProperty(g => g.Value, 9));
            }

            return result;
        }
    }

    /// <summary>Does something before each command that gives no rows, or one value.</summary>
    private sealed class EachCommand(Action act) : DbCommandInterceptor
    {
        public override InterceptionResult<object> ScalarExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<object> result)
        {
            act();
            return result;
        }

        public override ValueTask<InterceptionResult<object>> ScalarExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<object> result, CancellationToken cancellationToken = default)
        {
            act();
            return new(result);
        }
    }

    /// <summary>Does something after the database has answered a command.</summary>
    private sealed class AfterRead(Action act, bool writesOnly = false) : DbCommandInterceptor
    {
        public override DbDataReader ReaderExecuted(DbCommand command, CommandExecutedEventData eventData, DbDataReader result)
        {
            if (!writesOnly || command.CommandText.StartsWith("UPDATE", StringComparison.Ordinal))
            {
                act();
            }

            return result;
        }
    }
}
