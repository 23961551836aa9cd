namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>
/// What may be answered by the database alone, and why. A form that isn't here must be a hit; a bypass that isn't here
/// fails the run.
/// </summary>
/// <remarks>One list for both providers: what only one of them serves is a gap, not a decision.</remarks>
internal static class Approvals
{
    private static readonly Dictionary<string, string> NeverHits = new(StringComparer.Ordinal)
    {
        ["reloaded"] = "database-values",
        ["values in the database"] = "database-values",
        ["FromSql, nothing declared"] = "raw-sql",
    };

    /// <summary>Whether a form may go without a single hit.</summary>
    internal static bool IsNeverHit(string form) => NeverHits.ContainsKey(form);

    /// <summary>The bypasses for which there is no approval.</summary>
    internal static List<string> Unapproved(OracleReport report)
        => [.. report.FormBypasses.Where(b => !IsApproved(b.Form, b.Reason)).Select(b => $"{b.Form}: {b.Reason}")];

    // Asked in the middle of a TransactionScope.
    private static bool IsApproved(string form, string reason)
        => reason == "in-transaction" || (NeverHits.TryGetValue(form, out var approved) && reason == approved);
}
