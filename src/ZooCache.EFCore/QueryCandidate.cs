namespace ZooCache.EFCore;

/// <summary>A query that says nothing of caching itself, as <c>UseZooCache(z => z.CacheWhen(…))</c> sees it.</summary>
/// <param name="Context">The context that runs the query.</param>
/// <param name="Tables">The tables that it reads, upper-cased and without schema, without duplicates.</param>
/// <param name="EntityTypes">The CLR types mapped to these tables, without duplicates.</param>
public sealed record QueryCandidate(
    Microsoft.EntityFrameworkCore.DbContext Context, IReadOnlyCollection<string> Tables, IReadOnlyCollection<Type> EntityTypes);
