using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ZooCache.AspNetCore.Responses;

namespace ZooCache.AspNetCore;

/// <summary>
/// Keeps the responses of an action, or of all actions of a controller, as <c>.Cacheable()</c> does those of endpoints. What filters of authorization do, they do before.
/// Thread-safe.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class CacheableResponseAttribute : Attribute, IAsyncResourceFilter, IOrderedFilter
{
    private readonly ConditionalWeakTable<object, ResponseCache> actions = [];

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
        if (!context.IsEffectivePolicy(this) || context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<ZooCacheEndpointConventionBuilderExtensions.CacheableEndpoint>() is { IsCacheable: false } || !IsUntouched(context))
        {
            // The action's own word wins; and what filters of authorization have left for the action isn't seen.
            await next().ConfigureAwait(false);
            return;
        }

        // One action may have several routes.
        var action = context.HttpContext.GetEndpoint() ?? (object)context.ActionDescriptor;
        if (!actions.TryGetValue(action, out var responses))
        {
            var cache = context.HttpContext.RequestServices.GetService<ZooCache>() ?? ZooCache.Shared;
            responses = actions.GetValue(action, _ => new ResponseCache(cache, ToOptions()));
        }

        // What filters do around a result is part of what was kept. Without a result, none run around what was there.
        await responses.InvokeAsync(context.HttpContext, async _ =>
        {
            var executed = await next().ConfigureAwait(false);
            if (!executed.ExceptionHandled)
            {
                executed.ExceptionDispatchInfo?.Throw();
            }
        }).ConfigureAwait(false);
    }

    private static bool IsUntouched(ResourceExecutingContext context)
    {
        var tokens = context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<IDataTokensMetadata>()?.DataTokens;
        return context.ModelState.Count == 0
            && context.ValueProviderFactories.SequenceEqual(context.HttpContext.RequestServices.GetRequiredService<IOptions<MvcOptions>>().Value.ValueProviderFactories)
            && context.RouteData.DataTokens.Count == (tokens?.Count ?? 0)
            && context.RouteData.DataTokens.All(t => tokens!.TryGetValue(t.Key, out var value) && Equals(value, t.Value));
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
