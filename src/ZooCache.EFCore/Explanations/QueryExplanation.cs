using System.Text;
using ZooCache.EFCore.Explanations;

namespace ZooCache.EFCore;

/// <summary>What the cache makes of a query, as <c>query.ExplainCache()</c> tells it. Immutable.</summary>
/// <param name="Bypass">Why the query isn't cached; null if it is.</param>
/// <param name="Next">How its next execution would be answered, if nothing is written until then; null if it isn't cached.</param>
/// <param name="Tables">What its answer depends on: one for each table that it reads, as often as it reads it.</param>
public sealed record QueryExplanation(string? Bypass, QueryOutcome? Next, IReadOnlyList<TableDependency> Tables)
{
    /// <summary>A line for each table, for people.</summary>
    /// <returns>The text. It holds names of tables, columns and parameters, no values.</returns>
    public override string ToString()
    {
        var text = new StringBuilder(Bypass is null ? $"cached; next: {Next}" : $"not cached: {Bypass}");
        foreach (var table in Tables)
        {
            text.AppendLine().Append("  ").Append(table);
        }

        return text.ToString();
    }
}

/// <summary>What an answer depends on in one table.</summary>
/// <param name="Table">The table's name in the model.</param>
/// <param name="Rows">The condition that all rows satisfy which can influence the answer, such as <c>CustomerId = @id</c>: only
/// writes to such rows invalidate it. Null if every write to the table does.</param>
/// <param name="Reason">Why every write does; null if not.</param>
public sealed record TableDependency(string Table, string? Rows, string? Reason)
{
    /// <summary>The columns of these rows that the answer uses, to choose, to sort or to compute: of the updates among these writes, only those invalidate it that
    /// set one of them, or that write a row which it shows (<see cref="DependsOnShownRows"/>). Null if all do.</summary>
    public IReadOnlyList<string>? UsedColumns { get; init; }

    /// <summary>Whether the answer shows other columns of rows, so that all writes to a row which it shows invalidate it. Of an answer that shows more than 64 rows in all, all writes do
    /// that concern <see cref="Rows"/>.</summary>
    public bool DependsOnShownRows { get; init; }

    /// <summary>The column by which the answer is a part of the order of these rows: a page, or the least or greatest value. An update that sets it invalidates the answer only if
    /// a value from the old one to the new one, both included, is in that part, or if the old one isn't known. It isn't among <see cref="UsedColumns"/>. Null if there is
    /// none.</summary>
    public string? OrderedBy { get; init; }

    /// <summary>The table and its rows, for people.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        var rows = (Rows is null ? "all of it" : $"rows with {Rows}") + (UsedColumns is null ? "" : $",{ExplainTexts.In(UsedColumns)}") + (OrderedBy is null ? "" : $", and in its part of the order of {OrderedBy}");
        return $"{Table}: {rows}{(DependsOnShownRows ? ", and all of each row that it shows" : "")}{(Reason is null ? "" : $", because {Reason}")}";
    }
}

/// <summary>What made an answer invalid.</summary>
/// <param name="Dependency">What it depended on: a table, perhaps by columns, or a tag; without values.</param>
/// <param name="Write">What kind of write it was; null if that is forgotten, which it is after some thousand writes.</param>
public sealed record InvalidationTrace(string Dependency, string? Write)
{
    /// <summary>Both, for people.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Write ?? "a write"} to {Dependency}";
}
