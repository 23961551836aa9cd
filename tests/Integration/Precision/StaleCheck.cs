using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>Asks until the answer is a hit, writes so that it changes, and asks again.</summary>
internal static class StaleCheck
{
    internal static void Check<T>(this Scratch<T> scratch, Func<T, object?> ask, Action<T> write)
        where T : DbContext
    {
        scratch.Fill(ask);
        var before = scratch.AskUncached(ask);
        using (var db = scratch.Open())
        {
            write(db);
            db.SaveChanges();
        }

        var expected = scratch.AskUncached(ask);
        expected.ShouldNotBe(before, "the write must change the answer");
        scratch.Ask(ask).Answer.ShouldBe(expected);
    }

    internal static void Fill<T>(this Scratch<T> scratch, Func<T, object?> ask)
        where T : DbContext
    {
        scratch.Ask(ask);
        scratch.Ask(ask).Source.ShouldBe(QueryResultSource.Hit);
    }

    internal static (string Answer, QueryResultSource Source) Ask<T>(this Scratch<T> scratch, Func<T, object?> ask)
        where T : DbContext
    {
        using var db = scratch.Open(z => z.CacheAll());
        return (Dump.Of(ask(db)), db.Last()!.Source);
    }

    internal static string AskUncached<T>(this Scratch<T> scratch, Func<T, object?> ask)
        where T : DbContext
    {
        using var db = scratch.Uncached();
        return Dump.Of(ask(db));
    }
}
