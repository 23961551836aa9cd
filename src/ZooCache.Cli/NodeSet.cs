using System.Text.Encodings.Web;
using System.Text.Json;

namespace ZooCache.Cli;

/// <summary>The nodes that are asked, and how the answers are printed.</summary>
internal sealed class NodeSet : IDisposable
{
    /// <summary>As nodes write it, and readable: it goes to scripts and people, not into pages.</summary>
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions OnOneLine = new(Indented) { WriteIndented = false };

    private NodeSet(IReadOnlyList<NodeClient> all, bool json) => (All, IsJson) = (all, json);

    internal IReadOnlyList<NodeClient> All { get; }

    /// <summary>The one that is asked where one is enough.</summary>
    internal NodeClient First => All[0];

    internal bool IsJson { get; }

    /// <exception cref="NodeException">None is given, or an address or a header is none.</exception>
    internal static NodeSet Of(IReadOnlyList<string> addresses, IReadOnlyList<string> headers, bool json)
    {
        var given = addresses.Count > 0
            ? addresses
            : Environment.GetEnvironmentVariable(CommandLine.NodesVariable)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        if (given.Count == 0)
        {
            throw new NodeException($"No node is given. Say --node http://host:port/zoocache, the prefix that the application has given to MapZooCache, or set {CommandLine.NodesVariable}.");
        }

        if (headers.FirstOrDefault(static h => h.IndexOf(':', StringComparison.Ordinal) < 1) is { } header)
        {
            throw new NodeException($"'{header}' is no header. Say --header 'Name: value'.");
        }

        return new NodeSet(
            [.. given.Select(address => Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                ? new NodeClient(uri, headers)
                : throw new NodeException($"'{address}' is no address. Say --node http://host:port/zoocache."))],
            json);
    }

    internal static void PrintJson(object value) => Console.WriteLine(JsonSerializer.Serialize(value, Indented));

    internal static void PrintJsonLine(object value) => Console.WriteLine(JsonSerializer.Serialize(value, OnOneLine));

    public void Dispose()
    {
        foreach (var node in All)
        {
            node.Dispose();
        }
    }
}
