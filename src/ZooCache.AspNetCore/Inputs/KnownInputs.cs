namespace ZooCache.AspNetCore.Inputs;

/// <summary>
/// What an endpoint is known to read of its requests. Thread-safe.
/// </summary>
/// <remarks>
/// Names may come from whoever asks. So only so many are known at once: a new one takes the place of the one that hasn't been read for longest, by whatever run; and a run that reads many new ones
/// isn't learnt from. That something was absent stays known for good, because it is no part of keys; where too much is, nothing more is learnt.
/// </remarks>
internal sealed class KnownInputs(IEnumerable<RequestInput> declared)
{
    private const int MostOfRequest = 48;
    private const int MostAbsences = 64;

    private readonly Lock gate = new();
    private readonly HashSet<RequestInput> always = [.. declared];
    private readonly Dictionary<RequestInput, long> lastRead = [];
    private RequestInput[] known = [.. declared];
    private long runs;
    private int absences;

    /// <summary>All that is known; the same array until something changes.</summary>
    internal RequestInput[] Current => Volatile.Read(ref known);

    /// <summary>Of how much it is known that it has to be absent. Read it before <see cref="Current"/>, which then has them all.</summary>
    internal int AbsenceCount => Volatile.Read(ref absences);

    /// <summary>Begins a run.</summary>
    /// <returns>Its number.</returns>
    internal long BeginRun() => Interlocked.Increment(ref runs);

    /// <summary>A run has read something.</summary>
    /// <param name="input">What it has read.</param>
    /// <param name="run">The number of the run.</param>
    /// <returns>Whether it is known by now.</returns>
    internal bool Learn(RequestInput input, long run)
    {
        lock (gate)
        {
            if (Array.IndexOf(known, input) >= 0)
            {
                lastRead[input] = run;
                return true;
            }

            if (!input.CanBeLearnt)
            {
                return false;
            }

            if (input.IsAbsence)
            {
                if (absences == MostAbsences)
                {
                    return false;
                }

                Volatile.Write(ref known, [.. known, input]);
                Volatile.Write(ref absences, absences + 1);
                return true;
            }

            var learnt = known.Where(i => !i.IsAbsence && !always.Contains(i)).ToList();
            if (learnt.Count < MostOfRequest)
            {
                lastRead[input] = run;
                Volatile.Write(ref known, [.. known, input]);
                return true;
            }

            var oldest = learnt.MinBy(i => lastRead.GetValueOrDefault(i));
            if (lastRead.GetValueOrDefault(oldest) >= run)
            {
                return false;
            }

            lastRead.Remove(oldest);
            lastRead[input] = run;
            Volatile.Write(ref known, [.. known.Where(i => i != oldest), input]);
            return true;
        }
    }
}
