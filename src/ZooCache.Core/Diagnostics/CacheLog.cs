using Microsoft.Extensions.Logging;

namespace ZooCache;

/// <summary>
/// What a cache writes to the application's log: what an operator should know of, and once, when it begins or ends. The ids are permanent. What a failure says may come from a server;
/// no values of queries are in it.
/// </summary>
internal static partial class CacheLog
{
    internal const string Category = "ZooCache";

    [LoggerMessage(100, LogLevel.Information, "Cache {Cache}: node {Node:x16} is a member of its log, epoch {Epoch:x16}; everything kept before was invalidated.")]
    internal static partial void Joined(this ILogger logger, string cache, ulong node, ulong epoch);

    [LoggerMessage(101, LogLevel.Warning, "Cache {Cache}: the log can't be reached; if it stays so, queries go to the database. {Failure}")]
    internal static partial void LogUnreachable(this ILogger logger, string cache, string failure);

    [LoggerMessage(102, LogLevel.Information, "Cache {Cache}: the log answers again.")]
    internal static partial void LogReachable(this ILogger logger, string cache);

    [LoggerMessage(103, LogLevel.Warning, "Cache {Cache}: an entry of the log, of node {Node:x16}, couldn't be read; everything was invalidated. Do all nodes run versions that know each other?")]
    internal static partial void LogUnreadable(this ILogger logger, string cache, ulong node);

    [LoggerMessage(110, LogLevel.Warning, "Cache {Cache}: the shared store fails and is left alone for a while. {Failure}")]
    internal static partial void StoreFailed(this ILogger logger, string cache, string failure);

    [LoggerMessage(111, LogLevel.Information, "Cache {Cache}: the shared store works again.")]
    internal static partial void StoreWorks(this ILogger logger, string cache);

    [LoggerMessage(120, LogLevel.Warning, "Cache {Cache}: the end of a write ({Cause}) hasn't been seen; what it concerns isn't kept until its connection closes. Is a transaction left open?")]
    internal static partial void WriteOverdue(this ILogger logger, string cache, string cause);

    [LoggerMessage(121, LogLevel.Error, "Cache {Cache}: an observer given to OnInvalidated has thrown.")]
    internal static partial void HookFailed(this ILogger logger, string cache, Exception exception);

    [LoggerMessage(130, LogLevel.Warning, "Cache {Cache}: {Problem}")]
    internal static partial void NotKept(this ILogger logger, string cache, string problem);

    [LoggerMessage(140, LogLevel.Error, "Cache {Cache}: a stale answer was found, {Age} old: {Query}. One of these tags should have been invalidated: {Missed}. Is it written by something that the cache doesn't see?")]
    internal static partial void Stale(this ILogger logger, string cache, TimeSpan age, string query, string missed);
}
