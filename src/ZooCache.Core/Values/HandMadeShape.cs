using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ZooCache.Values;

/// <summary>Types of the base library with a way of their own to be copied.</summary>
internal sealed class HandMadeShape : ValueShape
{
    private readonly Func<object, object> copy;
    private readonly Func<object, long> measure;

    private HandMadeShape(Func<object, object> copy, Func<object, long> measure)
    {
        this.copy = copy;
        this.measure = measure;
    }

    internal override object Copy(object value, GraphCopy graph)
    {
        var made = copy(value);
        graph.Begin(value, made);
        return made;
    }

    internal override long Measure(object value, GraphSize graph) => measure(value);

    internal static HandMadeShape? For(Type type)
        => type == typeof(JsonObject) || type == typeof(JsonArray) ? new(static v => Copied((JsonNode)v), static v => 8L * ((JsonNode)v).ToJsonString().Length)
            : type == typeof(JsonElement) ? new(static v => ((JsonElement)v).ValueKind == JsonValueKind.Undefined ? v : ((JsonElement)v).Clone(), static v => ((JsonElement)v).ValueKind == JsonValueKind.Undefined ? 16 : 4L * ((JsonElement)v).GetRawText().Length)
            : type == typeof(StringBuilder) ? new(static v => new StringBuilder(((StringBuilder)v).Capacity, ((StringBuilder)v).MaxCapacity).Append((StringBuilder)v), static v => 64 + (2L * ((StringBuilder)v).Length))
            : type == typeof(System.Collections.BitArray) ? new(static v => new System.Collections.BitArray((System.Collections.BitArray)v), static v => 64 + (((System.Collections.BitArray)v).Length / 8))
            : type == typeof(object) ? new(static _ => new object(), static _ => 24)
            : type == typeof(System.Net.NetworkInformation.PhysicalAddress)
                ? new(static v => new System.Net.NetworkInformation.PhysicalAddress(((System.Net.NetworkInformation.PhysicalAddress)v).GetAddressBytes()), static _ => 64)
            : type == typeof(System.Net.IPAddress) ? new(static v => Copied((System.Net.IPAddress)v), static _ => 96)
            : null;

    // A part of a document is not to be torn from it.
    private static JsonNode Copied(JsonNode node) => node.Parent is null ? node.DeepClone() : throw new UncopyableValueException("It is a part of a JSON document: take its DeepClone().");

    // A scope can be set, on an address of version 6 only.
    private static System.Net.IPAddress Copied(System.Net.IPAddress address)
        => address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
            ? new System.Net.IPAddress(address.GetAddressBytes(), address.ScopeId)
            : new System.Net.IPAddress(address.GetAddressBytes());
}
