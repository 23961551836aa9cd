using System.Data.Common;
using ZooCache.RowSets;

namespace ZooCache.EFCore.Results;

/// <summary>
/// Copies the current row of a provider's reader into a row set, through the same typed getters that EF's shaper will
/// call. A row that can't be copied exactly (a NULL where the shaper doesn't look for one, a value that the getter
/// refuses, a value of an unknown type) is left to the provider's reader, which then hands out the same value or throws
/// the same exception as it would have without a cache.
/// </summary>
internal static class RowRecorder
{
    /// <summary>Records the row that <paramref name="source"/> stands on.</summary>
    /// <returns>False if the row can't be held; it is then not part of the row set.</returns>
    internal static bool TryRecord(DbDataReader source, ReaderUsage usage, RowSetBuilder builder)
    {
        builder.BeginRow();
        var layout = usage.Layout;
        try
        {
            for (var ordinal = 0; ordinal < layout.ColumnCount; ordinal++)
            {
                var kind = layout.KindOf(ordinal);
                if (kind == ValueKind.Unsupported)
                {
                    continue;
                }

                if (source.IsDBNull(ordinal))
                {
                    if (!usage.LooksForNull(ordinal))
                    {
                        return false;
                    }

                    builder.SetNull(ordinal);
                }
                else if (!TryRecordValue(source, ordinal, kind, builder))
                {
                    return false;
                }
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The provider's getter refused the value. The shaper will call it again on the live reader and throw from
            // there, at the row and in the way in which it throws uncached.
            return false;
        }

        builder.CommitRow();
        return true;
    }

    private static bool TryRecordValue(DbDataReader source, int ordinal, ValueKind kind, RowSetBuilder builder)
    {
        switch (kind)
        {
            case ValueKind.Boolean: builder.Set(ordinal, WordCodec.From(source.GetBoolean(ordinal))); return true;
            case ValueKind.Byte: builder.Set(ordinal, source.GetByte(ordinal)); return true;
            case ValueKind.SByte: builder.Set(ordinal, (ulong)source.GetFieldValue<sbyte>(ordinal)); return true;
            case ValueKind.Int16: builder.Set(ordinal, (ulong)source.GetInt16(ordinal)); return true;
            case ValueKind.UInt16: builder.Set(ordinal, source.GetFieldValue<ushort>(ordinal)); return true;
            case ValueKind.Int32: builder.Set(ordinal, (ulong)source.GetInt32(ordinal)); return true;
            case ValueKind.UInt32: builder.Set(ordinal, source.GetFieldValue<uint>(ordinal)); return true;
            case ValueKind.Int64: builder.Set(ordinal, (ulong)source.GetInt64(ordinal)); return true;
            case ValueKind.UInt64: builder.Set(ordinal, source.GetFieldValue<ulong>(ordinal)); return true;
            case ValueKind.Single: builder.Set(ordinal, WordCodec.From(source.GetFloat(ordinal))); return true;
            case ValueKind.Double: builder.Set(ordinal, WordCodec.From(source.GetDouble(ordinal))); return true;
            case ValueKind.Char: builder.Set(ordinal, source.GetChar(ordinal)); return true;
            case ValueKind.DateTime: builder.Set(ordinal, WordCodec.From(source.GetDateTime(ordinal))); return true;
            case ValueKind.TimeSpan: builder.Set(ordinal, (ulong)source.GetFieldValue<TimeSpan>(ordinal).Ticks); return true;
            case ValueKind.DateOnly: builder.Set(ordinal, (ulong)source.GetFieldValue<DateOnly>(ordinal).DayNumber); return true;
            case ValueKind.TimeOnly: builder.Set(ordinal, (ulong)source.GetFieldValue<TimeOnly>(ordinal).Ticks); return true;
            case ValueKind.Decimal: builder.Set(ordinal, WordCodec.From(source.GetDecimal(ordinal))); return true;
            case ValueKind.Guid: builder.Set(ordinal, WordCodec.From(source.GetGuid(ordinal))); return true;
            case ValueKind.DateTimeOffset: builder.Set(ordinal, WordCodec.From(source.GetFieldValue<DateTimeOffset>(ordinal))); return true;
            case ValueKind.String: Set(builder, ordinal, source.GetString(ordinal)); return true;
            case ValueKind.Bytes: Set(builder, ordinal, source.GetFieldValue<byte[]>(ordinal)); return true;
            case ValueKind.Object: return TryRecordObject(builder, ordinal, source.GetFieldValue<object>(ordinal));
            default: return false;
        }
    }

    private static bool TryRecordObject(RowSetBuilder builder, int ordinal, object value)
    {
        switch (value)
        {
            case string text: Set(builder, ordinal, text); return true;
            case byte[] bytes: Set(builder, ordinal, bytes); return true;
            default:
                if (ValueKinds.Of(value.GetType()) is ValueKind.Unsupported or ValueKind.Object)
                {
                    return false;
                }

                builder.Set(ordinal, value, size: 32);
                return true;
        }
    }

    private static void Set(RowSetBuilder builder, int ordinal, string value) => builder.Set(ordinal, value, WordCodec.SizeOf(value));

    // The array came from a provider's getter, which may hand out the same array twice: the row set keeps its own.
    private static void Set(RowSetBuilder builder, int ordinal, byte[] value)
        => builder.Set(ordinal, (byte[])value.Clone(), WordCodec.SizeOf(value));
}
