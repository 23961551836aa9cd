using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.EntityFrameworkCore;

namespace ZooCache.EFCore.Setup;

/// <summary>One <c>VaryBy(…)</c>: a value that is asked for at each execution and is part of the key.</summary>
/// <param name="FunctionId">Which function of the program gives the value: the same text may be a tenant in one context
/// and a role in another, and they share no answer.</param>
/// <param name="Read">Gives the value.</param>
internal sealed record VaryingValue(long FunctionId, Func<DbContext, IServiceProvider?, object?> Read)
{
    private const int MaximumKnown = 10_000;

    private static readonly ConcurrentDictionary<MethodInfo, long> Ids = [];
    private static long s_lastId;

    internal static VaryingValue Of(Func<DbContext, object?> value)
        => new(IdOf(value.Method), (context, _) => value(context));

    internal static VaryingValue Of(Func<IServiceProvider, object?> value)
        => new(IdOf(value.Method), (context, services) => value(services ?? throw new InvalidOperationException(
            $"UseZooCache(z => z.VaryBy(services => …)) asks for the application's service provider, and the options of {context.GetType().Name} have none. Register the context with AddDbContext(…) or the like, call UseApplicationServiceProvider(…) on its options, or use VaryBy((DbContext context) => …).")));

    private static long IdOf(MethodInfo method)
    {
        if (Ids.Count >= MaximumKnown)
        {
            // Functions made at run time. Numbers are never given twice: what was stored under the forgotten ones is lost.
            Ids.Clear();
        }

        return Ids.GetOrAdd(method, static _ => Interlocked.Increment(ref s_lastId));
    }
}
