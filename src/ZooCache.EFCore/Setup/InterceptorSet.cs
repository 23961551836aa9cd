using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ZooCache.EFCore.Setup;

/// <summary>Numbers the sets of command interceptor types that contexts have, for use in keys: an answer that was loaded
/// under one set is not served under another. There are as many as the program has types for.</summary>
internal static class InterceptorSet
{
    private static readonly ConcurrentDictionary<string, long> Ids = new(StringComparer.Ordinal);

    private static long s_lastId;

    internal static long IdOf(IEnumerable<IInterceptor> interceptors)
    {
        var names = string.Join('|', interceptors.OfType<IDbCommandInterceptor>().Select(i => i.GetType().AssemblyQualifiedName));
        return names.Length == 0 ? 0 : Ids.GetOrAdd(names, static _ => Interlocked.Increment(ref s_lastId));
    }
}
