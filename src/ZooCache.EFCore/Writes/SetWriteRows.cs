using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using ZooCache.EFCore.Dependencies;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// What an <c>ExecuteUpdate</c> or <c>ExecuteDelete</c> proves of the rows that it writes: before, the columns that its WHERE
/// pins; after, those too unless it sets them, and those that it sets to a constant or a parameter. Found once when it is
/// compiled; immutable.
/// </summary>
internal sealed class SetWriteRows
{
    private readonly TableWrite _whole;
    private readonly IReadOnlyList<IReadOnlyDictionary<string, ColumnFact>> _rows;
    private readonly Dictionary<string, (StoreKind Kind, AnchorValue? Value)> _set = new(StringComparer.Ordinal);
    private readonly TableColumns? _columns;

    /// <param name="target">What is written.</param>
    /// <param name="select">The rows of it.</param>
    /// <param name="setters">What they are set to; null if they are deleted.</param>
    internal SetWriteRows(TableExpression target, SelectExpression select, IReadOnlyList<ColumnValueSetter>? setters)
    {
        _whole = new TableWrite(
            TableName.Fold(target.Name), MayDelete: setters is null, [.. (setters ?? []).Select(s => Family.Fold(s.Column.Name))]);
        Model = target.Table.Model;
        _columns = target.Table is ITable table ? TableColumns.Of(table) : null;
        _rows = target.Table is ITable known ? new SelectScope(select, parent: null, pushed: null).RowsOf(target, known) : [];
        foreach (var setter in setters ?? [])
        {
            if (_columns?.KindOf(Family.Fold(setter.Column.Name)) is { } kind)
            {
                _set[Family.Fold(setter.Column.Name)] = (kind, AnchorValue.Of(setter.Value) is { } value && value.IsOf(kind) ? value : null);
            }
        }
    }

    internal IRelationalModel Model { get; }

    /// <summary>Adds what one execution writes.</summary>
    internal void AddTo(EFWrite write, IReadOnlyDictionary<string, object?> parameters)
    {
        // A key that others point to has consequences in their tables that a row's image doesn't tell of.
        if (!write.Registry.MayChangeKeys(_whole) && ImagesOf(parameters) is { } images)
        {
            write.Add(images);
        }
        else
        {
            write.Add(_whole);
        }
    }

    /// <summary>One image for each combination of values; null if nothing is pinned, or by too many.</summary>
    private List<RowImage>? ImagesOf(IReadOnlyDictionary<string, object?> parameters)
    {
        var images = new List<RowImage>();
        foreach (var row in _rows)
        {
            List<Dictionary<string, ColumnImage>> combinations = [[]];
            foreach (var (column, fact) in row)
            {
                var (kind, hashes) = (_columns!.KindOf(column)!.Value, new List<ulong>());
                if (!fact.TryHash(kind, parameters, hashes) || combinations.Count * hashes.Count > Anchor.MaximumValues)
                {
                    return null;
                }

                combinations =
                [
                    .. combinations.SelectMany(c => hashes.Select(h => new Dictionary<string, ColumnImage>(c, StringComparer.Ordinal)
                    {
                        [column] = new ColumnImage(kind, Old: h, IsUnwritten: !_set.ContainsKey(column)),
                    })),
                ];
            }

            images.AddRange(combinations.Select(c => Image(c, parameters)));
        }

        return images.Count is > 0 and <= Anchor.MaximumValues ? images : null;
    }

    private RowImage Image(Dictionary<string, ColumnImage> columns, IReadOnlyDictionary<string, object?> parameters)
    {
        foreach (var (column, (kind, value)) in _set)
        {
            var hashes = new List<ulong>();
            ulong? set = value is not null && value.TryAddHashes(parameters, kind, hashes) ? hashes[0] : null;
            columns[column] = columns.TryGetValue(column, out var known) ? known with { New = set } : new ColumnImage(kind, New: set);
        }

        return new RowImage(_whole.Table, _whole.MayDelete ? RowChange.Delete : RowChange.Update, columns) { Written = _whole.Assigned };
    }
}
