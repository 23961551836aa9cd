using System.Collections.Concurrent;
using System.Reflection;

namespace ZooCache.Values;

/// <summary>A field of a type that is copied field by field. Immutable and safe for concurrent use.</summary>
internal sealed class FieldShape
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private static readonly ConcurrentDictionary<Type, int> Sizes = new();

    private readonly FieldInfo info;
    private readonly bool isImmutable;

    private FieldShape(FieldInfo info)
    {
        this.info = info;
        isImmutable = ValueShapes.IsImmutable(info.FieldType);
    }

    /// <summary>The instance fields of a type and of its bases, private ones too.</summary>
    internal static IEnumerable<FieldInfo> FieldsOf(Type type)
    {
        for (var level = type; level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
        {
            foreach (var field in level.GetFields(Declared))
            {
                yield return field;
            }
        }
    }

    /// <summary>The fields of a type that refer to anything.</summary>
    internal static FieldShape[] AllOf(Type type) => [.. FieldsOf(type).Where(f => HoldsReferences(f.FieldType)).Select(f => new FieldShape(f))];

    /// <summary>Has a clone of an object, or a boxed structure, refer to copies.</summary>
    internal void Copy(object clone, GraphCopy graph)
    {
        if (!isImmutable && info.GetValue(clone) is { } value && !ValueShape.Of(value.GetType()).IsShared)
        {
            info.SetValue(clone, graph.Copy(value));
        }
    }

    internal static long Measure(object value, FieldShape[] fields, Type type, GraphSize graph)
    {
        const int Header = 16;
        var bytes = Header + (long)SizeOfFields(type);
        foreach (var field in fields)
        {
            bytes += graph.MeasureHeld(field.info.GetValue(value), field.info.FieldType);
        }

        return bytes;
    }

    /// <summary>What a structure refers to.</summary>
    internal static long MeasureContent(object value, Type type, GraphSize graph)
        => HoldsReferences(type) ? FieldsOf(type).Where(f => HoldsReferences(f.FieldType)).Sum(f => graph.MeasureHeld(f.GetValue(value), f.FieldType)) : 0;

    /// <summary>Whether a variable of the type can refer to anything.</summary>
    internal static bool HoldsReferences(Type type)
        => !type.IsValueType ? !type.IsPointer : !type.IsPrimitive && !type.IsEnum && FieldsOf(type).Any(f => f.FieldType != type && HoldsReferences(f.FieldType));

    /// <summary>What a variable of the type takes, in bytes, rounded up.</summary>
    internal static int SizeOfHeld(Type type)
        => !type.IsValueType ? 8 : Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean or TypeCode.Byte or TypeCode.SByte => 1,
            TypeCode.Int16 or TypeCode.UInt16 or TypeCode.Char => 2,
            TypeCode.Int32 or TypeCode.UInt32 or TypeCode.Single => 4,
            TypeCode.Object when !type.IsPrimitive => SizeOfFields(type),
            TypeCode.Decimal => 16,
            _ => 8,
        };

    private static int SizeOfFields(Type type) => Sizes.GetOrAdd(type, static t => Math.Max(FieldsOf(t).Where(f => f.FieldType != t).Sum(f => SizeOfHeld(f.FieldType)), 1));
}
