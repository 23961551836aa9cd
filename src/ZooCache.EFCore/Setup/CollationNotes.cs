using System.Collections.Frozen;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Internal;

namespace ZooCache.EFCore.Setup;

/// <summary>
/// What a model says of its columns' collations, and whose they are. EF leaves that out of the model that it runs with, so it is
/// noted when that is made. Of a compiled model nothing is known.
/// </summary>
internal sealed class CollationNotes
{
    private const string Annotation = "ZooCache:Collations";

    private readonly FrozenDictionary<(string Type, string Property), string> _collations;
    private readonly string? _ofDatabase;

    private CollationNotes(IModel designed, string? provider)
    {
        Provider = provider;
        _ofDatabase = designed.GetCollation();
        _collations = (from type in designed.GetEntityTypes()
                       from property in type.GetFlattenedProperties()
                       let collation = property.GetCollation()
                       where collation is not null
                       select ((property.DeclaringType.Name, property.Name), collation))
            .DistinctBy(p => p.Item1)
            .ToFrozenDictionary(p => p.Item1, p => p.collation);
    }

    private string? Provider { get; }

    /// <summary>The provider that the model was made for, and the collation that it gives a column, null if none; false if
    /// that isn't known.</summary>
    internal static bool TryGet(IColumn column, out string? provider, out string? collation)
    {
        (provider, collation) = (null, null);
        if (column.Table.Model.Model.FindRuntimeAnnotationValue(Annotation) is not CollationNotes notes)
        {
            return false;
        }

        var said = column.PropertyMappings.Select(m => m.Property)
            .Select(p => notes._collations.GetValueOrDefault((p.DeclaringType.Name, p.Name)) ?? notes._ofDatabase)
            .Distinct(StringComparer.Ordinal).ToList();
        (provider, collation) = (notes.Provider, said.FirstOrDefault());
        return said.Count == 1;
    }

    /// <summary>Makes the notes when EF makes the model that it runs with.</summary>
    internal sealed class Initializer(IModelRuntimeInitializer inner, string? provider) : IModelRuntimeInitializer
    {
        public IModel Initialize(
            IModel model, bool designTime = true, IDiagnosticsLogger<DbLoggerCategory.Model.Validation>? validationLogger = null)
        {
            var initialized = inner.Initialize(model, designTime, validationLogger);

            // Only a model that was built knows; it is finished by now. The one that EF runs with hangs on it.
            if (model is IMutableModel)
            {
                var running = (IModel?)initialized.FindRuntimeAnnotationValue(CoreAnnotationNames.ReadOnlyModel);
                (running ?? initialized).GetOrAddRuntimeAnnotationValue(
                    Annotation, static made => new CollationNotes(made.model, made.provider), (model, provider));
            }

            return initialized;
        }
    }
}
