using System.Collections;
using System.Net;
using System.Text.Json;
using NpgsqlTypes;

namespace ZooCache.Integration.Tests.Types;

/// <summary>Does to a value whatever a caller may do to what it was given.</summary>
public static class Spoiler
{
    public static void Spoil(object? value)
    {
        switch (value)
        {
            case string or null:
                break;
            case JsonDocument document:
                document.Dispose();
                break;
            case IPAddress { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 } address:
                address.ScopeId = 77;
                break;
            case IPNetwork network:
                Spoil(network.BaseAddress);
                break;
            case NpgsqlInet inet:
                Spoil(inet.Address);
                break;
            case BitArray bits:
                bits.Not();
                break;
            case Array array:
                foreach (var item in array)
                {
                    Spoil(item);
                }

                Array.Clear(array);
                break;
            case IList<NpgsqlPoint> { IsReadOnly: false } points:
                points.Clear();
                break;
            case IDictionary { IsReadOnly: false } pairs:
                pairs.Clear();
                break;
            case IList { IsReadOnly: false } items:
                foreach (var item in items)
                {
                    Spoil(item);
                }

                items.Clear();
                break;
        }
    }
}
