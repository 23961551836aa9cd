namespace ZooCache;

/// <summary>The tags under which the results of calls stand by their keys: <c>call / hash of the key</c>. A key that is removed, or set, invalidates its own.</summary>
internal static class CallPaths
{
    internal const string Root = "call";

    /// <summary>The depth of a key.</summary>
    internal const int KeyDepth = 2;

    private static readonly TagPath Calls = TagPath.Of(Root);

    /// <summary>The tag of a key. It is the same in every process; two keys with one hash end each other's results.</summary>
    internal static TagPath Of(ReadOnlySpan<byte> key) => Calls.Append(XxHash64.Hash(key));
}
