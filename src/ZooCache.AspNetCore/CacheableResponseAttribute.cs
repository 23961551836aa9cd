using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.AspNetCore.Responses;

namespace ZooCache.AspNetCore;

/// <summary>
/// Keeps the responses of an action, or of all actions of a controller, as <c>.Cacheable()</c> does those of endpoints. What filters of authorization do, they do before.
/// Thread-safe.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class CacheableResponseAttribute : Attribute, IAsyncResourceFilter, IOrderedFilter
{
    private readonly ConditionalWeakTable<ActionDescriptor, ResponseCache> actions = [];

    /// <summary>See <see cref="CacheableResponseOptions.AbsoluteExpiration"/>, in seconds; 0 for the cache's default. Default: 0.</summary>
    public double AbsoluteExpirationSeconds { get; set; }

    /// <summary>See <see cref="CacheableResponseOptions.SlidingExpiration"/>, in seconds; 0 for no limit. Default: 0.</summary>
    public double SlidingExpirationSeconds { get; set; }

    /// <inheritdoc cref="CacheableResponseOptions.MaximumBodyBytes"/>
    public int MaximumBodyBytes { get; set; } = new CacheableResponseOptions().MaximumBodyBytes;

    /// <inheritdoc cref="CacheableResponseOptions.ForEachUser"/>
    public bool ForEachUser { get; set; }

    /// <inheritdoc cref="CacheableResponseOptions.SharedByUsers"/>
    public bool SharedByUsers { get; set; }

    /// <inheritdoc cref="CacheableResponseOptions.KeyNamesContext"/>
    public bool KeyNamesContext { get; set; }

    /// <inheritdoc cref="CacheableResponseOptions.VaryByHeader"/>
    public string[] VaryByHeader { get; set; } = [];

    /// <inheritdoc cref="CacheableResponseOptions.VaryByCookie"/>
    public string[] VaryByCookie { get; set; } = [];

    /// <summary>See <see cref="CacheableResponseOptions.VaryByQuery"/>; null if the whole query counts. Default: null.</summary>
    public string[]? VaryByQuery { get; set; }

    /// <inheritdoc cref="CacheableResponseOptions.DependsOn"/>
    public string[] Tags { get; set; } = [];

    /// <summary>When it runs among other resource filters. Default: 0.</summary>
    public int Order { get; set; }

    /// <inheritdoc/>
    public async Task OnResourceExecutionAsync(ResourceExecutingContext context, ResourceExecutionDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        if (!context.IsEffectivePolicy(this))
        {
            // The action's own word wins.
            await next().ConfigureAwait(false);
            return;
        }

        if (!actions.TryGetValue(context.ActionDescriptor, out var responses))
        {
            var cache = context.HttpContext.RequestServices.GetService<ZooCache>() ?? ZooCache.Shared;
            responses = actions.GetValue(context.ActionDescriptor, _ => new ResponseCache(cache, ToOptions()));
        }

        var hasRun = false;
        await responses.InvokeAsync(context.HttpContext, async _ =>
        {
            hasRun = true;
            var executed = await next().ConfigureAwait(false);
            if (!executed.ExceptionHandled)
            {
                executed.ExceptionDispatchInfo?.Throw();
            }
        }).ConfigureAwait(false);
        if (!hasRun)
        {
            // It is answered.
            context.Result = new EmptyResult();
        }
    }

    private CacheableResponseOptions ToOptions()
    {
        var options = new CacheableResponseOptions
        {
            AbsoluteExpiration = AbsoluteExpirationSeconds == 0 ? null : TimeSpan.FromSeconds(AbsoluteExpirationSeconds),
            SlidingExpiration = SlidingExpirationSeconds == 0 ? null : TimeSpan.FromSeconds(SlidingExpirationSeconds),
            MaximumBodyBytes = MaximumBodyBytes, ForEachUser = ForEachUser, SharedByUsers = SharedByUsers, KeyNamesContext = KeyNamesContext,
        };
        options.VaryByHeader(VaryByHeader).VaryByCookie(VaryByCookie).DependsOn(Tags);
        return VaryByQuery is null ? options : options.VaryByQuery(VaryByQuery);
    }
}
