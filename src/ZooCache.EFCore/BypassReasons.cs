namespace ZooCache.EFCore;

/// <summary>Why a query is answered by the database and its answer isn't kept. The texts are part of the public
/// behaviour (<see cref="QueryOutcome.Reason"/>, metrics): change none.</summary>
internal static class BypassReasons
{
    internal const string NotRequested = "not-requested";
    internal const string NotCacheable = "not-cacheable";
    internal const string DatabaseValues = "database-values";
    internal const string Disabled = ReadReasons.Disabled;
    internal const string LogUnconfirmed = ReadReasons.LogUnconfirmed;
    internal const string LogSuspect = ReadReasons.LogSuspect;
    internal const string TokenUnknown = ReadReasons.TokenUnknown;
    internal const string InTransaction = "in-transaction";
    internal const string OpenReader = "open-reader";
    internal const string SessionChanged = "session-changed";
    internal const string RawSql = "raw-sql";
    internal const string View = "view";
    internal const string TableFunction = "table-function";
    internal const string UnknownFunction = "unknown-function";
    internal const string UnknownExpression = "unknown-expression";
    internal const string ShapeNotServed = "shape-not-served";
    internal const string ReaderNotServed = "reader-not-served";
    internal const string ParameterType = "parameter-type";
    internal const string DirtyReads = "dirty-reads";
    internal const string ConnectionInterceptor = "connection-interceptor";
    internal const string Replica = "replica";
    internal const string PrivateDatabase = "private-database";

    // These are told of results of calls alone (CacheScope).
    internal const string ContextInUse = "context-in-use";
    internal const string CommandInterceptor = "command-interceptor";
    internal const string UnknownQuery = "unknown-query";
    internal const string Writes = "writes";

    /// <summary>The bounded part of a reason, for metric labels: what stands before the first colon.</summary>
    internal static string Kind(string reason) => reason.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? reason[..colon] : reason;
}
