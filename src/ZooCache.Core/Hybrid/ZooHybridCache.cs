using System.Collections.Concurrent;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.Values;

namespace ZooCache;

/// <summary>
/// Microsoft's <see cref="HybridCache"/> on a <see cref="ZooCache"/>: what is removed, by key or by tag, ends also what is being made, and results depend on the queries that
/// run while they are made. Thread-safe.
/// </summary>
internal sealed class ZooHybridCache : HybridCache
{
    private const string EverythingTag = "*";

    private readonly ZooCache cache;
    private readonly IServiceProvider services;
    private readonly ZooHybridCacheOptions settings;
    private readonly IHybridCacheSerializerFactory[] factories;
    private readonly LimitedForm plainForm;
    private readonly ConcurrentDictionary<Type, ValueForm> forms = new();

    internal ZooHybridCache(ZooCache cache, IServiceProvider services, ZooHybridCacheOptions settings)
    {
        settings.Validate();
        this.cache = cache;
        this.services = services;
        this.settings = settings;
        plainForm = new LimitedForm(settings.MaximumPayloadBytes);

        // Who comes last is asked first.
        factories = [.. services.GetServices<IHybridCacheSerializerFactory>().Reverse()];
    }

    public override ValueTask<T> GetOrCreateAsync<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        return GetOrCreateAsync(key.AsSpan(), state, factory, options, tags, cancellationToken);
    }

    public override ValueTask<T> GetOrCreateAsync<TState, T>(
        ReadOnlySpan<char> key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(factory);
        var flags = FlagsOf(options);
        if (key.Length > settings.MaximumKeyLength)
        {
            cache.RecordBypass("key-too-long");
            return Has(flags, HybridCacheEntryFlags.DisableUnderlyingData) ? default : factory(state, cancellationToken);
        }

        var asked = Has(flags, HybridCacheEntryFlags.DisableLocalCacheRead) ? Asked.Anew : Asked.Plainly;
        var buffer = KeyBuffer.Rent();
        try
        {
            TextKey.Write(buffer, KeySpace.Hybrid, key);
            return cache.Functions.TryGet<T>(buffer, asked, out var value, out var read, out var reason) ? new ValueTask<T>(value)
                : Has(flags, HybridCacheEntryFlags.DisableUnderlyingData) ? ValueOf(cache.Functions.GetAsync<T>(read, reason, asked, async: true, cancellationToken))
                : cache.Functions.CreateAsync(
                    read, reason, (factory, state), static (call, _, token) => call.factory(call.state, token), AskedBy<T>(options, tags), async: true, cancellationToken);
        }
        finally
        {
            buffer.Return();
        }
    }

    public override async ValueTask SetAsync<T>(
        string key, T value, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        cancellationToken.ThrowIfCancellationRequested();
        await cache.TellAsync(
            key.Length > settings.MaximumKeyLength ? null : cache.Functions.Set(KeyOf(key), value, AskedBy<T>(options, tags)), cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        await cache.TellAsync(cache.Functions.Remove(KeyOf(key)), cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default)
    {
        if (!string.IsNullOrWhiteSpace(tag))
        {
            await cache.InvalidateAsync(tag == EverythingTag ? HybridPaths.Everything : HybridPaths.Of(tag), cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask<T> ValueOf<T>(ValueTask<CacheResult<T>> result) => (await result.ConfigureAwait(false)).Value!;

    private static CacheKey KeyOf(string key)
    {
        var buffer = KeyBuffer.Rent();
        try
        {
            TextKey.Write(buffer, KeySpace.Hybrid, key);
            return new CacheKey(buffer.Written);
        }
        finally
        {
            buffer.Return();
        }
    }

    private static bool Has(HybridCacheEntryFlags flags, HybridCacheEntryFlags flag) => (flags & flag) != HybridCacheEntryFlags.None;

    private HybridCacheEntryFlags FlagsOf(HybridCacheEntryOptions? options) => options?.Flags ?? settings.DefaultEntryOptions?.Flags ?? HybridCacheEntryFlags.None;

    private CacheEntryOptions AskedBy<T>(HybridCacheEntryOptions? options, IEnumerable<string>? tags)
    {
        var flags = FlagsOf(options);
        var whole = options?.Expiration ?? settings.DefaultEntryOptions?.Expiration;
        var local = options?.LocalCacheExpiration ?? settings.DefaultEntryOptions?.LocalCacheExpiration;
        var expiration = local < whole || whole is null ? local : whole;
        return new CacheEntryOptions
        {
            TagPaths = PathsOf(tags),
            AbsoluteExpiration = expiration > TimeSpan.Zero ? expiration : null,
            Refresh = Has(flags, HybridCacheEntryFlags.DisableLocalCacheRead),
            KeepsNothing = Has(flags, HybridCacheEntryFlags.DisableLocalCacheWrite) || expiration <= TimeSpan.Zero,
            KeyNamesContext = settings.KeyNamesContext,
            StoresResult = !Has(flags, HybridCacheEntryFlags.DisableDistributedCache),
            Form = FormOf<T>(),
        };
    }

    private static List<TagPath> PathsOf(IEnumerable<string>? tags)
    {
        List<TagPath> paths = [HybridPaths.Everything];
        foreach (var tag in tags ?? [])
        {
            if (string.IsNullOrWhiteSpace(tag) || tag == EverythingTag)
            {
                throw new ArgumentException(tag == EverythingTag ? "The tag '*' stands for everything, and can't be given to a result." : "A tag is null or blank.", nameof(tags));
            }

            paths.Add(HybridPaths.Of(tag));
        }

        return paths;
    }

    private ValueForm FormOf<T>()
    {
        return forms.TryGetValue(typeof(T), out var known) ? known : forms.GetOrAdd(typeof(T), _ => Make());

        ValueForm Make()
        {
            if (services.GetService<IHybridCacheSerializer<T>>() is { } own)
            {
                return new SerializedForm<T>(own, settings.MaximumPayloadBytes);
            }

            foreach (var factory in factories)
            {
                if (factory.TryCreateSerializer<T>(out var made))
                {
                    return new SerializedForm<T>(made, settings.MaximumPayloadBytes);
                }
            }

            return plainForm;
        }
    }

    /// <summary>What is asked of a look-up: made once, so that a hit allocates nothing.</summary>
    private static class Asked
    {
        internal static CacheEntryOptions Plainly => CacheEntryOptions.Default;

        internal static CacheEntryOptions Anew { get; } = new() { Refresh = true };
    }
}
