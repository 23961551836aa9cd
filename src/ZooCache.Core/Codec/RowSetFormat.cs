namespace ZooCache.Codec;

/// <summary>
/// The form in which row sets leave memory: MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md), column by column, so that like
/// stands beside like for the compressor. No type is named: whoever reads knows what he asked for, and takes nothing else.
/// </summary>
/// <remarks>
/// <code>
/// result   array of 2 + columns: kinds, rows, column …
/// kinds    bin: a byte for each column, its ValueKind; 0 for one that nobody reads, which has no values
/// rows     int
/// column   array of rows values, or nil for kind 0; a NULL is nil
///
/// value by kind
///   Boolean                             bool
///   Byte … UInt64, Char                 int, the smallest form that holds it; any form is read
///   Single, Double                      float 32, float 64: all bits are kept
///   DateTime                            UTC: timestamp (extension -1); unspecified and local: array of 2: a timestamp, as if it were UTC, and
///                                       int 0 or 2, the DateTimeKind
///   TimeSpan, TimeOnly                  int, ticks of 100 ns
///   DateOnly                            int, days since 0001-01-01
///   DateTimeOffset                      array of 2: timestamp, and int, the offset in minutes
///   Decimal                             extension 1: 16 bytes, the four int32 of decimal.GetBits, little-endian
///   Guid                                extension 2: 16 bytes, in the order in which it is written (RFC 9562)
///   String                              str; one that isn't valid UTF-16: extension 3, its UTF-16, little-endian
///   Bytes                               bin
///   Object                              array of 2: int, the kind of the value (not Object); and the value
/// </code>
/// <para>A change of any of this is a new version of the envelope: <see cref="PayloadCodec"/>.</para>
/// </remarks>
internal static class RowSetFormat
{
    internal const sbyte DecimalType = 1;
    internal const sbyte GuidType = 2;
    internal const sbyte Utf16Type = 3;
    internal const int WideBytes = 16;

    /// <summary>The most rows of a result of which no column is read: they take no room that would bound them.</summary>
    internal const int MostBareRows = 1 << 24;
}
