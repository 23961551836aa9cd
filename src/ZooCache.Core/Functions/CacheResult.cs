using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace ZooCache;

/// <summary>What there was under a key.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CacheResult<T>
{
    internal CacheResult(T value)
    {
        Value = value;
        IsHit = true;
    }

    internal CacheResult(string missReason, string? cause)
    {
        MissReason = missReason;
        Cause = cause;
    }

    /// <summary>Whether there was a valid value, which may be null.</summary>
    [MemberNotNullWhen(false, nameof(MissReason))]
    public bool IsHit { get; }

    /// <summary>The value; the type's default if there was none.</summary>
    public T? Value { get; }

    /// <summary>
    /// Why there was none: <c>not-found</c>, <c>invalidated</c>, <c>expired</c>, <c>other-type</c> (there is a value, of a type that isn't the one asked for),
    /// <c>refresh</c>, <c>disabled</c>; or, with several nodes, <c>log-unconfirmed</c>, <c>log-suspect</c>, <c>token-unknown</c>. Null for a hit.
    /// </summary>
    public string? MissReason { get; }

    /// <summary>Of an invalidated value: the tag, and what invalidated it, as far as that is still known; else null.</summary>
    public string? Cause { get; }
}
