using System.Data.Common;
using System.Globalization;

namespace ZooCache.EFCore.Connections;

/// <summary>
/// A connection string as other processes may have it, too: without passwords, with this machine's name where it may mean this machine, and for a file its full path and
/// which one stands there. Two processes with one name ask the same database in the same way.
/// </summary>
/// <remarks>
/// All that a connection string says may change answers (the user, the schema, the time zone), so all of it counts but passwords, and so does what PostgreSQL's clients take from the
/// environment where it says nothing. A file that takes the place of another while this process runs has no name here any more: the pool may still ask the one that was.
/// </remarks>
internal sealed class SharedName
{
    private static readonly string[] Passwords = ["password", "pwd", "passfile", "sslpassword", "ssl password"];
    private static readonly string[] Hosts = ["host", "server", "data source", "datasource", "address", "addr", "network address"];

    private static readonly string[] Protocols = ["tcp:", "np:", "lpc:"];
    private static readonly string[] LocalBeginnings = ["/", "\\", "@", ".", "(", "localhost", "127.", "::1", "[::1]", "0.0.0.0", "host.docker.internal"];

    private static readonly string[] Users = ["username", "user name", "userid", "user id", "uid", "user"];

    private readonly string name;
    private readonly string? file;
    private string? first;

    private SharedName(string name, string? file)
    {
        this.name = name;
        this.file = file;
    }

    /// <summary>The name now: a file may have taken the place of another. Null if there is no such file.</summary>
    internal string? Now
    {
        get
        {
            if (file is null)
            {
                return $"{name};{Environment}";
            }

            var now = FileIdentity.Of(file);
            return now is not null && now == (Interlocked.CompareExchange(ref first, now, null) ?? now) ? $"{name};{file};{now}" : null;
        }
    }

    private static string Environment => string.Concat(System.Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
        .Select(v => (Key: (string)v.Key, Value: v.Value as string ?? ""))
        .Where(v => v.Key.StartsWith("PG", StringComparison.Ordinal) && !v.Key.Contains("PASS", StringComparison.Ordinal))
        .OrderBy(v => v.Key, StringComparer.Ordinal)
        .Select(v => $"{v.Key.Length}:{v.Key}={v.Value.Length}:{v.Value};"));

    /// <summary>What a connection string means to others; null if that can't be said.</summary>
    /// <param name="values">The connection string.</param>
    /// <param name="sqliteFile">The file, if that is what it names.</param>
    internal static SharedName? Of(DbConnectionStringBuilder values, string? sqliteFile)
    {
        var parts = values.Keys.Cast<string>()
            .Select(k => (Key: k.ToLowerInvariant(), Value: values[k].ToString() ?? ""))
            .Where(p => !Passwords.Contains(p.Key))
            .OrderBy(p => p.Key, StringComparer.Ordinal)
            .ToList();
        if (sqliteFile is null)
        {
            var hosts = parts.Where(p => Hosts.Contains(p.Key)).Select(p => p.Value).ToList();
            var user = parts.Exists(p => Users.Contains(p.Key)) ? "" : System.Environment.UserName;
            return new SharedName($"{Join(parts, isLocal: hosts.Count == 0 || hosts.Exists(MayBeLocal))}{user}", file: null);
        }

        // Where it looks for what isn't a full path, what stands for a directory, and what SQLite reads as a URI, is the provider's affair.
        return !Path.IsPathFullyQualified(sqliteFile) || sqliteFile.Contains('|') || sqliteFile.StartsWith("file:", StringComparison.OrdinalIgnoreCase)
            ? null
            : new SharedName(Join(parts, isLocal: true), sqliteFile);
    }

    private static string Join(List<(string Key, string Value)> parts, bool isLocal)
        => string.Concat(parts.Select(p => $"{p.Key.Length}:{p.Key}={p.Value.Length}:{p.Value};")) + (isLocal ? $"@{System.Environment.MachineName}" : "");

    /// <summary>Whether one of the hosts may mean the machine on which it is read.</summary>
    private static bool MayBeLocal(string hosts)
        => hosts.ToLowerInvariant().Split(',').Select(h => Protocols.Aggregate(h.Trim(), static (host, protocol) => host.StartsWith(protocol, StringComparison.Ordinal) ? host[protocol.Length..] : host))
            .Any(h => h.Length == 0 || int.TryParse(h, NumberStyles.Integer, CultureInfo.InvariantCulture, out _) || LocalBeginnings.Any(b => h.StartsWith(b, StringComparison.Ordinal)));
}
