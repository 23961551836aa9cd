using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using ZooCache.EFCore.Dependencies;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// What the model says that triggers, routines and views write: annotations, as text, so that they survive in compiled models
/// and migrations. A list without a name in it says that nothing else is written.
/// </summary>
internal static class DeclaredWrites
{
    private const string Triggers = "ZooCache:TriggerWrites";
    private const string Routine = "ZooCache:RoutineWrites:";
    private const string View = "ZooCache:ViewWrites:";

    internal static void AddTriggers(IMutableEntityType entityType, IEnumerable<string> tables) => Add(entityType, Triggers, tables);

    internal static void AddRoutine(IMutableModel model, string routine, IEnumerable<string> tables)
        => Add(model, Routine + TableName.Fold(routine), tables);

    internal static void AddView(IMutableModel model, string view, IEnumerable<string> tables)
        => Add(model, View + TableName.Fold(view), tables);

    /// <summary>The folded names of the tables that the entity type's triggers write; null if nobody said.</summary>
    internal static string[]? OfTriggers(IReadOnlyAnnotatable entityType) => Tables(entityType.FindAnnotation(Triggers)?.Value);

    internal static IEnumerable<(string Routine, string[] Tables)> OfRoutines(IReadOnlyAnnotatable model) => Of(model, Routine);

    internal static IEnumerable<(string View, string[] Tables)> OfViews(IReadOnlyAnnotatable model) => Of(model, View);

    private static IEnumerable<(string Name, string[] Tables)> Of(IReadOnlyAnnotatable model, string prefix)
        => from annotation in model.GetAnnotations()
           where annotation.Name.StartsWith(prefix, StringComparison.Ordinal)
           let tables = Tables(annotation.Value)
           where tables is not null
           select (annotation.Name[prefix.Length..], tables);

    private static void Add(IMutableAnnotatable place, string annotation, IEnumerable<string> tables)
    {
        var known = Tables(place.FindAnnotation(annotation)?.Value) ?? [];
        place.SetAnnotation(annotation, string.Join('\n', known.Concat(tables.Select(TableName.Fold)).Distinct(StringComparer.Ordinal)));
    }

    private static string[]? Tables(object? value)
        => (value as string)?.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
