namespace Quickstart.Checking;

/// <summary>
/// Counts the writes that have begun (before their first command) and ended (after SaveChanges has returned). If
/// <see cref="Begun"/>, read later, equals <see cref="Ended"/>, read earlier, then no write ran at any time in between: those
/// begun by the later moment had all ended by the earlier one.
/// </summary>
internal sealed class WriteClock
{
    private long begun;
    private long ended;

    public long Begun => Interlocked.Read(ref begun);

    public long Ended => Interlocked.Read(ref ended);

    public void Begin() => Interlocked.Increment(ref begun);

    public void End() => Interlocked.Increment(ref ended);
}
