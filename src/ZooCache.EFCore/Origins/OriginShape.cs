using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking.Internal;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Internal;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using ZooCache.EFCore.Dependencies;

namespace ZooCache.EFCore.Origins;

/// <summary>
/// Which columns of an entity type's tables are remembered of each entity that a query has materialised, and how they are
/// read off it. One for each entity type of a model; immutable.
/// </summary>
/// <remarks>
/// Invariant: what is hashed is the value that the store has. So a property takes part only if EF writes what it has read
/// straight into a field, which is read here (not through a setter, a getter or a constructor), or keeps it as a shadow; and
/// only if its type says which store value it was: not with a converter that may give two store values one model value. Of
/// primary keys of numbers and Guids EF itself relies on that, and so of foreign keys that are converted as these. And where EF
/// sets some property by its setter, only shadows take part: the setter may change what has been set before.
/// </remarks>
internal sealed class OriginShape
{
    private static readonly ConditionalWeakTable<IEntityType, OriginShape> Known = [];

    private readonly Func<object, ISnapshot, ulong?>[] _readers;
    private readonly ConcurrentDictionary<OriginColumn, Func<object, ISnapshot, ulong?>?> _others = [];
    private readonly IEntityType _entityType;
    private readonly HashSet<IPropertyBase> _constructed;
    private readonly bool _isMeddled;

    private OriginShape(IEntityType entityType)
    {
        var columns = new List<OriginColumn>();
        var readers = new List<Func<object, ISnapshot, ulong?>>();
        _entityType = entityType;
        _constructed = entityType.ConstructorBinding?.ParameterBindings.SelectMany(b => b.ConsumedProperties).ToHashSet() ?? [];
        _isMeddled = entityType.GetProperties().Cast<IPropertyBase>().Concat(entityType.GetComplexProperties())
            .Any(p => !_constructed.Contains(p) && IsSetByCode(p));
        foreach (var mapping in entityType.GetTableMappings())
        {
            foreach (var (column, name, kind) in TableColumns.Of(mapping.Table).Anchoring)
            {
                if (ReaderOf(column, kind) is { } reader)
                {
                    columns.Add(new OriginColumn(TableName.Fold(mapping.Table.Name), name, kind));
                    readers.Add(reader);
                }
            }
        }

        Columns = columns;
        Tables = columns.Select(c => c.Table).ToHashSet(StringComparer.Ordinal);
        _readers = [.. readers];
    }

    internal IReadOnlyList<OriginColumn> Columns { get; }

    /// <summary>The tables of the columns.</summary>
    internal IReadOnlySet<string> Tables { get; }

    internal int IndexOf(OriginColumn column)
    {
        for (var i = 0; i < Columns.Count; i++)
        {
            if (Columns[i] == column)
            {
                return i;
            }
        }

        return -1;
    }

    internal static OriginShape Of(IEntityType entityType) => Known.GetValue(entityType, static t => new OriginShape(t));

    /// <summary>Reads an entity that EF has just made and nobody else has seen.</summary>
    /// <param name="entity">The entity.</param>
    /// <param name="shadows">The values of its shadow properties.</param>
    /// <param name="reading">What has read it.</param>
    /// <param name="ordered">The columns by which queries put rows in order.</param>
    internal RowOrigin Read(object entity, ISnapshot shadows, Reading reading, IReadOnlyList<OriginColumn> ordered)
    {
        var hashes = new ulong?[_readers.Length];
        for (var i = 0; i < hashes.Length; i++)
        {
            hashes[i] = _readers[i](entity, shadows);
        }

        List<(OriginColumn, ulong)>? values = null;
        foreach (var column in ordered)
        {
            if (Tables.Contains(column.Table) && ReadOther(column, entity, shadows) is { } value)
            {
                (values ??= []).Add((column, value));
            }
        }

        return values is null ? new RowOrigin(this, hashes, reading) : new RowOrigin(this, hashes, reading) { Ordered = values };
    }

