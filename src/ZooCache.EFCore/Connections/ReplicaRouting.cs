using System.Data.Common;

namespace ZooCache.EFCore.Connections;

/// <summary>
/// Whether a connection string may lead to a server that is behind another one: by an intent to read only (SQL Server), by the
/// kind of server that is asked for (Npgsql), or by several hosts of which any may answer.
/// </summary>
internal static class ReplicaRouting
{
    internal static bool MayReach(DbConnectionStringBuilder values)
    {
        var hosts = 1;
        string? target = null;
        foreach (string key in values.Keys)
        {
            var value = values[key].ToString() ?? "";
            switch (key.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant())
            {
                case "APPLICATIONINTENT" when value.Replace(" ", "", StringComparison.Ordinal).Equals("ReadOnly", StringComparison.OrdinalIgnoreCase):
                    return true;
                case "TARGETSESSIONATTRIBUTES":
                    target = value.Trim().Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();
                    break;
                case "HOST" or "SERVER":
                    hosts = HostsIn(value);
                    break;
            }
        }

        return target switch
        {
            "PRIMARY" or "READWRITE" => false,
            null or "ANY" or "" => hosts > 1,
            _ => true,
        };
    }

    // SQL Server writes a port after a comma.
    private static int HostsIn(string value)
        => 1 + value.Split(',').Skip(1).Count(part => !int.TryParse(part, System.Globalization.CultureInfo.InvariantCulture, out _));
}
