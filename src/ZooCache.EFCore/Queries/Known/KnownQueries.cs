using System.Collections.Concurrent;

namespace ZooCache.EFCore.Queries.Known;

/// <summary>
/// The queries that were executed through one service provider of EF's, by their fingerprints; null for one of which EF makes
/// more than parameters. Bounded: when there are too many, all are forgotten, and known again when they are executed again.
/// Safe for concurrent use.
/// </summary>
internal sealed class KnownQueries
{
    private const int Most = 1024;

    private readonly ConcurrentDictionary<KeptFingerprint, KnownQuery?> _queries = new(new KeptFingerprint.Comparer());
    private readonly ConcurrentDictionary<KeptFingerprint, KnownQuery?>.AlternateLookup<FingerprintSpan> _byFingerprint;

    public KnownQueries() => _byFingerprint = _queries.GetAlternateLookup<FingerprintSpan>();

    internal bool TryGet(Fingerprint fingerprint, out KnownQuery? known) => _byFingerprint.TryGetValue(fingerprint.Span, out known);

    /// <summary>Adds a query with these parameters; null for one of which EF makes more. Gives the one that is kept.</summary>
    internal KnownQuery? Add(Fingerprint fingerprint, string[]? names)
    {
        if (_queries.Count >= Most)
        {
            _queries.Clear();
        }

        return _queries.GetOrAdd(new KeptFingerprint(fingerprint.Span), names is null ? null : new KnownQuery(names));
    }
}
