using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Xunit.Abstractions;
using ZooCache.EFCore;
using ZooCache.EFCore.Writes.Sql;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Writes.Sql;

/// <summary>Random texts: what they name is found whatever stands around it, and what really changed was invalidated.</summary>
public abstract class RandomSqlTests(Provider provider, int runs, ITestOutputHelper output)
{
    public sealed class OnSqlite(ITestOutputHelper output) : RandomSqlTests(Provider.Sqlite, 150, output);

    [NeedsPostgres]
    public sealed class OnPostgres(ITestOutputHelper output) : RandomSqlTests(Provider.Postgres, 100, output);

    [Fact]
    public void WhateverStandsAround_TheTargetsAreFound()
    {
        var texts = new RandomSql(new Random(StressSeed.Take(output)), provider);
        for (var i = 0; i < 5000; i++)
        {
            var (sql, targets) = texts.Next();
            var effect = SqlReader.Read(sql, provider == Provider.Sqlite ? SqlDialect.Sqlite : SqlDialect.PostgreSql);
            effect.Database.ShouldBeFalse(sql);
            effect.Targets.Select(t => t.Table).Distinct().Order(StringComparer.Ordinal)
                .ShouldBe(targets.Select(t => t.ToUpperInvariant()).Order(StringComparer.Ordinal), sql);
        }
    }

    // Guards TableFacts.Follow: cascades of deletes, of replaced rows, and of keys that change.
    [Fact]
    public void WhatReallyChanged_WasInvalidated()
    {
        var random = new Random(StressSeed.Take(output));
        var texts = new RandomSql(random, provider);
        using var chain = new Scratch<ChainContext>(o => new ChainContext(o), ChainContext.Fill, provider: provider);
        var failed = 0;
        var changed = 0;
        var kept = 0;
        for (var i = 0; i < runs; i++)
        {
            var before = Ask(chain, cached: true).Answers;
            var (sql, _) = texts.Next();
            using (var db = chain.Open())
            {
                try
                {
                    db.Database.ExecuteSqlRaw(sql);
                }
                catch (DbException)
                {
                    // A key that is there already. SQLite keeps what the statements before it did.
                    failed++;
                }
            }

            var (after, hits) = Ask(chain, cached: true);
            after.ShouldBe(Ask(chain, cached: false).Answers, sql);
            changed += after.SequenceEqual(before) ? 0 : 1;
            kept += hits;
            chain.Cache.GetStatistics().Marks.ShouldBe(0, sql);
        }

        output.WriteLine($"{runs} texts, {failed} failed, {changed} changed something; {kept} of {runs * 4} answers were kept");
        changed.ShouldBeGreaterThan(runs / 4);
        kept.ShouldBeGreaterThan(runs);
    }

    private static (List<string> Answers, int Hits) Ask(Scratch<ChainContext> chain, bool cached)
    {
        using var db = chain.Open(z => { });
        var answers = new List<string>();
        var hits = 0;
        Add(db.Parents.OrderBy(p => p.Id).Select(p => p.Id + " " + p.Code + " " + p.N));
        Add(db.Children.OrderBy(c => c.Id).Select(c => c.Id + " " + c.ParentCode + " " + c.N));
        Add(db.Grands.OrderBy(g => g.Id).Select(g => g.Id + " " + g.ChildId + " " + g.N));
        Add(db.OrderItems.OrderBy(o => o.Id).Select(o => o.Id + " " + o.N));
        return (answers, hits);

        void Add(IQueryable<string> query)
        {
            answers.Add(string.Join('\n', (cached ? query.Cacheable() : query.NotCacheable()).ToList()));
            hits += db.Cache().LastQuery!.Source == QueryResultSource.Hit ? 1 : 0;
        }
    }
}
