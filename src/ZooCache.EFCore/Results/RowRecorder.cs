using System.Data.Common;
using Microsoft.EntityFrameworkCore.Query.Internal;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.RowSets;

namespace ZooCache.EFCore.Results;

/// <summary>
/// Copies the current row of a provider's reader into a row set, through the same typed getters that EF's shaper will
/// call. A row that can't be copied exactly (a NULL where the shaper doesn't look for one, a value that the getter
/// refuses, a value of an unknown type) is left to the provider's reader, which then hands out the same value or throws
/// the same exception as it would have without a cache.
/// </summary>
internal sealed class RowRecorder(DbDataReader source, CommandUsage command, int[]? places, long maximumBytes)
{
    /// <summary>From here on rows are handed out while the rest is recorded, if somebody wants the rest.</summary>
    internal const long HandedOutAfterBytes = 1024 * 1024;

    private readonly RowSetBuilder _builder = new(command.Usage.Layout);

    /// <summary>
    /// Reads a result to its end, or to the first row that can't be held, or to the size limit; from there on the reader
    /// that is returned reads on from the provider's. With a <paramref name="recording"/>, one of a large result reads on, and
    /// records, before.
    /// </summary>
    internal static async ValueTask<ResultReader> RecordAsync(
        RelationalDataReader reader, CommandUsage command, long maximumBytes, IRecording? recording, bool async, CancellationToken cancellationToken)
    {
        var source = reader.DbDataReader;
        var places = command.Columns is { } columns ? FromSqlQueryingEnumerable<object>.BuildIndexMap(columns, source) : null;
        var recorder = new RowRecorder(source, command, places, maximumBytes);
        while (!recorder.IsTooLarge)
        {
            if (recording is not null && recorder._builder.Size > HandedOutAfterBytes)
            {
                return new ContinuedReader(recorder._builder.Snapshot(), command.Columns, source, places) { Rest = new RecordedRest(recorder, recording) };
            }

            if (!(async ? await reader.ReadAsync(cancellationToken).ConfigureAwait(false) : reader.Read()))
            {
                return command.Read(recorder.Build());
            }

            if (!recorder.TryRecord())
            {
                return new ContinuedReader(recorder.Build(), command.Columns, source, places, onRow: true);
            }
        }

        return new ContinuedReader(recorder.Build(), command.Columns, source, places);
    }

    /// <summary>Whether more is recorded than may be kept.</summary>
    internal bool IsTooLarge => _builder.Size > maximumBytes;

    /// <summary>The rows. Nothing more can be recorded.</summary>
    internal RowSet Build() => _builder.Build();

    /// <summary>Records the row that the provider's reader stands on.</summary>
    /// <returns>False if the row can't be held; it is then not part of the row set.</returns>
    internal bool TryRecord()
    {
        var (usage, builder) = (command.Usage, _builder);
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

                // EF's own buffer (for retrying strategies, and for split queries on most providers) knows of NULLs only in
                // columns where the shaper looks for them; it has thrown already if it met one in another.
                var place = places is null ? ordinal : places[ordinal];
                var looksForNull = usage.LooksForNull(ordinal);
                if ((looksForNull || source is not BufferedDataReader) && source.IsDBNull(place))
                {
                    if (!looksForNull)
                    {
                        return false;
                    }

                    builder.SetNull(ordinal);
                }
                else if (!TryRecordValue(source, usage, place, ordinal, kind, builder))
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

    private static bool TryRecordValue(DbDataReader source, ReaderUsage usage, int place, int ordinal, ValueKind kind, RowSetBuilder builder)
    {
        switch (kind)
        {
            case ValueKind.Boolean: builder.Set(ordinal, WordCodec.From(source.GetBoolean(place))); return true;
            case ValueKind.Byte: builder.Set(ordinal, source.GetByte(place)); return true;
            case ValueKind.SByte: builder.Set(ordinal, (ulong)source.GetFieldValue<sbyte>(place)); return true;
            case ValueKind.Int16: builder.Set(ordinal, (ulong)source.GetInt16(place)); return true;
            case ValueKind.UInt16: builder.Set(ordinal, source.GetFieldValue<ushort>(place)); return true;
            case ValueKind.Int32: builder.Set(ordinal, (ulong)source.GetInt32(place)); return true;
            case ValueKind.UInt32: builder.Set(ordinal, source.GetFieldValue<uint>(place)); return true;
            case ValueKind.Int64: builder.Set(ordinal, (ulong)source.GetInt64(place)); return true;
            case ValueKind.UInt64: builder.Set(ordinal, source.GetFieldValue<ulong>(place)); return true;
            case ValueKind.Single: builder.Set(ordinal, WordCodec.From(source.GetFloat(place))); return true;
            case ValueKind.Double: builder.Set(ordinal, WordCodec.From(source.GetDouble(place))); return true;
            case ValueKind.Char: builder.Set(ordinal, source.GetChar(place)); return true;
            case ValueKind.DateTime: builder.Set(ordinal, WordCodec.From(source.GetDateTime(place))); return true;
            case ValueKind.TimeSpan: builder.Set(ordinal, (ulong)source.GetFieldValue<TimeSpan>(place).Ticks); return true;
            case ValueKind.DateOnly: builder.Set(ordinal, (ulong)source.GetFieldValue<DateOnly>(place).DayNumber); return true;
            case ValueKind.TimeOnly: builder.Set(ordinal, (ulong)source.GetFieldValue<TimeOnly>(place).Ticks); return true;
            case ValueKind.Decimal: builder.Set(ordinal, WordCodec.From(source.GetDecimal(place))); return true;
            case ValueKind.Guid: builder.Set(ordinal, WordCodec.From(source.GetGuid(place))); return true;
            case ValueKind.DateTimeOffset: builder.Set(ordinal, WordCodec.From(source.GetFieldValue<DateTimeOffset>(place))); return true;
            case ValueKind.String: Set(builder, ordinal, source.GetString(place)); return true;
            case ValueKind.Bytes: Set(builder, ordinal, source.GetFieldValue<byte[]>(place)); return true;
            case ValueKind.Object: return TryRecordObject(builder, ordinal, source.GetFieldValue<object>(place));
            case ValueKind.Other: Set(builder, ordinal, usage.Other(ordinal).Read(source, place)); return true;
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
                if (HeldType.Of(value.GetType()) is not { } type)
                {
                    return false;
                }

                Set(builder, ordinal, type.Copy(value));
                return true;
        }
    }

    private static void Set(RowSetBuilder builder, int ordinal, object value) => builder.Set(ordinal, value, HeldType.SizeOf(value));

    private static void Set(RowSetBuilder builder, int ordinal, string value) => builder.Set(ordinal, value, WordCodec.SizeOf(value));

    // The array came from a provider's getter, which may hand out the same array twice: the row set keeps its own.
    private static void Set(RowSetBuilder builder, int ordinal, byte[] value)
        => builder.Set(ordinal, (byte[])value.Clone(), WordCodec.SizeOf(value));
}
