using System.Runtime.InteropServices;

namespace ZooCache.RowSets;

/// <summary>How two results of one query compare.</summary>
internal enum RowSimilarity
{
    /// <summary>The same rows in the same order.</summary>
    Same,

    /// <summary>The same rows in another order, which may be of no importance.</summary>
    Reordered,

    /// <summary>Other rows.</summary>
    Different,

    /// <summary>It can't be told: values are of a type that has no equality of its own.</summary>
    Unknown,
}

/// <summary>What came of a comparison.</summary>
/// <param name="Similarity">How the results compare.</param>
/// <param name="Columns">The ordinals of the columns that differ, where each row has its counterpart in the other result; null if that can't be told.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RowComparison(RowSimilarity Similarity, IReadOnlyCollection<int>? Columns)
{
    /// <summary>Compares two results of one query.</summary>
    internal static RowComparison Of(RowSet one, RowSet other)
    {
        var columns = new SortedSet<int>();
        if (one.RowCount == other.RowCount)
        {
            for (var row = 0; row < one.RowCount; row++)
            {
                for (var ordinal = 0; ordinal < one.Layout.ColumnCount; ordinal++)
                {
                    if (AreEqual(one, row, other, row, ordinal) is not { } equal)
                    {
                        return new RowComparison(RowSimilarity.Unknown, null);
                    }

                    if (!equal)
                    {
                        columns.Add(ordinal);
                    }
                }
            }

            if (columns.Count == 0)
            {
                return new RowComparison(RowSimilarity.Same, columns);
            }
        }

        return HasSameRows(one, other) switch
        {
            null => new RowComparison(RowSimilarity.Unknown, null),
            true => new RowComparison(RowSimilarity.Reordered, null),
            _ => new RowComparison(RowSimilarity.Different, one.RowCount == other.RowCount ? columns : null),
        };
    }

    /// <summary>Whether each row of the one has a counterpart of its own in the other; null if it can't be told.</summary>
    private static bool? HasSameRows(RowSet one, RowSet other)
    {
        if (one.RowCount != other.RowCount)
        {
            return false;
        }

        var left = Enumerable.Range(0, other.RowCount).GroupBy(row => HashOf(other, row)).ToDictionary(g => g.Key, g => g.ToList());
        for (var row = 0; row < one.RowCount; row++)
        {
            // Rows with one hash are nearly always equal, and then the last of them is as good as any.
            var candidates = left.GetValueOrDefault(HashOf(one, row)) ?? [];
            var found = candidates.Count - 1;
            for (; found >= 0; found--)
            {
                if (AreEqual(one, row, other, candidates[found]) is not { } equal)
                {
                    return null;
                }

                if (equal)
                {
                    break;
                }
            }

            if (found < 0)
            {
                return false;
            }

            candidates[found] = candidates[^1];
            candidates.RemoveAt(candidates.Count - 1);
        }

        return true;
    }

    private static bool? AreEqual(RowSet one, int row, RowSet other, int counterpart)
    {
        for (var ordinal = 0; ordinal < one.Layout.ColumnCount; ordinal++)
        {
            if (AreEqual(one, row, other, counterpart, ordinal) is not true and var unlike)
            {
                return unlike;
            }
        }

        return true;
    }

    private static bool? AreEqual(RowSet one, int row, RowSet other, int counterpart, int ordinal)
    {
        var kind = one.Layout.KindOf(ordinal);
        if (kind == ValueKind.Unsupported)
        {
            return true;
        }

        if (one.IsNull(row, ordinal) || other.IsNull(counterpart, ordinal))
        {
            return one.IsNull(row, ordinal) == other.IsNull(counterpart, ordinal);
        }

        return ValueKinds.Words(kind) switch
        {
            1 => one.Word(row, ordinal) == other.Word(counterpart, ordinal),
            2 => one.DoubleWord(row, ordinal) == other.DoubleWord(counterpart, ordinal),
            _ => AreEqual(one.Reference(row, ordinal), other.Reference(counterpart, ordinal)),
        };
    }

    private static bool? AreEqual(object? one, object? other)
    {
        if (Equals(one, other))
        {
            return true;
        }

        if (one is null || other is null || one.GetType() != other.GetType())
        {
            return false;
        }

        if (one is not Array array)
        {
            // Who has only the equality that everything has may well mean the same.
            return HasEquality(one) ? false : null;
        }

        var counterpart = (Array)other;
        if (array.Rank != counterpart.Rank || Enumerable.Range(0, array.Rank).Any(d => array.GetLength(d) != counterpart.GetLength(d)))
        {
            return false;
        }

        var (mine, others) = (array.GetEnumerator(), counterpart.GetEnumerator());
        while (mine.MoveNext() && others.MoveNext())
        {
            if (AreEqual(mine.Current, others.Current) is not true and var unlike)
            {
                return unlike;
            }
        }

        return true;
    }

    private static bool HasEquality(object value)
        => value.GetType().GetMethod(nameof(Equals), [typeof(object)])!.DeclaringType is var type && type != typeof(object) && type != typeof(ValueType);

    private static int HashOf(object? value)
    {
        if (value is not Array array)
        {
            return value is not null && HasEquality(value) ? value.GetHashCode() : 0;
        }

        var hash = default(HashCode);
        if (value is byte[] bytes)
        {
            hash.AddBytes(bytes);
        }
        else
        {
            foreach (var element in array)
            {
                hash.Add(HashOf(element));
            }
        }

        return hash.ToHashCode();
    }

    /// <summary>Equal for rows that are equal.</summary>
    private static int HashOf(RowSet rows, int row)
    {
        var hash = default(HashCode);
        for (var ordinal = 0; ordinal < rows.Layout.ColumnCount; ordinal++)
        {
            var kind = rows.Layout.KindOf(ordinal);
            if (kind == ValueKind.Unsupported)
            {
                continue;
            }

            if (rows.IsNull(row, ordinal))
            {
                hash.Add(0);
                continue;
            }

            switch (ValueKinds.Words(kind))
            {
                case 1:
                    hash.Add(rows.Word(row, ordinal));
                    break;
                case 2:
                    hash.Add(rows.DoubleWord(row, ordinal));
                    break;
                default:
                    hash.Add(HashOf(rows.Reference(row, ordinal)));
                    break;
            }
        }

        return hash.ToHashCode();
    }
}
