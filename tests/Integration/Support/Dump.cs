using System.Collections;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace ZooCache.Integration.Tests.Support;

/// <summary>
/// Writes an object graph as text: every value exactly and with its CLR type (bits of floats, scale of decimals, kind of
/// dates, offset of times), every object once and from then on by its number, so that identity shows too.
/// </summary>
public static class Dump
{
    public static string Of(object? value)
    {
        var text = new StringBuilder();
        Write(value, text, new Dictionary<object, int>(ReferenceEqualityComparer.Instance), "");
        return text.ToString();
    }

    private static void Write(object? value, StringBuilder text, Dictionary<object, int> seen, string indent)
    {
        if (value is null)
        {
            text.Append("null");
            return;
        }

        var type = value.GetType();
        if (Scalar(value) is { } scalar)
        {
            text.Append(type.Name).Append(' ').Append(scalar);
            return;
        }

        if (!type.IsValueType)
        {
            if (seen.TryGetValue(value, out var number))
            {
                text.Append('#').Append(number);
                return;
            }

            seen.Add(value, seen.Count);
            text.Append('#').Append(seen.Count - 1).Append(' ');
        }

        text.Append(type.IsGenericType && type.Name.Contains("Anonymous", StringComparison.Ordinal) ? "anonymous" : type.Name);
        var inner = indent + "  ";
        if (value is IEnumerable items && !IsNpgsqls(type))
        {
            foreach (var item in items)
            {
                text.Append('\n').Append(inner).Append("- ");
                Write(item, text, seen, inner);
            }

            return;
        }

        foreach (var (name, member) in Members(value, type))
        {
            text.Append('\n').Append(inner).Append(name).Append(": ");
            Write(member, text, seen, inner);
        }
    }

    private static IEnumerable<(string Name, object? Value)> Members(object value, Type type)
        => value is ITuple tuple
            ? Enumerable.Range(0, tuple.Length).Select(i => ($"{i}", tuple[i]))
            : IsNpgsqls(type)
            ? type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance).Select(f => (f.Name, f.GetValue(value)))
            : type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(p => p.GetIndexParameters().Length == 0 && p.CanRead)
                .OrderBy(p => p.Name, StringComparer.Ordinal)
                .Select(p => (p.Name, p.GetValue(value)));

    /// <summary>Structures whose public face may hide something: their fields are all there is.</summary>
    private static bool IsNpgsqls(Type type) => type.Namespace == "NpgsqlTypes" && !type.IsEnum;

    private static string? Scalar(object value) => value switch
    {
        string text => $"\"{text}\"",
        byte[] bytes => Convert.ToHexString(bytes),
        double number => BitConverter.DoubleToUInt64Bits(number).ToString("X16", CultureInfo.InvariantCulture),
        float number => BitConverter.SingleToUInt32Bits(number).ToString("X8", CultureInfo.InvariantCulture),
        decimal number => string.Join(',', decimal.GetBits(number)),
        DateTime time => $"{time.Ticks} {time.Kind}",
        DateTimeOffset time => $"{time.Ticks} {time.Offset.Ticks}",
        TimeSpan span => $"{span.Ticks}",
        DateOnly date => $"{date.DayNumber}",
        TimeOnly time => $"{time.Ticks}",
        DBNull => "DBNull",
        BigInteger or IPAddress or IPNetwork or PhysicalAddress or LTree => $"{value}",
        JsonDocument document => document.RootElement.GetRawText(),
        JsonElement element => element.GetRawText(),
        bool or byte or sbyte or short or ushort or int or uint or long or ulong or char or Guid or Enum
            => Convert.ToString(value, CultureInfo.InvariantCulture),
        _ => null,
    };
}
