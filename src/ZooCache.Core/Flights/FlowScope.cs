namespace ZooCache;

/// <summary>
/// While it stands, the current flow of control counts as leading a flight. Flows that it starts inherit that, and lose it
/// when the flight has landed. Dispose it in the method that made it.
/// </summary>
internal readonly struct FlowScope : IDisposable
{
    private readonly FlightTable table;
    private readonly Leading? before;

    internal FlowScope(FlightTable table, Flight flight)
    {
        this.table = table;
        before = table.Flow.Value;
        var outer = before;
        while (outer is { Flight.HasLanded: true })
        {
            // What outlives its flights doesn't drag them along.
            outer = outer.Outer;
        }

        table.Flow.Value = new Leading(flight, outer);
    }

    public void Dispose() => table.Flow.Value = before;

    internal sealed record Leading(Flight Flight, Leading? Outer);
}
