using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace ZooCache;

/// <summary>
/// Coalesces concurrent loads of one key: one leads, the others wait for it.
/// </summary>
/// <remarks>
/// <para>Invariants: at most one flight per key is in the table, and it is one worth waiting for: a flight that a bump has
/// outdated is replaced by the next caller's own. No flight waits for itself, by way of however many others.</para>
/// <para>Algorithm: a flow that leads flights and waits for another makes these wait for that one. Such waits are the edges of a graph; one that would
/// close a cycle isn't begun, which is decided and noted under one lock (deadlock avoidance by a wait-for graph). A flow may wait for several at once.</para>
/// <para>Thread-safe; no lock is held while anything loads or waits.</para>
/// </remarks>
internal sealed class FlightTable(TimeProvider time)
{
    private readonly ConcurrentDictionary<CacheKey, Flight> flights = new(CacheKey.Comparer.Instance);
    private readonly Lock gate = new();
    private readonly Dictionary<Flight, List<Flight>> waits = [];

    internal TimeProvider Time { get; } = time;

    internal int Count => flights.Count;

    /// <summary>The flights that wait for others.</summary>
    internal int WaitCount
    {
        get
        {
            lock (gate)
            {
                return waits.Count;
            }
        }
    }

    /// <summary>The flights that the current flow leads.</summary>
    internal AsyncLocal<FlowScope.Leading?> Flow { get; } = new();

    /// <summary>
    /// Joins the key's flight. Without <paramref name="mayWait"/> the caller leads if nobody does, otherwise it is independent. A follower must wait.
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

            if (!mayWait)
            {
                role = FlightRole.Independent;
                return own;
            }

            if (!current.IsOutdated)
            {
                role = TryBeginWait(current) ? FlightRole.Follower : FlightRole.Independent;
                return role == FlightRole.Follower ? current : own;
            }
        }
    }

    internal void Remove(Flight flight) => flights.TryRemove(KeyValuePair.Create(flight.Key, flight));

    /// <summary>The current flow doesn't wait any more.</summary>
    internal void EndWait(Flight awaited)
    {
        if (Flow.Value is not { } leading)
        {
            return;
        }

        lock (gate)
        {
            for (; leading is not null; leading = leading.Outer)
            {
                if (waits.TryGetValue(leading.Flight, out var ends) && ends.Remove(awaited) && ends.Count == 0)
                {
                    waits.Remove(leading.Flight);
                }
            }
        }
    }

    /// <summary>Notes that what the current flow leads waits for a flight; false, and nothing is noted, if that waits for one of these.</summary>
    private bool TryBeginWait(Flight awaited)
    {
        if (Flow.Value is not { } leading)
        {
            return true;
        }

        lock (gate)
        {
            if (WaitsForOneOf(awaited, leading))
            {
                return false;
            }

            for (; leading is not null; leading = leading.Outer)
            {
                // Also one that has landed: which have is not to change between the beginning of the wait and its end.
                (CollectionsMarshal.GetValueRefOrAddDefault(waits, leading.Flight, out _) ??= []).Add(awaited);
            }

            return true;
        }
    }

    private bool WaitsForOneOf(Flight awaited, FlowScope.Leading leading)
    {
        var seen = new HashSet<Flight>();
        var left = new Stack<Flight>([awaited]);
        while (left.TryPop(out var next))
        {
            if (IsOneOf(next, leading))
            {
                return true;
            }

            foreach (var end in seen.Add(next) && waits.TryGetValue(next, out var ends) ? ends : [])
            {
                left.Push(end);
            }
        }

        return false;
    }

    private static bool IsOneOf(Flight flight, FlowScope.Leading leading)
    {
        for (var one = leading; one is not null; one = one.Outer)
        {
            if (one.Flight == flight)
            {
                return !flight.HasLanded;
            }
        }

        return false;
    }
}
