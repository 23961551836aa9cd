using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.Extensions.Logging;
using ZooCache.EFCore.Queries;

namespace ZooCache.EFCore.Events;

/// <summary>
/// Tells by EF's own diagnostics what became of queries. A service of EF's internal provider, one for each configuration of warnings. Thread-safe; allocates nothing while nobody listens.
/// </summary>
internal sealed class QueryEvents(ILoggingOptions options)
{
    private readonly EventDefinition<string> _served = Define(options, ZooCacheEventId.QueryServed, nameof(ZooCacheEventId.QueryServed), "The cache has answered a query: {outcome}.");
    private readonly EventDefinition<string> _missed = Define(options, ZooCacheEventId.QueryMissed, nameof(ZooCacheEventId.QueryMissed), "The cache has no answer to a query, and the database is asked: {outcome}.");
    private readonly EventDefinition<string> _bypassed = Define(options, ZooCacheEventId.QueryBypassed, nameof(ZooCacheEventId.QueryBypassed), "The cache has no part in a query: {outcome}.");

    /// <exception cref="InvalidOperationException"><c>ConfigureWarnings</c> has the event throw.</exception>
    internal void Report(QueryContext query, QueryOutcome outcome)
    {
        if (outcome is { Source: QueryResultSource.Bypass, Reason: BypassReasons.NotRequested or BypassReasons.NotCacheable or BypassReasons.DatabaseValues or BypassReasons.Disabled })
        {
            // Nobody wants it from the cache.
            return;
        }

        if (ReferenceEquals(outcome, QueryOutcomes.Watched))
        {
            // The answer is there. What a listener throws would be taken for the database's.
            return;
        }

        var logger = query.QueryLogger;
        var definition = outcome.Source switch
        {
            QueryResultSource.Hit => _served,
            QueryResultSource.Miss => _missed,
            _ => _bypassed,
        };
        if (logger.ShouldLog(definition))
        {
            definition.Log(logger, outcome.ToString());
        }

        if (logger.NeedsEventData(definition, out var hasListener, out var hasSimpleLog))
        {
            logger.DispatchEventData(definition, new QueryOutcomeEventData(definition, MessageOf, query.Context, outcome), hasListener, hasSimpleLog);
        }
    }

    private static string MessageOf(EventDefinitionBase definition, EventData data) => ((EventDefinition<string>)definition).GenerateMessage(((QueryOutcomeEventData)data).Outcome.ToString());

    private static EventDefinition<string> Define(ILoggingOptions options, EventId id, string name, string message)
        => new(options, id, LogLevel.Debug, $"{nameof(ZooCacheEventId)}.{name}", level => LoggerMessage.Define<string>(level, id, message));
}
