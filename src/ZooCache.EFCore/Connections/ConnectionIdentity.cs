using System.Collections.Concurrent;
using System.Data;
using System.Data.Common;
using Microsoft.EntityFrameworkCore.Storage;

namespace ZooCache.EFCore.Connections;

/// <summary>
/// Which database and session an answer belongs to: the whole connection string, so that answers for two users, hosts or
/// settings are never shared. Only numbers stand in keys; connection strings, which may hold secrets, stay in this table.
/// </summary>
internal static class ConnectionIdentity
{
    private const int MaximumKnown = 10_000;

    private static readonly ConcurrentDictionary<string, Known> Strings = new(StringComparer.Ordinal);
    private static long s_lastId;

    /// <summary>False, with the reason, if answers from this connection can't be kept.</summary>
    internal static bool TryGet(
        IRelationalConnection connection, DbConnection? existing, bool replicasAllowed, out (bool Private, long Id) identity,
        out string? problem)
    {
        identity = default;
        var text = connection.ConnectionString ?? "";
        if (!Strings.TryGetValue(text, out var known))
        {
            known = Remember(text);
        }

        if (known.SharesUncommitted)
        {
            problem = BypassReasons.DirtyReads;
            return false;
        }

        if (known.MayBeReplica && !replicasAllowed)
        {
            problem = BypassReasons.Replica;
            return false;
        }

        if (known.IsPrivate)
        {
            // The database is gone when the connection closes; a closed connection has none that could be named.
            if (existing is not { State: ConnectionState.Open })
            {
                problem = BypassReasons.PrivateDatabase;
                return false;
            }

            identity = (true, ConnectionActivity.Of(existing).PrivateId);
        }
        else
        {
            identity = (false, known.Id);
        }

        problem = null;
        return true;
    }

    /// <summary>What names the database, and the session that asks it, to other processes; null if it is this process's alone, or its name may mean
    /// something else elsewhere.</summary>
    internal static string? SharedNameOf(IRelationalConnection connection)
        => Strings.TryGetValue(connection.ConnectionString ?? "", out var known) && !known.IsPrivate ? known.SharedName?.Now : null;

    private static Known Remember(string text)
    {
        if (Strings.Count >= MaximumKnown)
        {
            // Numbers are never given twice: what was stored under the forgotten ones is only never found again.
            Strings.Clear();
        }

        return Strings.GetOrAdd(text, static t => Parse(t));
    }

    /// <summary>What a connection string tells of its database.</summary>
    internal static Known Parse(string text)
    {
        var id = Interlocked.Increment(ref s_lastId);
        var values = new DbConnectionStringBuilder();
        try
        {
            values.ConnectionString = text;
        }
        catch (ArgumentException)
        {
            return new Known(id, IsPrivate: true, SharesUncommitted: false, MayBeReplica: false, SharedName: null);
        }

        var source = Value("Data Source") ?? Value("DataSource") ?? Value("Filename");
        var mode = Value("Mode");
        var isSqlite = source is not null && Value("Host") is null && Value("Server") is null;
        var inMemory = isSqlite
            && (source!.Length == 0
                || source.Contains(":memory:", StringComparison.OrdinalIgnoreCase)
                || source.Contains("mode=memory", StringComparison.OrdinalIgnoreCase)
                || string.Equals(mode, "Memory", StringComparison.OrdinalIgnoreCase));
        var shared = string.Equals(Value("Cache"), "Shared", StringComparison.OrdinalIgnoreCase)
            || source?.Contains("cache=shared", StringComparison.OrdinalIgnoreCase) == true;
        return new Known(id, inMemory || text.Length == 0, isSqlite && shared, ReplicaRouting.MayReach(values), SharedName.Of(values, isSqlite ? source : null));

        string? Value(string key) => values.TryGetValue(key, out var value) ? value?.ToString() ?? "" : null;
    }

    internal sealed record Known(long Id, bool IsPrivate, bool SharesUncommitted, bool MayBeReplica, SharedName? SharedName);
}