    /// <summary>Reads a column that can't anchor off an entity that EF has just made; null if it can't be read.</summary>
    private ulong? ReadOther(OriginColumn column, object entity, ISnapshot shadows)
        => _others.GetOrAdd(
                column,
                static (c, shape) => shape._entityType.GetTableMappings().Where(m => TableName.Fold(m.Table.Name) == c.Table).ToList() is [var mapping]
                    && mapping.Table.Columns.Where(of => Family.Fold(of.Name) == c.Name).ToList() is [var found]
                    ? shape.ReaderOf(found, c.Kind)
                    : null,
                this)
            ?.Invoke(entity, shadows);

    private Func<object, ISnapshot, ulong?>? ReaderOf(IColumn column, StoreKind kind)
        => column.FindColumnMapping(_entityType)?.Property is { } property
            && !_constructed.Contains(property)
            && !(_isMeddled && !property.IsShadowProperty())
            && IsStoreValue(property, kind)
            ? ReaderOf(property, kind)
            : null;

    /// <summary>EF sets it by a setter, or an indexer, which may change other fields that have been set before.</summary>
    private static bool IsSetByCode(IPropertyBase property)
        => !property.IsShadowProperty()
            && (property.IsIndexerProperty() || property.GetMemberInfo(forMaterialization: true, forSet: true) is not FieldInfo);

    /// <summary>Whether the value that EF has read says which store value it was.</summary>
    internal static bool IsStoreValue(IProperty property, StoreKind kind)
        => property.GetTypeMapping() is var mapping
            && (Nullable.GetUnderlyingType(mapping.ClrType) ?? mapping.ClrType) != typeof(bool)
            && (mapping.Converter is null
                || IsNumberOfEnum(mapping.Converter.GetType())
                || (kind != StoreKind.Text && (property.IsPrimaryKey() || IsConvertedAsItsKey(property, mapping.Converter))));

    /// <summary>Whether it points to primary keys, and is converted as they are.</summary>
    private static bool IsConvertedAsItsKey(IProperty property, ValueConverter converter)
        => property.GetContainingForeignKeys().Where(f => f.PrincipalKey.IsPrimaryKey()).SelectMany(f => f.Properties.Zip(f.PrincipalKey.Properties))
            .Any(pair => pair.First == property && pair.Second.GetTypeMapping().Converter is { } key && AreOne(key, converter));

    // Of the general kind, two may hold different functions.
    private static bool AreOne(ValueConverter one, ValueConverter other)
        => ReferenceEquals(one, other)
            || (one.GetType() == other.GetType() && !(one.GetType().IsGenericType && one.GetType().GetGenericTypeDefinition() == typeof(ValueConverter<,>)));

    private static bool IsNumberOfEnum(Type converter)
        => converter.IsGenericType && converter.GetGenericTypeDefinition() == typeof(EnumToNumberConverter<,>);

    private static Func<object, ISnapshot, ulong?>? ReaderOf(IProperty property, StoreKind kind)
    {
        var mapping = property.GetTypeMapping();
        if (property.IsShadowProperty())
        {
            var index = property.GetShadowIndex();
            return (_, shadows) => StoreValue.TryHash(shadows[index], mapping, kind, out var hash) ? hash : null;
        }

        if (property.IsIndexerProperty() || property.GetMemberInfo(forMaterialization: true, forSet: true) is not FieldInfo field)
        {
            return null;
        }

        var entity = Expression.Parameter(typeof(object), "entity");
        var read = Expression.Lambda<Func<object, object?>>(
            Expression.Convert(Expression.Field(Expression.Convert(entity, field.DeclaringType!), field), typeof(object)), entity).Compile();
        return (instance, _) => StoreValue.TryHash(read(instance), mapping, kind, out var hash) ? hash : null;
    }
}

/// <summary>A column of a table that is remembered.</summary>
/// <param name="Table">The folded table name.</param>
/// <param name="Name">The folded column name.</param>
/// <param name="Kind">How it is hashed.</param>
internal readonly record struct OriginColumn(string Table, string Name, StoreKind Kind);
