using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace ZooCache.EFCore.Setup;

/// <summary>
/// <c>UseZooCache()</c> in a context's options. The cache and the settings are looked up per context, so they take no
/// part in the choice of EF's service provider: any number of caches and settings share one provider per provider and
/// model set-up.
/// </summary>
internal sealed class ZooCacheOptionsExtension : IDbContextOptionsExtension
{
    // EF validates an extension with all options in view and applies its services right after, on the same thread.
    // Nothing else tells ApplyServices which database provider it is to decorate.
    [ThreadStatic]
    private static IDbContextOptions? t_validated;

    internal ZooCacheOptionsExtension(ZooCache? cache, ContextSettings settings)
    {
        Cache = cache;
        Settings = settings;
        Info = new ExtensionInfo(this);
    }

    /// <summary>The cache that was given, or null for the application's or the process's.</summary>
    internal ZooCache? Cache { get; }

    internal ContextSettings Settings { get; }

    public DbContextOptionsExtensionInfo Info { get; }

    public void Validate(IDbContextOptions options)
    {
        if (options.FindExtension<CoreOptionsExtension>()?.InternalServiceProvider is not null)
        {
            throw new InvalidOperationException(
                "UseZooCache() can't be combined with UseInternalServiceProvider(): EF Core never applies an extension's services to a provider that it didn't build. Remove the UseInternalServiceProvider(…) call.");
        }

        if (options.FindExtension<CoreOptionsExtension>()?.ReplacedServices is { } replaced)
        {
            foreach (var decorated in ServiceDecoration.DecoratedServices)
            {
                if (replaced.Keys.Any(k => k.Item1 == decorated && k.Item2 is null))
                {
                    throw new InvalidOperationException(
                        $"UseZooCache() can't be combined with ReplaceService<{decorated.Name}, …>(): the replacement would take the cache's place. Remove that ReplaceService(…) call or the UseZooCache() call.");
                }
            }
        }

        var provider = options.Extensions.FirstOrDefault(e => e.Info.IsDatabaseProvider);
        if (provider is not null and not RelationalOptionsExtension)
        {
            throw new InvalidOperationException(
                $"UseZooCache() needs a relational database provider, and {provider.GetType().Assembly.GetName().Name} isn't one: there is no SQL tree to read dependencies from. Remove the UseZooCache() call where that provider is used, or use a relational provider such as UseSqlite().");
        }

        t_validated = options;
    }

    public void ApplyServices(IServiceCollection services)
    {
        // EF also builds a provider before OnConfiguring has run, only to find the context's sets: no database provider
        // may be there yet, and then there is nothing to decorate. EF itself refuses a context that never gets one.
        if (t_validated!.Extensions.FirstOrDefault(e => e.Info.IsDatabaseProvider) is { } provider)
        {
            var sharesMemory = t_validated.FindExtension<CoreOptionsExtension>()?.MemoryCache is not null;
            ServiceDecoration.Apply(services, provider, sharesMemory);
        }

        t_validated = null;
    }

    private sealed class ExtensionInfo(ZooCacheOptionsExtension extension) : DbContextOptionsExtensionInfo(extension)
    {
        public override bool IsDatabaseProvider => false;

        public override string LogFragment => "using ZooCache ";

        public override int GetServiceProviderHashCode() => 0;

        public override bool ShouldUseSameServiceProvider(DbContextOptionsExtensionInfo other) => other is ExtensionInfo;

        public override void PopulateDebugInfo(IDictionary<string, string> debugInfo) => debugInfo["ZooCache"] = "1";
    }
}
