using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using ZooCache.EFCore;

namespace ZooCache.Integration.Tests;

/// <summary>Look-ups on one node that have found nothing, and rows for which the store makes the keys on another.</summary>
public sealed class NewRowNodesTests
{
    // Turned red by keeping the first image in WrittenRows.Add.
    [Theory]
    [InlineData(CacheConsistency.Eventual, 2, QueryResultSource.Hit)]
    [InlineData(CacheConsistency.Eventual, 1, QueryResultSource.Hit)]
    [InlineData(CacheConsistency.Strict, 2, QueryResultSource.Miss)]
    public void They_end_with_their_own_row_and_where_they_hear_of_it_before_its_key_is_known(CacheConsistency consistency, int rows, QueryResultSource other)
    {
        using var nodes = new GaugeNodes(consistency);
        Ask(nodes[0], 9999).Values.ShouldBe("");
        Ask(nodes[1], 5).Values.ShouldBe("");
        Ask(nodes[1], 9999).Values.ShouldBe("");
        Ask(nodes[1], 9999).Source.ShouldBe(QueryResultSource.Hit);
        var after = new AfterCommit(() => Ask(nodes[1], 5).Values);

        using (var db = nodes[0].Open(after))
        {
            db.AddRange(Enumerable.Range(1, rows).Select(i => new Gauge { Value = i }));
            db.SaveChanges();
        }

        Ask(nodes[1], 5).Values.ShouldBe("1");
        Ask(nodes[1], 9999).ShouldBe(("", other));
        Ask(nodes[0], 9999).ShouldBe(("", rows > 1 && consistency == CacheConsistency.Eventual ? QueryResultSource.Hit : QueryResultSource.Miss));
        if (consistency == CacheConsistency.Strict)
        {
            after.Seen.ShouldBe("1");
        }
    }

    // Turned red by passing on that nothing has failed in InvalidatingBatchExecutor.End.
    [Fact]
    public void They_end_where_nobody_knows_whether_the_row_is_there()
    {
        using var nodes = new GaugeNodes(CacheConsistency.Eventual);
        Ask(nodes[1], 5).Values.ShouldBe("");
        using (var db = nodes[0].Open(new Interrupted()))
        {
            db.Add(new Gauge { Value = 1 });
            Should.Throw<DbUpdateException>(() => db.SaveChanges());
        }

        Ask(nodes[1], 5).Values.ShouldBe("1");
    }

    private static (string Values, QueryResultSource Source) Ask(GaugeNode node, int id)
    {
        using var db = node.Open();
        return (string.Join(',', db.Gauges.Where(g => g.Id == id).Select(g => g.Value).Cacheable().ToList()), db.Cache().LastQuery!.Source);
    }

    /// <summary>What was written is there, and the writer is told of a time-out.</summary>
    private sealed class Interrupted : DbCommandInterceptor
    {
        public override DbDataReader ReaderExecuted(DbCommand command, CommandExecutedEventData eventData, DbDataReader result)
        {
            while (result.Read())
            {
            }

            result.Dispose();
            throw new TimeoutException();
        }
    }

    private sealed class AfterCommit(Func<string> ask) : DbTransactionInterceptor
    {
        internal string? Seen { get; private set; }

        public override void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) => Seen = ask();
    }
}
