namespace ZooCache.EFCore.Writes.Sql;

/// <summary>A table that raw SQL writes to, as the text names it.</summary>
/// <param name="Schema">The folded schema, or null if none is named.</param>
/// <param name="Table">The folded name.</param>
/// <param name="MayDelete">Whether rows may go, so that the database's cascades have to be followed.</param>
/// <param name="Assigned">The folded names of the columns that an update sets, or more; null if they aren't known.</param>
internal sealed record SqlTarget(string? Schema, string Table, bool MayDelete, IReadOnlyCollection<string>? Assigned)
{
    /// <summary>PostgreSQL cuts longer names off, and then they name another table.</summary>
    internal const int MaximumNameBytes = 63;
}

/// <summary>What a text may do to the database and to its session.</summary>
/// <param name="Database">It may change anything.</param>
/// <param name="ChangesSession">It may change what later commands on the connection answer, or begin a transaction by unknown means.</param>
/// <param name="ControlsTransaction">It begins, ends or divides a transaction.</param>
/// <param name="EndsTransaction">It is nothing but a <c>COMMIT</c> or <c>ROLLBACK</c>: once it has run, none is open.</param>
/// <param name="Targets">The tables that it writes to.</param>
/// <param name="Calls">The folded names of procedures and functions that it calls and that aren't known to read only.</param>
internal sealed record SqlEffect(
    bool Database, bool ChangesSession, bool ControlsTransaction, bool EndsTransaction,
    IReadOnlyList<SqlTarget> Targets, IReadOnlyList<string> Calls)
{
    internal static SqlEffect None { get; } = new(false, false, false, false, [], []);

    /// <summary>What isn't understood may do everything.</summary>
    internal static SqlEffect Unknown { get; } = new(true, true, true, false, [], []);

    internal static SqlEffect Call(string routine) => new(false, false, false, false, [], [routine]);

    /// <summary>Whether it changes no more of the session than its settings (<c>SET</c>, <c>RESET</c>), of which the user may
    /// have said what they mean for answers.</summary>
    internal bool ChangesOnlySettings { get; init; }

    internal bool Writes => Database || Targets.Count > 0 || Calls.Count > 0;
}
