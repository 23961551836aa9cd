using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ZooCache.EFCore.Dependencies;

/// <summary>
/// What the model says that views, SQL queries and table functions read: an annotation of the entity type that is mapped
/// to them. It is text, so that it survives in compiled models and migrations: one line each, <c>type</c> or <c>table</c>,
/// a space, and the name.
/// </summary>
internal static class DeclaredDependencies
{
    private const string Annotation = "ZooCache:DependsOn";
    private const string OfType = "type ";
    private const string OfTable = "table ";

    internal static string NameOf(Type entityType) => OfType + entityType.FullName;

    internal static string NameOf(string table) => OfTable + TableName.Fold(table);

    internal static void Add(IMutableEntityType entityType, IEnumerable<string> names)
        => entityType.SetAnnotation(Annotation, string.Join('\n', Lines(entityType).Concat(names).Distinct(StringComparer.Ordinal)));

    /// <summary>The folded names of the tables that stand behind a source; none if nobody said.</summary>
    /// <exception cref="InvalidOperationException">A declared type isn't in the model, or isn't mapped to a table.</exception>
    internal static IReadOnlyCollection<string> Of(ITableBase source, IModel model)
        => [.. source.EntityTypeMappings
            .Select(m => m.TypeBase).OfType<IEntityType>()
            .SelectMany(t => Lines(t).SelectMany(line => TablesOf(line, t, model)))
            .Distinct(StringComparer.Ordinal)];

    private static List<string> TablesOf(string line, IEntityType declaring, IModel model)
    {
        if (line.StartsWith(OfTable, StringComparison.Ordinal))
        {
            return [line[OfTable.Length..]];
        }

        var name = line[OfType.Length..];
        var tables = model.GetEntityTypes().Where(t => t.ClrType.FullName == name).SelectMany(MappedTables.Of).ToList();
        return tables.Count > 0
            ? tables
            : throw new InvalidOperationException(
                $"CacheDependsOn(…) of {declaring.DisplayName()} names {name}, which is no entity type of the model that is mapped to a table. Name one that is, or the table with CacheDependsOnTables(…).");
    }

    private static string[] Lines(IReadOnlyEntityType entityType)
        => entityType.FindAnnotation(Annotation)?.Value is string { Length: > 0 } text ? text.Split('\n') : [];
}
