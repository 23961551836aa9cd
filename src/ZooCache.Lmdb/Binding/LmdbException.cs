using System.Runtime.InteropServices;

namespace ZooCache.Lmdb.Binding;

/// <summary>What liblmdb says, by its number or an errno.</summary>
internal sealed class LmdbException(int code) : Exception($"LMDB says {code}: {Marshal.PtrToStringUTF8(NativeLmdb.StrError(code))}")
{
    internal int Code { get; } = code;
}
