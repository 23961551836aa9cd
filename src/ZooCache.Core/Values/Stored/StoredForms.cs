using System.Collections.Immutable;

namespace ZooCache.Values;

/// <summary>Finds the forms of types: one search, in which types may refer to themselves.</summary>
internal sealed class StoredForms
{
    /// <summary>The most types that are looked at: generic ones may refer to ever larger ones of their kind.</summary>
    private const int MostTypes = 256;

    private static readonly HashSet<Type> Sequences = [typeof(IEnumerable<>), typeof(IReadOnlyCollection<>), typeof(IReadOnlyList<>), typeof(ICollection<>), typeof(IList<>)];

    /// <summary>Found, or being found; null where there is none.</summary>
    private readonly Dictionary<Type, StoredForm?> found = [];
    private bool hasFailed;

    /// <summary>The form of a type; null if one of its parts has none.</summary>
    internal StoredForm? Make(Type type)
    {
        var form = Find(type);
        return hasFailed ? null : form;
    }

    private StoredForm? Find(Type type)
    {
        if (hasFailed || found.TryGetValue(type, out var form))
        {
            return hasFailed ? null : found[type];
        }

        if (found.Count == MostTypes)
        {
            hasFailed = true;
            return null;
        }

        form = ScalarForms.Of(type) ?? (Nullable.GetUnderlyingType(type) is { } underlying ? Find(underlying) is { } inner ? new NullableForm(inner) : null
            : type.IsEnum ? new EnumForm(type)
            : type.IsSZArray ? OfItems(typeof(ArrayForm<>), type.GetElementType()!)
            : type.IsConstructedGenericType ? OfGeneric(type)
            : null);
        form ??= OfObject(type);
        hasFailed |= form is null;
        return found[type] = form;
    }

    private StoredForm? OfGeneric(Type type)
    {
        var (definition, arguments) = (type.GetGenericTypeDefinition(), type.GetGenericArguments());
        if (Sequences.Contains(definition))
        {
            return OfItems(typeof(SequenceForm<>), arguments[0]);
        }

        return definition == typeof(List<>) ? OfItems(typeof(ListForm<>), arguments[0])
            : definition == typeof(HashSet<>) ? OfItems(typeof(HashSetForm<>), arguments[0])
            : definition == typeof(ImmutableArray<>) ? OfItems(typeof(ImmutableArrayForm<>), arguments[0])
            : definition == typeof(ImmutableList<>) ? OfItems(typeof(ImmutableListForm<>), arguments[0])
            : definition == typeof(Dictionary<,>) && Find(arguments[0]) is { } key && Find(arguments[1]) is { } value
                ? (StoredForm)Activator.CreateInstance(typeof(DictionaryForm<,>).MakeGenericType(arguments), key, value)!
            : null;
    }

    private StoredForm? OfItems(Type form, Type item) => Find(item) is { } of ? (StoredForm)Activator.CreateInstance(form.MakeGenericType(item), of)! : null;

    /// <summary>Objects and structures of the application, and pairs and tuples: by their fields.</summary>
    private ObjectForm? OfObject(Type type)
    {
        if (type.IsInterface || type.IsAbstract || type.IsByRefLike || type == typeof(object) || (ValueShapes.IsOfTheBaseLibrary(type) && !IsTuple(type))
            || !(ValueShape.Of(type) is ObjectShape || ValueShape.Of(type).IsShared))
        {
            return null;
        }

        for (var level = type.BaseType; level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
        {
            if (ValueShapes.IsOfTheBaseLibrary(level))
            {
                return null;
            }
        }

        var form = new ObjectForm(type);
        found[type] = form;
        return form.TryComplete(Find) ? form : null;
    }

    private static bool IsTuple(Type type)
        => type.IsConstructedGenericType && (typeof(System.Runtime.CompilerServices.ITuple).IsAssignableFrom(type) || type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>));
}
