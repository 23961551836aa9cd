namespace ZooCache.RowSets;

/// <summary>
/// How one column of a row set is read and kept. Each kind stands for exactly one typed getter of a
/// <see cref="System.Data.Common.DbDataReader"/>, the one that the consumer of the column calls, so that what is handed
/// back has the same value and the same CLR type as what the provider would have handed out. The numbers are stored, and stay.
/// </summary>
internal enum ValueKind : byte
{
    /// <summary>Not a type that a row set can hold; the query is not cached.</summary>
    Unsupported = 0,
    Boolean,
    Byte,
    SByte,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    UInt64,
    Single,
    Double,
    Char,
    DateTime,
    TimeSpan,
    DateOnly,
    TimeOnly,
    Decimal,
    Guid,
    DateTimeOffset,
    String,
    Bytes,

    /// <summary>Read as <see cref="object"/>; each value must be of a type that one of the other kinds holds.</summary>
    Object,

    /// <summary>Read as a type that the consumer of the column names and knows how to copy; kept as a reference.</summary>
    Other,
}

internal static class ValueKinds
{
    private static readonly Dictionary<Type, ValueKind> ByType = new()
    {
        [typeof(bool)] = ValueKind.Boolean,
        [typeof(byte)] = ValueKind.Byte,
        [typeof(sbyte)] = ValueKind.SByte,
        [typeof(short)] = ValueKind.Int16,
        [typeof(ushort)] = ValueKind.UInt16,
        [typeof(int)] = ValueKind.Int32,
        [typeof(uint)] = ValueKind.UInt32,
        [typeof(long)] = ValueKind.Int64,
        [typeof(ulong)] = ValueKind.UInt64,
        [typeof(float)] = ValueKind.Single,
        [typeof(double)] = ValueKind.Double,
        [typeof(char)] = ValueKind.Char,
        [typeof(DateTime)] = ValueKind.DateTime,
        [typeof(TimeSpan)] = ValueKind.TimeSpan,
        [typeof(DateOnly)] = ValueKind.DateOnly,
        [typeof(TimeOnly)] = ValueKind.TimeOnly,
        [typeof(decimal)] = ValueKind.Decimal,
        [typeof(Guid)] = ValueKind.Guid,
        [typeof(DateTimeOffset)] = ValueKind.DateTimeOffset,
        [typeof(string)] = ValueKind.String,
        [typeof(byte[])] = ValueKind.Bytes,
        [typeof(object)] = ValueKind.Object,
    };

    internal static ValueKind Of(Type type) => ByType.GetValueOrDefault(type);

    /// <summary>64-bit words that a value of this kind takes in the word buffer; 0 for kinds kept as references.</summary>
    internal static int Words(ValueKind kind) => kind switch
    {
        ValueKind.Unsupported or ValueKind.String or ValueKind.Bytes or ValueKind.Object or ValueKind.Other => 0,
        ValueKind.Decimal or ValueKind.Guid or ValueKind.DateTimeOffset => 2,
        _ => 1,
    };
}
