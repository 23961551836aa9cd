using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ZooCache.EFCore;

/// <summary>What listeners of EF Core's <c>DiagnosticSource</c> are given of an event of <see cref="ZooCacheEventId"/>. Immutable.</summary>
/// <param name="eventDefinition">The event.</param>
/// <param name="messageGenerator">Makes the message.</param>
/// <param name="context">The context whose query it is.</param>
/// <param name="outcome">How the query was answered, and why.</param>
public class QueryOutcomeEventData(EventDefinitionBase eventDefinition, Func<EventDefinitionBase, EventData, string> messageGenerator, DbContext? context, QueryOutcome outcome)
    : DbContextEventData(eventDefinition, messageGenerator, context)
{
    /// <summary>How the query was answered, and why.</summary>
    public virtual QueryOutcome Outcome { get; } = outcome;
}
