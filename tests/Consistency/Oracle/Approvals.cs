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
        ["FromSql"] = "raw-sql",
        ["FromSql, composed"] = "raw-sql",
        ["SqlQuery of an entity's columns"] = "raw-sql",
        ["SqlQuery of a scalar"] = "raw-sql",
        ["SqlQuery of a scalar, composed"] = "raw-sql",
        ["rows of a view"] = "view",
        ["customers joined with a view"] = "view",
        ["rows of a query in the model"] = "raw-sql",
    };

    private static readonly Dictionary<string, string> OnSqlite = new(StringComparer.Ordinal);

    private static readonly Dictionary<string, string> OnPostgres = new(StringComparer.Ordinal);

    internal static bool IsNeverHit(Provider provider, string form) => Reason(provider, form) is not null;

    /// <summary>The bypasses for which there is no approval.</summary>
    internal static List<string> Unapproved(Provider provider, OracleReport report)
        => [.. report.FormBypasses.Where(b => !IsApproved(provider, b.Form, b.Reason)).Select(b => $"{b.Form}: {b.Reason}")];

    private static bool IsApproved(Provider provider, string form, string reason)
        => reason == "in-transaction" || (Reason(provider, form) is { } approved && reason.StartsWith(approved, StringComparison.Ordinal));

    private static string? Reason(Provider provider, string form)
        => Everywhere.GetValueOrDefault(form)
            ?? (provider == Provider.Sqlite ? OnSqlite : OnPostgres).GetValueOrDefault(form);
}
