using System.Runtime.CompilerServices;

namespace ZooCache.Values;

/// <summary>The forms of single values.</summary>
internal static class ScalarForms
{
    private static readonly Dictionary<Type, StoredForm> Known = new()
    {
        [typeof(bool)] = new Scalar<bool>((v, w) => w.Byte(v ? (byte)1 : (byte)0), (ref r) => r.Flag()),
        [typeof(byte)] = Number<byte>(v => v, n => (byte)n),
        [typeof(sbyte)] = Number<sbyte>(v => (byte)v, n => (sbyte)(byte)n),
        [typeof(short)] = Number<short>(v => (ushort)v, n => (short)(ushort)n),
        [typeof(ushort)] = Number<ushort>(v => v, n => (ushort)n),
        [typeof(char)] = Number<char>(v => v, n => (char)n),
        [typeof(int)] = Number<int>(v => (ulong)(((long)v << 1) ^ (v >> 31)), n => (int)((long)(n >> 1) ^ -(long)(n & 1))),
        [typeof(uint)] = Number<uint>(v => v, n => (uint)n),
        [typeof(long)] = Number<long>(v => ((ulong)v << 1) ^ (ulong)(v >> 63), n => (long)(n >> 1) ^ -(long)(n & 1)),
        [typeof(ulong)] = Number<ulong>(v => v, n => n),
        [typeof(Half)] = Number<Half>(v => BitConverter.HalfToUInt16Bits(v), n => BitConverter.UInt16BitsToHalf((ushort)n)),
        [typeof(float)] = Word<float>(v => BitConverter.SingleToUInt32Bits(v), n => BitConverter.UInt32BitsToSingle((uint)n)),
        [typeof(double)] = Word<double>(BitConverter.DoubleToUInt64Bits, BitConverter.UInt64BitsToDouble),
        [typeof(TimeSpan)] = Word<TimeSpan>(v => (ulong)v.Ticks, n => new TimeSpan((long)n)),
        [typeof(DateOnly)] = Checked<DateOnly>(v => (ulong)v.DayNumber, (uint)DateOnly.MaxValue.DayNumber, n => DateOnly.FromDayNumber((int)n)),
        [typeof(TimeOnly)] = Checked<TimeOnly>(v => (ulong)v.Ticks, (ulong)TimeOnly.MaxValue.Ticks, n => new TimeOnly((long)n)),
        [typeof(decimal)] = new Scalar<decimal>(WriteDecimal, ReadDecimal),
        [typeof(Guid)] = new Scalar<Guid>((v, w) => w.Append(v.ToByteArray()), ReadGuid),
        [typeof(Int128)] = new Scalar<Int128>((v, w) => WriteWords((ulong)v, (ulong)(v >> 64), w), (ref r) => (Int128)ReadWords(ref r)),
        [typeof(UInt128)] = new Scalar<UInt128>((v, w) => WriteWords((ulong)v, (ulong)(v >> 64), w), ReadWords),
        [typeof(DateTime)] = new Scalar<DateTime>(
            (v, w) =>
            {
                w.Word((ulong)v.Ticks);
                w.Byte((byte)v.Kind);
            },
            ReadDateTime),
        [typeof(DateTimeOffset)] = new Scalar<DateTimeOffset>(
            (v, w) =>
            {
                w.Word((ulong)v.Ticks);
                w.Word((ulong)v.Offset.Ticks);
            },
            ReadDateTimeOffset),
        [typeof(string)] = new TextForm(),
    };

    private delegate T Reading<T>(ref MessageReader reader);

    internal static StoredForm? Of(Type type) => Known.GetValueOrDefault(type);

    private static Scalar<T> Number<T>(Func<T, ulong> to, Func<ulong, T> from) => new((v, w) => w.Number(to(v)), (ref r) => from(r.Number()));

    private static Scalar<T> Word<T>(Func<T, ulong> to, Func<ulong, T> from) => new((v, w) => w.Word(to(v)), (ref r) => from(r.Word()));

    private static Scalar<T> Checked<T>(Func<T, ulong> to, ulong most, Func<ulong, T> from)
        => new((v, w) => w.Number(to(v)), (ref r) => r.Number() is var n && n <= most ? from(n) : from(r.Fail()));

    private static void WriteWords(ulong low, ulong high, MessageWriter writer)
    {
        writer.Word(low);
        writer.Word(high);
    }

    private static UInt128 ReadWords(ref MessageReader reader)
    {
        var low = reader.Word();
        return new UInt128(reader.Word(), low);
    }

