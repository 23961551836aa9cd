using System.Runtime.InteropServices;

namespace ZooCache;

/// <summary>
/// What keys are of. A key begins with the number of its space, or with the number, above 0, of a query's plan: keys of different spaces are never equal, whatever
/// is in them.
/// </summary>
internal enum KeySpace : long
{
    /// <summary>Keys of cached calls, as the application names them.</summary>
    Call = -1,

    /// <summary>Arguments of a function that was memoized, after its name or number.</summary>
    Memoized = -2,

    /// <summary>Keys of <c>HybridCache</c>.</summary>
    Hybrid = -3,

    /// <summary>Responses, by what was asked.</summary>
    Response = -4,

    /// <summary>Keys of parts of JSON documents, as the application names them.</summary>
    Json = -5,
}

/// <summary>Writes keys that are texts.</summary>
internal static class TextKey
{
    /// <summary>As its UTF-16 code units: what is no valid text differs, too.</summary>
    internal static void Write(KeyBuffer buffer, KeySpace space, ReadOnlySpan<char> key)
    {
        buffer.Write((long)space);
        buffer.Write(MemoryMarshal.AsBytes(key));
    }
}
