using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ZooCache.EFCore.Dependencies;

/// <summary>The tables that hold what an entity type consists of: its own, its bases' and its derived types', and those of
/// what it owns.</summary>
internal static class MappedTables
{
    /// <exception cref="InvalidOperationException">The model has no such type.</exception>
    internal static IReadOnlyCollection<string> Of(IModel model, Type type)
    {
        var entityTypes = model.FindEntityTypes(type).ToList();
        return entityTypes.Count > 0
            ? [.. entityTypes.SelectMany(Of).Distinct(StringComparer.Ordinal)]
            : throw new InvalidOperationException(
                $"{type.Name} is not an entity type of the context's model. Name one of its types in DependsOn<…>() or CacheDependsOn(…), or the table with DependsOnTable(…).");
    }

    /// <summary>The folded names of the tables that a query says itself that it depends on.</summary>
    /// <exception cref="InvalidOperationException">The model has no such type.</exception>
    internal static IEnumerable<string> DeclaredBy(CacheableOptions? options, IModel model)
        => options is null ? [] : options.EntityTypes.SelectMany(type => Of(model, type)).Concat(options.Tables.Select(TableName.Fold));

    /// <summary>The folded names of an entity type's tables.</summary>
    internal static IEnumerable<string> Of(IEntityType entityType)
        => entityType.GetDerivedTypesInclusive()
            .SelectMany(t => t.GetTableMappings().Select(m => TableName.Fold(m.Table.Name)).Concat(t.GetDeclaredNavigations().Where(IsOwned).SelectMany(n => Of(n.TargetEntityType))))
            .Concat(entityType.BaseType is { } parent ? parent.GetNavigations().Where(IsOwned).SelectMany(n => Of(n.TargetEntityType)) : []);

    private static bool IsOwned(INavigation navigation) => navigation.ForeignKey.IsOwnership && !navigation.IsOnDependent;
}
