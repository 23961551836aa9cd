using System.Data.Common;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.InteropServices;
using ZooCache.EFCore.Queries.Known;

namespace ZooCache.EFCore.Results;

/// <summary>
/// Proves of a shaper that its elements may be handed out to everybody: that they are made of columns of the row and nothing
/// else, by code without any effect, and that nobody can change them.
/// </summary>
/// <remarks>
/// Columns are read as values and texts. What is made of them is made by constructors that only keep their arguments, in fields
/// that are never written again, of types that are equal by what they hold (records and anonymous types), or in structures, which
/// are copied as long as nothing boxes them. What a constructor does is read off its IL: loading arguments, storing fields, the
/// call of <see cref="object"/>'s. Anything else is no proof.
/// </remarks>
internal sealed class SharedElements : ExpressionVisitor
{
    private readonly ParameterExpression _reader;
    private bool _isProven = true;
    private int _bytes;

    private SharedElements(ParameterExpression reader) => _reader = reader;

    /// <summary>The bytes that an element takes besides the texts in it; 0 if it is not to be shared.</summary>
    internal static int SizeOf(LambdaExpression shaper)
    {
        if (shaper.Parameters.SingleOrDefault(p => p.Type == typeof(DbDataReader)) is not { } reader)
        {
            return 0;
        }

        var proof = new SharedElements(reader);
        proof.Visit(shaper.Body);
        return proof._isProven ? SizeOfHeld(shaper.ReturnType) + proof._bytes : 0;
    }

    public override Expression? Visit(Expression? node)
    {
        switch (node)
        {
            case null or ParameterExpression or DefaultExpression:
                return node;
            case ConstantExpression constant when constant.Value is null || CapturedTypes.IsScalar(constant.Value.GetType()):
                return node;
            case UnaryExpression { NodeType: ExpressionType.Convert, Method: null } convert when convert.Type.IsValueType || !convert.Operand.Type.IsValueType || IsValue(convert.Operand.Type):
            case ConditionalExpression or BlockExpression:
            case BinaryExpression { NodeType: ExpressionType.Assign, Left: ParameterExpression }:
                return base.Visit(node);
            case MethodCallExpression call when call.Object == _reader && IsValue(call.Type):
                return node;
            case NewExpression { Constructor: { } constructor } when OnlyKeepsItsArguments(constructor) && KeepsItsFields(constructor.DeclaringType!):
                _bytes += constructor.DeclaringType!.IsValueType ? 0 : SizeOfObject(constructor.DeclaringType);
                return base.Visit(node);
            default:
                _isProven = false;
                return node;
        }
    }

    private static bool IsValue(Type type) => CapturedTypes.IsScalar(Nullable.GetUnderlyingType(type) ?? type);

    private static bool KeepsItsFields(Type type)
    {
        if (type.IsValueType)
        {
            return true;
        }

        const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        return type.BaseType == typeof(object)
            && type.GetFields(Declared).All(f => f.IsInitOnly)
            && type.GetMethod(nameof(Equals), [typeof(object)])!.DeclaringType == type
            && type.GetMethod("Finalize", Declared, []) is null;
    }

    private static bool OnlyKeepsItsArguments(ConstructorInfo constructor)
    {
        try
        {
            return constructor.GetMethodBody()?.GetILAsByteArray() is { } code && OnlyKeepsItsArguments(constructor, code);
        }
        catch (Exception exception) when (exception is NotSupportedException or InvalidOperationException or ArgumentException)
        {
            // Code that can't be looked into.
            return false;
        }
    }

    private static bool OnlyKeepsItsArguments(ConstructorInfo constructor, byte[] code)
    {
        const byte Nop = 0x00, LoadArgument0 = 0x02, LoadArgument3 = 0x05, LoadArgumentShort = 0x0E, Call = 0x28, Return = 0x2A, StoreField = 0x7D;
        for (var at = 0; at < code.Length; at++)
        {
            switch (code[at])
            {
                case Nop or (>= LoadArgument0 and <= LoadArgument3) or Return:
                    break;
                case LoadArgumentShort:
                    at++;
                    break;
                case StoreField:
                    at += sizeof(int);
                    break;
                case Call when IsObjectsConstructor(constructor, MemoryMarshal.Read<int>(code.AsSpan(at + 1))):
                    at += sizeof(int);
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    private static bool IsObjectsConstructor(ConstructorInfo within, int token)
        => within.Module.ResolveMethod(token, within.DeclaringType!.GetGenericArguments(), null) is ConstructorInfo { DeclaringType: var type } && type == typeof(object);

    /// <summary>What the object takes itself. What it refers to is another.</summary>
    private static int SizeOfObject(Type type) => 16 + SizeOfFields(type);

    private static int SizeOfFields(Type type)
        => type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Sum(f => SizeOfHeld(f.FieldType));

    /// <summary>What a variable of the type takes, rounded up.</summary>
    private static int SizeOfHeld(Type type)
    {
        const int Word = 8;
        return !type.IsValueType || type.IsPrimitive || type.IsEnum ? Word
            : Nullable.GetUnderlyingType(type) is { } underlying ? Word + SizeOfHeld(underlying)
            : IsValue(type) ? 2 * Word
            : SizeOfFields(type);
    }
}
