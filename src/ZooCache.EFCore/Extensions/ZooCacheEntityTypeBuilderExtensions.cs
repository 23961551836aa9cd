using Microsoft.EntityFrameworkCore.Metadata.Builders;

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
}
