using System.Collections.Concurrent;

namespace ZooCache;

/// <summary>
/// Coalesces concurrent loads of one key: one leads, the others wait for it.
/// </summary>
/// <remarks>
/// <para>Invariants: at most one flight per key is in the table, and it is one worth waiting for: a flight that a bump has
/// outdated is replaced by the next caller's own. A leader never waits, so no two flights can wait for each other.</para>
/// <para>Thread-safe; no lock is held while anything loads or waits.</para>
/// </remarks>
internal sealed class FlightTable(TimeProvider time)
{
    private readonly ConcurrentDictionary<CacheKey, Flight> flights = new(CacheKey.Comparer.Instance);

    internal TimeProvider Time { get; } = time;

    internal int Count => flights.Count;

    /// <summary>The flights that the current flow leads.</summary>
    internal AsyncLocal<FlowScope.Leading?> Flow { get; } = new();

    /// <summary>
    /// Joins the key's flight. Without <paramref name="mayWait"/> the caller leads if nobody does, otherwise it is independent.
    /// </summary>
    internal Flight Join(CacheKey key, bool mayWait, out FlightRole role)
    {
        var own = new Flight(this, key);
        while (true)
        {
            var current = flights.GetOrAdd(key, own);
            if (ReferenceEquals(current, own) || (current.IsOutdated && flights.TryUpdate(key, own, current)))
            {
                role = FlightRole.Leader;
                return own;
            }

            if (!mayWait || Leads())
            {
                role = FlightRole.Independent;
                return own;
            }

            if (!current.IsOutdated)
            {
                role = FlightRole.Follower;
                return current;
            }
        }
    }

    internal void Remove(Flight flight) => flights.TryRemove(KeyValuePair.Create(flight.Key, flight));

    private bool Leads()
    {
        for (var leading = Flow.Value; leading is not null; leading = leading.Outer)
        {
            if (!leading.Flight.HasLanded)
            {
                return true;
            }
        }

        return false;
    }
}
