using Microsoft.EntityFrameworkCore.Metadata.Builders;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Writes;

namespace Microsoft.EntityFrameworkCore;

/// <summary>What the model says of caching.</summary>
public static class ZooCacheEntityTypeBuilderExtensions
{
    internal const string Annotation = "ZooCache:Cacheable";

    /// <summary>
    /// Caches queries over this entity type that say nothing themselves, or keeps them from being cached. A query is
    /// cached if each of its tables is so marked; one that is marked with <c>false</c> is enough against. What
    /// <c>UseZooCache(z => z.Cache&lt;T&gt;())</c> says of the type goes before.
    /// </summary>
    /// <typeparam name="TEntity">The entity type.</typeparam>
    /// <param name="builder">The entity type's builder.</param>
    /// <param name="cacheable">Whether to cache. Default: true.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static EntityTypeBuilder<TEntity> IsCacheable<TEntity>(this EntityTypeBuilder<TEntity> builder, bool cacheable = true)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.SetAnnotation(Annotation, cacheable);
        return builder;
    }

    /// <inheritdoc cref="IsCacheable{TEntity}(EntityTypeBuilder{TEntity}, bool)"/>
    public static EntityTypeBuilder IsCacheable(this EntityTypeBuilder builder, bool cacheable = true)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.SetAnnotation(Annotation, cacheable);
        return builder;
    }

    /// <summary>
    /// Declares which tables the entity type's view, SQL query or database function reads, so that queries over it can be
    /// cached: the tables of these entity types, whole. Calls add up. Has no effect on a type that is mapped to tables
    /// only: their dependencies are known.
    /// </summary>
    /// <typeparam name="TEntity">The entity type.</typeparam>
    /// <param name="builder">The entity type's builder.</param>
    /// <param name="entityTypes">Entity types of the same model that are mapped to tables. A query over
    /// <typeparamref name="TEntity"/> throws <see cref="InvalidOperationException"/> if one of them isn't.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static EntityTypeBuilder<TEntity> CacheDependsOn<TEntity>(this EntityTypeBuilder<TEntity> builder, params Type[] entityTypes)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(entityTypes);
        DeclaredDependencies.Add(builder.Metadata, entityTypes.Select(DeclaredDependencies.NameOf));
        return builder;
    }

    /// <summary>As <see cref="CacheDependsOn{TEntity}(EntityTypeBuilder{TEntity}, Type[])"/>, for tables that no entity type
    /// is mapped to.</summary>
    /// <typeparam name="TEntity">The entity type.</typeparam>
    /// <param name="builder">The entity type's builder.</param>
    /// <param name="tables">Names of tables, without schema; case doesn't matter.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static EntityTypeBuilder<TEntity> CacheDependsOnTables<TEntity>(this EntityTypeBuilder<TEntity> builder, params string[] tables)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(tables);
        DeclaredDependencies.Add(builder.Metadata, tables.Select(DeclaredDependencies.NameOf));
        return builder;
    }

    /// <summary>
    /// Declares which other tables the triggers of the entity type's tables write, so that a write to those invalidates them
    /// and not the whole database. All triggers of the tables must be accounted for. Calls add up; one without names says
    /// that the triggers write to the changed rows' own table at most. The table itself is invalidated as a whole.
    /// </summary>
    /// <typeparam name="TEntity">The entity type.</typeparam>
    /// <param name="builder">The entity type's builder.</param>
    /// <param name="tables">Names of tables, without schema; case doesn't matter. What cascades and triggers of their own reach is
    /// followed.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static EntityTypeBuilder<TEntity> TriggerWrites<TEntity>(this EntityTypeBuilder<TEntity> builder, params string[] tables)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(tables);
        DeclaredWrites.AddTriggers(builder.Metadata, tables);
        return builder;
    }
}
