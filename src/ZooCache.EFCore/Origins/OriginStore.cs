using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Update;

namespace ZooCache.EFCore.Origins;

/// <summary>
/// The origins of what a context tracks. Entries that are no longer tracked are let go when their number has doubled. Used by
/// one thread at a time.
/// </summary>
internal sealed class OriginStore
{
    private const int FewestBeforeCleaning = 256;

    private readonly Dictionary<IUpdateEntry, RowOrigin> _origins = new(ReferenceEqualityComparer.Instance);
    private int _cleanAt = FewestBeforeCleaning;

    internal int Count => _origins.Count;

    internal void Add(IUpdateEntry entry, RowOrigin origin)
    {
        if (_origins.Count >= _cleanAt)
        {
            foreach (var known in _origins.Keys.Where(e => e.EntityState == EntityState.Detached).ToList())
            {
                _origins.Remove(known);
            }

            _cleanAt = Math.Max(FewestBeforeCleaning, _origins.Count * 2);
        }

        _origins[entry] = origin;
    }

    internal RowOrigin? Find(IUpdateEntry entry) => _origins.GetValueOrDefault(entry);

    internal void Clear() => _origins.Clear();
}