    private static void WriteDecimal(decimal value, MessageWriter writer)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        WriteWords(((ulong)(uint)bits[1] << 32) | (uint)bits[0], ((ulong)(uint)bits[3] << 32) | (uint)bits[2], writer);
    }

    private static decimal ReadDecimal(ref MessageReader reader)
    {
        var (low, high) = (reader.Word(), reader.Word());
        var flags = (uint)(high >> 32);
        if ((flags & ~0x80FF_0000u) != 0 || ((flags >> 16) & 0xFF) > 28)
        {
            reader.Fail();
            return 0;
        }

        return new decimal([(int)(uint)low, (int)(uint)(low >> 32), (int)(uint)high, (int)flags]);
    }

    private static Guid ReadGuid(ref MessageReader reader)
    {
        Span<byte> bytes = stackalloc byte[16];
        foreach (ref var one in bytes)
        {
            one = reader.Byte();
        }

        return new Guid(bytes);
    }

    private static DateTime ReadDateTime(ref MessageReader reader)
    {
        var (ticks, kind) = (reader.Word(), reader.Byte());
        if (ticks <= (ulong)DateTime.MaxValue.Ticks && kind <= (byte)DateTimeKind.Local)
        {
            return new DateTime((long)ticks, (DateTimeKind)kind);
        }

        reader.Fail();
        return default;
    }

    private static DateTimeOffset ReadDateTimeOffset(ref MessageReader reader)
    {
        try
        {
            return new DateTimeOffset((long)reader.Word(), new TimeSpan((long)reader.Word()));
        }
        catch (ArgumentException)
        {
            reader.Fail();
            return default;
        }
    }

    private sealed class Scalar<T>(Action<T, MessageWriter> write, Reading<T> read) : StoredForm
    {
        internal override void Write(object? value, ValueWriter writer) => write((T)value!, writer.To);

        internal override object? Read(ref MessageReader reader) => read(ref reader);

        internal override void Describe(FormDescription description) => description.Add(typeof(T).Name);
    }

    /// <summary>Text, of which code units that are no characters are kept.</summary>
    private sealed class TextForm : StoredForm
    {
        internal override void Write(object? value, ValueWriter writer)
        {
            if (value is null)
            {
                writer.To.Byte(0);
                return;
            }

            var text = (string)value;
            var isValid = System.Text.Unicode.Utf8.FromUtf16(text, new byte[text.Length * 3], out _, out _, replaceInvalidSequences: false) == System.Buffers.OperationStatus.Done;
            writer.To.Byte(isValid ? (byte)1 : (byte)2);
            if (isValid)
            {
                writer.To.Text(text);
            }
            else
            {
                writer.To.Bytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(text.AsSpan()));
            }
        }

        internal override object? Read(ref MessageReader reader)
        {
            switch (reader.Byte())
            {
                case 0:
                    return null;
                case 1:
                    return reader.Text();
                case 2 when reader.Bytes() is var bytes && bytes.Length % 2 == 0:
                    return new string(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, char>(bytes));
                default:
                    reader.Fail();
                    return null;
            }
        }

        internal override void Describe(FormDescription description) => description.Add(nameof(String));
    }
}

/// <summary>A value, or none.</summary>
internal sealed class NullableForm(StoredForm inner) : StoredForm
{
    internal override void Write(object? value, ValueWriter writer)
    {
        writer.To.Byte(value is null ? (byte)0 : (byte)1);
        if (value is not null)
        {
            inner.Write(value, writer);
        }
    }

    internal override object? Read(ref MessageReader reader) => reader.Flag() ? inner.Read(ref reader) : null;

    internal override void Describe(FormDescription description) => description.Add("?").Add(inner);
}

/// <summary>A member of an enumeration, or a number that is none.</summary>
internal sealed class EnumForm(Type type) : StoredForm
{
    private readonly StoredForm number = ScalarForms.Of(Enum.GetUnderlyingType(type))!;

    internal override void Write(object? value, ValueWriter writer) => number.Write(Convert.ChangeType(value, Enum.GetUnderlyingType(type), System.Globalization.CultureInfo.InvariantCulture), writer);

    internal override object? Read(ref MessageReader reader) => Enum.ToObject(type, number.Read(ref reader)!);

    // What a number means is part of it.
    internal override void Describe(FormDescription description)
    {
        description.Add(type.ToString()).Add(number);
        foreach (var name in Enum.GetNames(type))
        {
            description.Add(name).Add(Enum.Format(type, Enum.Parse(type, name), "D"));
        }
    }
}
