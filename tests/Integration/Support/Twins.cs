using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;

namespace ZooCache.Integration.Tests.Support;

/// <summary>
/// Runs one query three times: without ZooCache, and twice with it under CacheAll. All three must answer the same, to the
/// CLR type and the identity of objects; the first two must send the same SQL to the byte; the third must send none.
/// </summary>
public static class Twins
{
    public static void ShouldServe<TContext>(
        this Scratch<TContext> scratch, Func<TContext, object?> query, string? because = null, Action<DbContextOptionsBuilder>? more = null)
        where TContext : DbContext
    {
        var expected = Run(log => scratch.Uncached(b => Configure(b, log, more, scratch.Database.Provider, withZooCache: false)), query);
        var miss = Run(log => scratch.Open(z => z.CacheAll(), b => Configure(b, log, more, scratch.Database.Provider, withZooCache: true)), query);
        var hit = Run(log => scratch.Open(z => z.CacheAll(), b => Configure(b, log, more, scratch.Database.Provider, withZooCache: true)), query);

        miss.Outcome!.Source.ShouldBe(QueryResultSource.Miss, $"{because}: {miss.Outcome}");
        miss.Sql.ShouldBe(expected.Sql, because);
        miss.Answer.ShouldBe(expected.Answer, $"{because} {miss.Trace}");
        hit.Outcome.ShouldBe(new QueryOutcome(QueryResultSource.Hit, "hit"), because);
        hit.Sql.ShouldBeEmpty(because);
        hit.Answer.ShouldBe(expected.Answer, $"{because} {hit.Trace}");
    }

    /// <summary>The same for a query that the cache leaves alone, for the reason given.</summary>
    public static void ShouldBypass<TContext>(
        this Scratch<TContext> scratch, string reason, Func<TContext, object?> query, Action<DbContextOptionsBuilder>? more = null)
        where TContext : DbContext
    {
        var expected = Run(log => scratch.Uncached(b => Configure(b, log, more, scratch.Database.Provider, withZooCache: false)), query);
        for (var i = 0; i < 2; i++)
        {
            var bypass = Run(log => scratch.Open(z => z.CacheAll(), b => Configure(b, log, more, scratch.Database.Provider, withZooCache: true)), query);
            bypass.Outcome.ShouldBe(new QueryOutcome(QueryResultSource.Bypass, reason));
            bypass.Sql.ShouldBe(expected.Sql);
            bypass.Answer.ShouldBe(expected.Answer);
        }
    }

    private static void Configure(
        DbContextOptionsBuilder builder, ExactCommandLog log, Action<DbContextOptionsBuilder>? more, Provider provider, bool withZooCache)
    {
        builder.AddInterceptors(log);
        if (more is null)
        {
            builder.KeepCompiled(provider, withZooCache);
        }
        else
        {
            more(builder);
        }
    }

    private static (string Answer, string Trace, string[] Sql, QueryOutcome? Outcome) Run<TContext>(
        Func<ExactCommandLog, TContext> open, Func<TContext, object?> query)
        where TContext : DbContext
    {
        var log = new ExactCommandLog();
        using var db = open(log);
        string answer, trace = "";
        try
        {
            answer = Dump.Of(query(db));
        }
        catch (Exception exception)
        {
            trace = exception.ToString();
            answer = trace.Split("\n   at ")[0];
        }

        answer += "\n\n" + db.ChangeTracker.DebugView.LongView;
        var outcome = ((Microsoft.EntityFrameworkCore.Infrastructure.IInfrastructure<IServiceProvider>)db).Instance
            .GetService(typeof(EFCore.Setup.ContextCache)) is null ? null : db.Cache().LastQuery;
        return (answer, trace, [.. log.Commands], outcome);
    }
}
