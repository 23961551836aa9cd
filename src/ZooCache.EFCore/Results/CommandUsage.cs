using ZooCache.RowSets;

namespace ZooCache.EFCore.Results;

/// <summary>How the result of one command of a query is read.</summary>
/// <param name="Usage">The getters.</param>
/// <param name="Columns">The names by which EF finds the columns of raw SQL; null where it knows their ordinals.</param>
internal sealed record CommandUsage(ReaderUsage Usage, IReadOnlyList<string>? Columns)
{
    /// <summary>A reader of a whole result.</summary>
    internal ResultReader Read(RowSet rows) => Columns is null ? new ResultReader(rows) : new ContinuedReader(rows, Columns);
}
