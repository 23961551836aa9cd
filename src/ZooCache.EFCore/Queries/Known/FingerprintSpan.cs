using System.Diagnostics.CodeAnalysis;

namespace ZooCache.EFCore.Queries.Known;

/// <summary>The tokens of a fingerprint and their hash, as long as nobody reads the next one.</summary>
internal readonly ref struct FingerprintSpan(ReadOnlySpan<object?> tokens, int hash)
{
    internal ReadOnlySpan<object?> Tokens { get; } = tokens;

    internal int Hash { get; } = hash;

    internal bool Equals(ReadOnlySpan<object?> others)
    {
        if (Tokens.Length != others.Length)
        {
            return false;
        }

        for (var i = 0; i < others.Length; i++)
        {
            if (!ReferenceEquals(Tokens[i], others[i]) && !Equals(Tokens[i], others[i]))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>A fingerprint that is kept. Immutable.</summary>
internal sealed class KeptFingerprint(FingerprintSpan fingerprint)
{
    private readonly object?[] _tokens = fingerprint.Tokens.ToArray();
    private readonly int _hash = fingerprint.Hash;

    internal sealed class Comparer : IEqualityComparer<KeptFingerprint>, IAlternateEqualityComparer<FingerprintSpan, KeptFingerprint>
    {
        public bool Equals(KeptFingerprint? x, KeptFingerprint? y)
            => ReferenceEquals(x, y) || (x is not null && y is not null && new FingerprintSpan(x._tokens, x._hash).Equals(y._tokens));

        public int GetHashCode([DisallowNull] KeptFingerprint obj) => obj._hash;

        public bool Equals(FingerprintSpan alternate, KeptFingerprint other) => alternate.Equals(other._tokens);

        public int GetHashCode(FingerprintSpan alternate) => alternate.Hash;

        public KeptFingerprint Create(FingerprintSpan alternate) => new(alternate);
    }
}
