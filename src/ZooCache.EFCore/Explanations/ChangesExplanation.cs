using System.Text;
using ZooCache.EFCore.Explanations;

namespace ZooCache.EFCore;

/// <summary>What <c>SaveChanges</c> would invalidate now, as <c>db.Cache().ExplainPendingChanges()</c> tells it. Immutable.</summary>
/// <param name="IsDatabase">Whether everything that was read from the database would be invalid.</param>
/// <param name="Rows">The rows that would be written, in the order in which they would be sent.</param>
/// <param name="Tables">The tables of which answers would be invalid; with those that cascades and triggers reach.</param>
public sealed record ChangesExplanation(
    bool IsDatabase, IReadOnlyList<RowInvalidation> Rows, IReadOnlyCollection<InvalidatedTable> Tables)
{
    /// <summary>A line for each row, and for each set of columns by which answers depend on it, for people.</summary>
    /// <returns>The text. It holds names of tables and columns, no values.</returns>
    public override string ToString()
    {
        var text = new StringBuilder(IsDatabase ? "all of the database" : Rows.Count == 0 ? "nothing" : "");
        foreach (var row in Rows)
        {
            text.AppendLine().Append(row.Change).Append(' ').Append(row.Table);
            foreach (var bump in row.Bumps)
            {
                text.AppendLine().Append("  ").Append(bump);
            }
        }

        foreach (var table in Tables.Where(t => t.IsWhole))
        {
            text.AppendLine().Append("all answers that read ").Append(table.Name);
        }

        return text.ToString().Trim();
    }
}

/// <summary>A row that would be written.</summary>
/// <param name="Table">The table's name in the model.</param>
/// <param name="Change"><c>Insert</c>, <c>Update</c> or <c>Delete</c>.</param>
/// <param name="Bumps">For each set of columns by which answers depend on rows of the table, which of them would be
/// invalid.</param>
public sealed record RowInvalidation(string Table, string Change, IReadOnlyList<Bump> Bumps);

/// <summary>What of the answers that depend on a table by certain columns a write to one of its rows invalidates.</summary>
/// <param name="Columns">The columns.</param>
/// <param name="IsPrecise">Whether only those for the row's own values are; else all are, unless <c>IsNone</c>.</param>
/// <param name="Reason">How that is known, or why it isn't.</param>
public sealed record Bump(IReadOnlyList<string> Columns, bool IsPrecise, string Reason)
{
    /// <summary>The columns that these answers use; null if the write concerns them whatever it sets.</summary>
    public IReadOnlyList<string>? UsedColumns { get; init; }

    /// <summary>Whether none of them is invalid, because the write sets no column that they use. (Those that show the row are among the answers by its key.)</summary>
    public bool IsNone { get; init; }

    /// <summary>All of it, for people.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
        => $"answers{(Columns.Count == 0 ? "" : $" by {string.Join(", ", Columns)}")}{ExplainTexts.In(UsedColumns)}: {(IsNone ? "none" : IsPrecise ? "those for the row's values" : "all")} ({Reason})";
}
