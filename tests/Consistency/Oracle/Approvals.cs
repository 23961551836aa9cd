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
        ["orders, lines split"] = "shape-not-served",
        ["customer by key, split in three"] = "shape-not-served",
        ["page of customers, orders and referred split"] = "shape-not-served",
        ["lists in a projection, split"] = "shape-not-served",
        ["groups of products"] = "shape-not-served",
        ["groups of lines under a condition"] = "shape-not-served",
        ["FromSql"] = "raw-sql",
        ["FromSql, composed"] = "raw-sql",
        ["SqlQuery of an entity's columns"] = "raw-sql",
        ["SqlQuery of a scalar"] = "raw-sql",
        ["SqlQuery of a scalar, composed"] = "raw-sql",
        ["rows of a view"] = "view",
        ["customers joined with a view"] = "view",
        ["rows of a query in the model"] = "raw-sql",
    };

    /// <summary>What isn't yet known of PostgreSQL, in whatever form it comes.</summary>
    private static readonly string[] OnPostgres = ["unknown-expression: Pg", "unknown-function", "table-function: jsonb_to_recordset"];

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
