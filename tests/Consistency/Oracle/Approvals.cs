using ZooCache.Consistency.Tests.World;

namespace ZooCache.Consistency.Tests.Oracle;

/// <summary>
/// What may be answered by the database alone, and why. A form that isn't here must be a hit; a bypass that isn't here
/// fails the run. What has become a hit can be taken off: the report names it.
/// </summary>
internal static class Approvals
{
    private static readonly Dictionary<string, string> Everywhere = new(StringComparer.Ordinal)
    {
        ["reloaded"] = "database-values",
        ["values in the database"] = "database-values",
        ["FromSql, nothing declared"] = "raw-sql",
    };

    /// <summary>What isn't yet known of PostgreSQL, in whatever form it comes.</summary>
    private static readonly string[] OnPostgres = ["reader-not-served: columns of type List"];

    /// <summary>Whether a form may go without a single hit.</summary>
    internal static bool IsNeverHit(Provider provider, string form, OracleReport report)
        => Everywhere.ContainsKey(form) || report.FormBypasses.Any(b => b.Form == form && b.Reason != "in-transaction" && IsApproved(provider, form, b.Reason));

    /// <summary>The bypasses for which there is no approval.</summary>
    internal static List<string> Unapproved(Provider provider, OracleReport report)
        => [.. report.FormBypasses.Where(b => !IsApproved(provider, b.Form, b.Reason)).Select(b => $"{b.Form}: {b.Reason}")];

    private static bool IsApproved(Provider provider, string form, string reason)
        => reason == "in-transaction"
            || (Everywhere.TryGetValue(form, out var approved) && reason.StartsWith(approved, StringComparison.Ordinal))
            || (provider == Provider.Postgres && OnPostgres.Any(r => reason.StartsWith(r, StringComparison.Ordinal)));
}
