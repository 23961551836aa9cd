using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ZooCache.EFCore;

/// <summary>What listeners of EF Core's <c>DiagnosticSource</c> are given of an event of <see cref="ZooCacheEventId"/>. Immutable.</summary>
public sealed class QueryOutcomeEventData : DbContextEventData
{
    internal QueryOutcomeEventData(EventDefinitionBase definition, Func<EventDefinitionBase, EventData, string> message, DbContext? context, QueryOutcome outcome)
        : base(definition, message, context) => Outcome = outcome;

    /// <summary>How the query was answered, and why.</summary>
    public QueryOutcome Outcome { get; }
}
