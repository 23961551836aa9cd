using System.Runtime.CompilerServices;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Writes;

namespace ZooCache.EFCore.Nodes;

/// <summary>
/// The part of EF Core in what nodes tell one another: rows, tables and SQL that were written, mapped here to the tags that this node's
/// models and queries know.
/// </summary>
/// <remarks>
/// Invariant: what another node has read of a row counts only if no entry between its read and its write has touched the row's key, and this
/// node would know if one had. A family is of use only once whatever was told before counts as a touch of it.
/// </remarks>
internal sealed class EFFeed(ZooCache cache) : INodeFeed
{
    private const int Number = 1;
    private static readonly ConditionalWeakTable<ZooCache, EFFeed> Feeds = [];

    private readonly Lock _gate = new();
    private volatile bool _takesPart;

    public int Id => Number;

    /// <summary>Has the databases of a cache take part in what its node hears, if it has one; free from the second time on.</summary>
    internal static void TakePart(ZooCache cache)
    {
        if (cache.Node is { } node)
        {
            Feeds.GetValue(cache, static c => new EFFeed(c)).TakePart(node);
        }
    }

    internal static NodeMessage MessageOf(ChangePart part) => new([], [(Number, part.Encode())]);

    internal static void Tell(ZooCache cache, IReadOnlyList<byte[]> facts)
    {
        if (Feeds.TryGetValue(cache, out var feed))
        {
            cache.Node?.Tell(feed, facts);
        }
    }

    public bool TryApply(ReadOnlySpan<byte> part, LogReading entry)
    {
        if (ChangePart.TryDecode(part) is not { } change)
        {
            return false;
        }

        var paths = PathsOf(change, entry);
        cache.Counters.Invalidations.Add(InvalidationFeed.Log, paths);
        cache.Trie.Bump(paths, "Elsewhere");
        entry.Touch(paths);
        return true;
    }

    public bool TryMeet(ReadOnlySpan<byte> part, LogReading entry)
    {
        if (ChangePart.TryDecode(part) is not { } change)
        {
            return false;
        }

        var paths = PathsOf(change, entry);
        if (!IsAlone(change, entry))
        {
            cache.Trie.Bump(paths, "Told");
        }

        entry.Touch(paths);
        return true;
    }

    public bool TryTouch(ReadOnlySpan<byte> part, LogReading entry)
    {
        if (ChangePart.TryDecode(part) is not { } change)
        {
            return false;
        }

        entry.Touch(PathsOf(change, entry));
        return true;
    }

    /// <summary>Whether nobody has touched what was written between the write's end here and its place in the log.</summary>
    private static bool IsAlone(ChangePart change, LogReading entry)
        => change is { IsDatabase: false, Tables.Count: 0, Sql.Count: 0 } && change.Rows.All(r => r.Key is { } key
            ? entry.IsUntouched(key, change.Epoch, change.Seen)
            : entry.IsUntouchedBelow(new EFPaths(change.Database).Table(r.Image.Table), change.Epoch, change.Seen));

    public IDisposable? Mark(ReadOnlySpan<byte> part, LogReading entry)
    {
        if (ChangePart.TryDecode(part) is not { } change)
        {
            return null;
        }

        var registry = RegistryOf(change);
        var write = registry.Open(isElsewhere: true);
        write.Add([.. change.Rows.Select(r => r.Image)]);
        foreach (var table in change.Tables)
        {
            write.Add(table);
        }

        foreach (var effect in change.Sql)
        {
            write.Add(effect);
        }

        if (change.IsDatabase)
        {
            write.AddDatabase();
        }

        entry.Touch(PathsOf(change, entry));
        return new PlacedMark(write);
    }

    /// <summary>The tables as a whole, and for SQL the database.</summary>
    public IReadOnlyList<byte[]> Coarsen(IReadOnlyList<ReadOnlyMemory<byte>> parts)
        => [.. parts.Select(p => ChangePart.TryDecode(p.Span)!).GroupBy(c => c.Database, StringComparer.Ordinal).Select(Coarsen)];

    private static byte[] Coarsen(IGrouping<string, ChangePart> changes)
    {
        var tables = changes
            .SelectMany(c => c.Rows.Select(r => r.Image.Table).Concat(c.Tables.Select(t => t.Table)))
            .Distinct(StringComparer.Ordinal)
            .Select(ChangePart.Whole);
        return new ChangePart(changes.Key, 0, HlcStamp.None, changes.Any(c => c.IsDatabase || c.Sql.Count > 0), [], [.. tables], []).Encode();
    }

    public bool TryLearn(ReadOnlySpan<byte> fact)
    {
        if (FactPart.TryDecode(fact) is not { } known)
        {
            return false;
        }

        TableRegistry.OfFeed(cache, new EFPaths(known.Database)).Learn(known);
        return true;
    }

    public bool HasOpenWrites => TableRegistry.AllOf(cache).Any(r => r.HasOpenWrites);

    public bool IsSettled => TableRegistry.AllOf(cache).All(r => r.IsSettled);

    public IReadOnlyList<byte[]> Facts() => [.. TableRegistry.AllOf(cache).SelectMany(r => r.Facts())];

    /// <summary>Nobody goes on before it hears: what is loaded until then might miss something.</summary>
    private void TakePart(CacheNode node)
    {
        if (_takesPart)
        {
            return;
        }

        lock (_gate)
        {
            if (!_takesPart)
            {
                node.Add(this);
                _takesPart = true;
            }
        }
    }

    private TagPath[] PathsOf(ChangePart change, LogReading entry)
    {
        var registry = RegistryOf(change);
        var tags = new WriteTags(registry.Paths);
        foreach (var row in change.Rows)
        {
            registry.Map(row.Image, new Believed(Counts(row, change, registry, entry)), static _ => false, tags);
        }

        MapTables(change, registry, tags);
        return [.. tags.Paths];
    }

    private static bool Counts(ChangedRow row, ChangePart change, TableRegistry registry, LogReading entry)
        => row.Key is { } key && registry.KnowsKey(row.Image.Table, key) && entry.IsUntouched(key, change.Epoch, row.Since);

    private static void MapTables(ChangePart change, TableRegistry registry, WriteTags tags)
    {
        foreach (var table in change.Tables)
        {
            registry.Map(table, tags);
        }

        foreach (var effect in change.Sql)
        {
            registry.Map(effect, tags);
        }

        if (change.IsDatabase)
        {
            tags.AddDatabase();
        }
    }

    private TableRegistry RegistryOf(ChangePart change) => TableRegistry.OfFeed(cache, new EFPaths(change.Database));

    private sealed class PlacedMark(EFWrite write) : IDisposable
    {
        public void Dispose() => write.Complete();
    }
}
