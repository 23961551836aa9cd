using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace ZooCache.EFCore;

/// <summary>
/// The events by which EF Core tells what the cache has done with a query, in the category <see cref="DbLoggerCategory.Query"/>, at the level <see cref="LogLevel.Debug"/> unless
/// <c>ConfigureWarnings</c> says otherwise: <c>options.ConfigureWarnings(w => w.Throw(ZooCacheEventId.QueryBypassed))</c>. They reach <c>LogTo</c>, the application's loggers, and listeners of
/// EF Core's <c>DiagnosticSource</c>, as a <see cref="QueryOutcomeEventData"/>.
/// </summary>
public static class ZooCacheEventId
{
    private const int First = 41_000;

    /// <summary>A query was answered from the cache.</summary>
    public static EventId QueryServed { get; } = Make(First, nameof(QueryServed));

    /// <summary>The cache had no valid answer to a query, so that the database is asked.</summary>
    public static EventId QueryMissed { get; } = Make(First + 1, nameof(QueryMissed));

    /// <summary>A query that asks to be cached isn't, now or ever.</summary>
    public static EventId QueryBypassed { get; } = Make(First + 2, nameof(QueryBypassed));

    private static EventId Make(int id, string name) => new(id, $"{DbLoggerCategory.Query.Name}.ZooCache.{name}");
}
