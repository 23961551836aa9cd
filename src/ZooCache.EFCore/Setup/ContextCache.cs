using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.EFCore.Writes;

namespace ZooCache.EFCore.Setup;

/// <summary>
/// What one context instance has of the cache: which cache, which settings, how its last query was answered. A scoped
/// service of EF's internal provider; used by one thread at a time, as its context is.
/// </summary>
internal sealed class ContextCache : IResettableService
{
    private readonly IDbContextOptions _options;
    private ZooCache? _cache;
    private TableRegistry? _registry;

    public ContextCache(IDbContextOptions options)
    {
        _options = options;
        Settings = options.FindExtension<ZooCacheOptionsExtension>()?.Settings ?? new ContextSettings();
        if (options.FindExtension<CoreOptionsExtension>()?.Interceptors is { } interceptors)
        {
            HasForeignConnectionInterceptor = interceptors.Any(i => i is IDbConnectionInterceptor);
            ForeignCommandInterceptors = InterceptorSet.IdOf(interceptors);
        }
    }

    internal ContextSettings Settings { get; }

    /// <summary>The cache given to <c>UseZooCache(cache)</c>, else the application's (<c>AddZooCache()</c>), else the process's.</summary>
    internal ZooCache Cache => _cache ??= _options.FindExtension<ZooCacheOptionsExtension>()?.Cache
        ?? _options.FindExtension<CoreOptionsExtension>()?.ApplicationServiceProvider?.GetService<ZooCache>()
        ?? ZooCache.Shared;

    internal TableRegistry Registry => _registry ??= TableRegistry.Of(Cache);

    /// <summary>Whether somebody's interceptor may change the session of a connection as it opens.</summary>
    internal bool HasForeignConnectionInterceptor { get; }

    /// <summary>The number of the set of somebody else's command interceptors, which may change what a command answers.</summary>
    internal long ForeignCommandInterceptors { get; }

    internal QueryOutcome? LastQuery { get; private set; }

    internal void Answered(QueryOutcome outcome)
    {
        LastQuery = outcome;
        Settings.OnQuery?.Invoke(outcome);
    }

    public void ResetState() => LastQuery = null;

    public Task ResetStateAsync(CancellationToken cancellationToken = default)
    {
        ResetState();
        return Task.CompletedTask;
    }
}
