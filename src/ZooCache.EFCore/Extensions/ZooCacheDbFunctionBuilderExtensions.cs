using Microsoft.EntityFrameworkCore.Metadata.Builders;
using ZooCache.EFCore.Dependencies;

namespace Microsoft.EntityFrameworkCore;

/// <summary>What the model says of database functions.</summary>
public static class ZooCacheDbFunctionBuilderExtensions
{
    /// <summary>
    /// Says that the function's value follows from its arguments alone: it reads no table, no clock and no state of the
    /// session, so that queries that call it can be cached. Other functions of the model with the same name and schema must
    /// say so, too. For functions that aren't in the model there is <c>UseZooCache(z => z.DeterministicFunction(…))</c>; for
    /// those that give tables, <c>CacheDependsOn(…)</c> of their entity type.
    /// </summary>
    /// <param name="builder">The function's builder, from <c>modelBuilder.HasDbFunction(…)</c>.</param>
    /// <param name="deterministic">Whether it is. Default: true.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static DbFunctionBuilder IsDeterministic(this DbFunctionBuilder builder, bool deterministic = true)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.SetAnnotation(DeclaredFunctions.Annotation, deterministic);
        return builder;
    }
}
