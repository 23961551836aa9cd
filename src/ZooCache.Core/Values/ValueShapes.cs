using System.Collections;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.ComponentModel;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace ZooCache.Values;

/// <summary>Tells shapes of types.</summary>
internal static class ValueShapes
{
    private static readonly HashSet<Type> Immutable =
    [
        typeof(string), typeof(Version), typeof(BigInteger), typeof(DBNull), typeof(TimeZoneInfo),
    ];

    /// <summary>Types from which others may derive; an object of this very type is immutable.</summary>
    private static readonly HashSet<Type> SharedByThemselves = [typeof(Uri), typeof(Regex)];

    private static readonly string[] Libraries = ["System.", "Microsoft.Extensions.", "Microsoft.EntityFrameworkCore", "Microsoft.AspNetCore.", "Microsoft.Data."];

    /// <summary>Types that are immutable if their arguments are.</summary>
    private static readonly HashSet<Type> Containers =
    [
        typeof(ImmutableArray<>), typeof(ImmutableList<>), typeof(ImmutableHashSet<>), typeof(ImmutableSortedSet<>), typeof(ImmutableDictionary<,>),
        typeof(ImmutableSortedDictionary<,>), typeof(ImmutableQueue<>), typeof(ImmutableStack<>), typeof(FrozenSet<>), typeof(FrozenDictionary<,>),
        typeof(Nullable<>), typeof(KeyValuePair<,>),
        typeof(Tuple<>), typeof(Tuple<,>), typeof(Tuple<,,>), typeof(Tuple<,,,>), typeof(Tuple<,,,,>), typeof(Tuple<,,,,,>), typeof(Tuple<,,,,,,>), typeof(Tuple<,,,,,,,>),
    ];

    /// <summary>The most types that are looked at to tell whether one is immutable.</summary>
    private const int MostTypes = 128;

    /// <summary>What a compiler makes of a collection expression for an interface.</summary>
    private const string CollectionExpression = "<>z__ReadOnly";

    internal static ValueShape Make(Type type)
    {
        if (SharedByThemselves.Contains(type) || IsImmutableItself(type, []) || IsFrozen(type))
        {
            return new SharedShape(type);
        }

        if (type.IsArray && !type.GetElementType()!.IsPointer)
        {
            return new ArrayShape(type);
        }

        return CollectionShapes.Of(type) ?? HandMadeShape.For(type) ?? (ProblemOf(type) is { } problem ? (ValueShape)Refused(type, problem) : new ObjectShape(type));
    }

    /// <summary>Whether nobody can change what a variable of the type refers to, whatever that is.</summary>
    internal static bool IsImmutable(Type type) => IsImmutable(type, []);

    /// <summary>Whether a compiler has made the type of a collection expression.</summary>
    internal static bool IsOfCollectionExpression(Type type) => type.Name.StartsWith(CollectionExpression, StringComparison.Ordinal);

    internal static bool IsOfTheBaseLibrary(Type type)
        => type.Assembly == typeof(object).Assembly || (type.Assembly.GetName().Name is { } name && Libraries.Any(library => name.StartsWith(library, StringComparison.Ordinal)));

    private static bool IsImmutable(Type type, HashSet<Type> assumed)
        => (type.IsValueType || type.IsSealed || typeof(Type).IsAssignableFrom(type) || IsContainer(type)) && IsImmutableItself(type, assumed);

    /// <summary>Whether nobody can change an object of this very type. One that refers to its own type is immutable if the rest of it is.</summary>
    private static bool IsImmutableItself(Type type, HashSet<Type> assumed)
    {
        if (type.IsPrimitive || type.IsEnum || Immutable.Contains(type) || typeof(Type).IsAssignableFrom(type))
        {
            return !IsPointer(type);
        }

        // Generic types may refer to ever larger ones of their kind.
        if (assumed.Count == MostTypes || (IsInline(type) && FieldShape.HoldsReferences(type)))
        {
            return false;
        }

        if (IsContainer(type))
        {
            return !assumed.Add(type) || type.GetGenericArguments().All(t => IsImmutable(t, assumed));
        }

        if (type.IsArray || type.IsPointer || type.IsFunctionPointer || type.IsByRefLike || type.IsInterface || type.IsAbstract || type == typeof(object))
        {
            return false;
        }

        if (!assumed.Add(type) || type.GetCustomAttribute<ImmutableObjectAttribute>(inherit: false) is { Immutable: true })
        {
            return true;
        }

        // A structure is copied by whoever gets it; what it refers to isn't. Of the base library's classes those above are known.
        return type.IsValueType
            ? FieldShape.FieldsOf(type).All(f => f.FieldType == type || IsImmutable(f.FieldType, assumed)) && !IsPointer(type)
            : !IsOfTheBaseLibrary(type) && !IsCompilersOwn(type) && !HasEnd(type) && !typeof(Delegate).IsAssignableFrom(type)
                && AreWrittenOnce(type, assumed);
    }

