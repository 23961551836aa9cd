using System.Collections;
using System.Data.Common;
using System.Runtime.CompilerServices;
using ZooCache.RowSets;

namespace ZooCache.EFCore.Results;

/// <summary>
/// The reader that EF's shaper runs over: the rows of a row set. It answers what EF's shaper asks and nothing more; it never
/// leaves the enumerator that made it.
/// </summary>
internal class ResultReader(RowSet rows) : DbDataReader
{
    private readonly RowSet _rows = rows;
    private int _row = -1;

    internal RowSet Rows => _rows;

    /// <summary>Whether the row set is the whole result.</summary>
    internal virtual bool IsBuffered => true;

    public override bool Read()
    {
        if (_row + 1 < _rows.RowCount)
        {
            _row++;
            return true;
        }

        // EF asks the shaper once more after the last row to finish collections; it compares identifiers only while
        // rows are left, so where the reader stands then doesn't matter. It stays on the last row, as providers do.
        return false;
    }

    public override Task<bool> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(Read());

    public override bool IsDBNull(int ordinal) => _rows.IsNull(_row, ordinal);

    public override bool GetBoolean(int ordinal) => Word(ordinal) != 0;

    public override byte GetByte(int ordinal) => (byte)Word(ordinal);

    public override short GetInt16(int ordinal) => (short)Word(ordinal);

    public override int GetInt32(int ordinal) => (int)Word(ordinal);

    public override long GetInt64(int ordinal) => (long)Word(ordinal);

    public override float GetFloat(int ordinal) => WordCodec.ToSingle(Word(ordinal));

    public override double GetDouble(int ordinal) => WordCodec.ToDouble(Word(ordinal));

    public override char GetChar(int ordinal) => (char)Word(ordinal);

    public override DateTime GetDateTime(int ordinal) => WordCodec.ToDateTime(Word(ordinal));

    public override decimal GetDecimal(int ordinal) => WordCodec.ToDecimal(DoubleWord(ordinal));

    public override Guid GetGuid(int ordinal) => WordCodec.ToGuid(DoubleWord(ordinal));

    public override string GetString(int ordinal) => (string)Reference(ordinal);

    public override T GetFieldValue<T>(int ordinal)
    {
        // The comparisons are constants to the JIT for value types, so that only the one branch remains.
        if (typeof(T) == typeof(DateTimeOffset))
        {
            return As<DateTimeOffset, T>(WordCodec.ToDateTimeOffset(DoubleWord(ordinal)));
        }

        if (typeof(T) == typeof(TimeSpan))
        {
            return As<TimeSpan, T>(new TimeSpan((long)Word(ordinal)));
        }

        if (typeof(T) == typeof(DateOnly))
        {
            return As<DateOnly, T>(DateOnly.FromDayNumber((int)Word(ordinal)));
        }

        if (typeof(T) == typeof(TimeOnly))
        {
            return As<TimeOnly, T>(new TimeOnly((long)Word(ordinal)));
        }

        if (typeof(T) == typeof(sbyte))
        {
            return As<sbyte, T>((sbyte)Word(ordinal));
        }

        if (typeof(T) == typeof(ushort))
        {
            return As<ushort, T>((ushort)Word(ordinal));
        }

        if (typeof(T) == typeof(uint))
        {
            return As<uint, T>((uint)Word(ordinal));
        }

        if (typeof(T) == typeof(ulong))
        {
            return As<ulong, T>(Word(ordinal));
        }

        return _rows.Layout.KindOf(ordinal) == ValueKind.Other && HeldType<T>.Instance is { } held
            ? held.Copy((T)Reference(ordinal))
            : (T)GetValue(ordinal);
    }

    private static T As<TValue, T>(TValue value) => Unsafe.As<TValue, T>(ref value);

    /// <summary>The boxed value; <see cref="DBNull"/> for NULL.</summary>
    public override object GetValue(int ordinal)
    {
        if (_rows.IsNull(_row, ordinal))
        {
            return DBNull.Value;
        }

        return _rows.Layout.KindOf(ordinal) switch
        {
            ValueKind.Boolean => GetBoolean(ordinal),
            ValueKind.Byte => GetByte(ordinal),
            ValueKind.SByte => GetFieldValue<sbyte>(ordinal),
            ValueKind.Int16 => GetInt16(ordinal),
            ValueKind.UInt16 => GetFieldValue<ushort>(ordinal),
            ValueKind.Int32 => GetInt32(ordinal),
            ValueKind.UInt32 => GetFieldValue<uint>(ordinal),
            ValueKind.Int64 => GetInt64(ordinal),
            ValueKind.UInt64 => GetFieldValue<ulong>(ordinal),
            ValueKind.Single => GetFloat(ordinal),
            ValueKind.Double => GetDouble(ordinal),
            ValueKind.Char => GetChar(ordinal),
            ValueKind.DateTime => GetDateTime(ordinal),
            ValueKind.TimeSpan => GetFieldValue<TimeSpan>(ordinal),
            ValueKind.DateOnly => GetFieldValue<DateOnly>(ordinal),
            ValueKind.TimeOnly => GetFieldValue<TimeOnly>(ordinal),
            ValueKind.Decimal => GetDecimal(ordinal),
            ValueKind.Guid => GetGuid(ordinal),
            ValueKind.DateTimeOffset => GetFieldValue<DateTimeOffset>(ordinal),
            ValueKind.String => Reference(ordinal),
            // A caller may write into the array that it gets.
            ValueKind.Bytes => ((byte[])Reference(ordinal)).Clone(),
            ValueKind.Object or ValueKind.Other => Copy(Reference(ordinal)),
            _ => throw new InvalidOperationException($"Column {ordinal} was not recorded: the shaper doesn't read it."),
        };
    }

    private static object Copy(object value) => value switch
    {
        string => value,
        byte[] bytes => bytes.Clone(),
        _ => HeldType.Of(value.GetType())!.Copy(value),
    };

    private ulong Word(int ordinal) => _rows.IsNull(_row, ordinal) ? throw NullAt(ordinal) : _rows.Word(_row, ordinal);

    private UInt128 DoubleWord(int ordinal) => _rows.IsNull(_row, ordinal) ? throw NullAt(ordinal) : _rows.DoubleWord(_row, ordinal);

    private object Reference(int ordinal) => _rows.IsNull(_row, ordinal) ? throw NullAt(ordinal) : _rows.Reference(_row, ordinal)!;

    private static InvalidOperationException NullAt(int ordinal)
        => new($"The data is NULL at ordinal {ordinal}. This method can't be called on NULL values. Check using IsDBNull before calling.");

    public override int FieldCount => _rows.Layout.ColumnCount;

    public override bool HasRows => _rows.RowCount > 0;

    public override bool IsClosed => false;

    public override int RecordsAffected => -1;

    public override int Depth => 0;

    public override object this[int ordinal] => GetValue(ordinal);

    public override object this[string name] => throw NotAsked();

    public override bool NextResult() => false;

    public override int GetValues(object[] values) => throw NotAsked();

    public override string GetName(int ordinal) => throw NotAsked();

    public override int GetOrdinal(string name) => throw NotAsked();

    public override string GetDataTypeName(int ordinal) => throw NotAsked();

    public override Type GetFieldType(int ordinal) => throw NotAsked();

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) => throw NotAsked();

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) => throw NotAsked();

    public override IEnumerator GetEnumerator() => throw NotAsked();

    private static NotSupportedException NotAsked([CallerMemberName] string member = "")
        => new($"{member} is not part of what a cached result is asked for.");
}