    private static bool AreWrittenOnce(Type type, HashSet<Type> assumed)
    {
        for (var level = type.BaseType; level is not null && level != typeof(object); level = level.BaseType)
        {
            if (IsOfTheBaseLibrary(level))
            {
                return false;
            }
        }

        return FieldShape.FieldsOf(type).All(f => f.IsInitOnly && IsImmutable(f.FieldType, assumed));
    }

    /// <summary>Whether a structure has more in it than its fields tell.</summary>
    internal static bool IsInline(Type type)
        => type.IsValueType && (type.IsDefined(typeof(InlineArrayAttribute), inherit: false) || type.IsDefined(typeof(UnsafeValueTypeAttribute), inherit: false));

    private static bool IsContainer(Type type) => type.IsConstructedGenericType && Containers.Contains(type.GetGenericTypeDefinition());

    /// <summary>Numbers that may be the address of something.</summary>
    private static bool IsPointer(Type type)
        => type == typeof(IntPtr) || type == typeof(UIntPtr) || type.IsPointer
            || (type.IsValueType && !type.IsPrimitive && !type.IsEnum && FieldShape.FieldsOf(type).Any(f => f.FieldType != type && IsPointer(f.FieldType)));

    /// <summary>Frozen collections are abstract; what there is derives from them.</summary>
    private static bool IsFrozen(Type type)
    {
        for (var level = type.BaseType; level is not null; level = level.BaseType)
        {
            if (level.IsConstructedGenericType && level.GetGenericTypeDefinition() is var definition
                && (definition == typeof(FrozenSet<>) || definition == typeof(FrozenDictionary<,>)))
            {
                return IsOfTheBaseLibrary(type) && IsImmutable(level);
            }
        }

        return false;
    }

    /// <summary>Why objects of a type can't be copied field by field; null if they can.</summary>
    private static string? ProblemOf(Type type)
    {
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            return "is code, and what it refers to";
        }

        if (typeof(IQueryable).IsAssignableFrom(type) || IsCompilersOwn(type) || (typeof(IEnumerable).IsAssignableFrom(type) && typeof(IEnumerator).IsAssignableFrom(type)))
        {
            return "hasn't run yet: read it into a list (ToList(), ToListAsync()) first";
        }

        if (HasEnd(type))
        {
            return "is to be disposed";
        }

        if (IsInline(type) && FieldShape.HoldsReferences(type))
        {
            return "is an inline array";
        }

        if (IsPointer(type) || FieldShape.FieldsOf(type).Any(f => IsPointer(f.FieldType) || f.FieldType.IsFunctionPointer))
        {
            return "has pointers";
        }

        // Of a structure, such as a pair, the fields are all there is.
        for (var level = type; level is not null && !level.IsValueType && level != typeof(object); level = level.BaseType)
        {
            if (IsOfTheBaseLibrary(level) && !IsCopiedByFields(level))
            {
                return level == type ? "isn't known to be copyable" : $"derives from {level.Name}, which isn't known to be copyable";
            }
        }

        return null;
    }

    private static bool IsCopiedByFields(Type type)
        => type.IsConstructedGenericType && type.GetGenericTypeDefinition() is var definition && (Containers.Contains(definition) || definition == typeof(List<>));

    /// <summary>Iterators, state machines and closures.</summary>
    private static bool IsCompilersOwn(Type type)
        => type.Name.StartsWith('<') && type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
            && !type.Name.StartsWith("<>f__AnonymousType", StringComparison.Ordinal) && !IsOfCollectionExpression(type);

    /// <summary>Whether something is done at the end of an object's life.</summary>
    private static bool HasEnd(Type type)
    {
        if (typeof(IDisposable).IsAssignableFrom(type) || typeof(IAsyncDisposable).IsAssignableFrom(type))
        {
            return true;
        }

        for (var level = type; level is not null && level != typeof(object); level = level.BaseType)
        {
            if (level.GetMethod("Finalize", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly, []) is not null)
            {
                return true;
            }
        }

        return false;
    }

    private static RefusedShape Refused(Type type, string problem) => new($"{type} {problem}.");
}
