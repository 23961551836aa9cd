namespace ZooCache;

/// <content>The results of calls.</content>
public sealed partial class ZooCache
{
    private FunctionCache? functions;

    internal FunctionCache Functions => functions ??= new FunctionCache(this);

    /// <summary>
    /// The result of a call: from the cache if it is there and nothing that it depends on has changed since, else by making it. Of several who ask at once, one makes it
    /// and the others wait (<see cref="CacheEntryOptions.FlightTimeout"/>).
    /// </summary>
    /// <remarks>
    /// <para>What <paramref name="create"/> throws, it throws to everybody who waits for it, and nothing is kept. If its caller cancels it, one of the others makes it.</para>
    /// <para>A result that can be changed is copied for each who gets it (<see cref="CacheEntryOptions.SharesValue"/>); null is a result.</para>
    /// </remarks>
    /// <typeparam name="T">The type of the result. A key under which there is a result of another type is made anew.</typeparam>
    /// <param name="key">Names the result: everything that it differs by is to be in it, such as the user or the tenant that it is for.</param>
    /// <param name="create">Makes the result; it names by the scope what it depends on.</param>
    /// <param name="options">What is asked; null for <see cref="ZooCacheOptions"/>' defaults.</param>
    /// <param name="cancellationToken">Ends the wait for others, and is given to <paramref name="create"/>.</param>
    /// <returns>The result.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> or <paramref name="create"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The call asks for itself, again and again; or for more than the cache promises.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask<T> GetOrCreateAsync<T>(
        string key, Func<CacheScope, CancellationToken, ValueTask<T>> create, CacheEntryOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(create);
        return GetOrCreateAsync(key, create, static (make, scope, token) => make(scope, token), options, cancellationToken);
    }

    /// <summary>As the other, with a state for <paramref name="create"/>, which can be static then: a call that hits allocates nothing.</summary>
    /// <typeparam name="TState">The type of the state.</typeparam>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="key">Names the result.</param>
    /// <param name="state">Is given to <paramref name="create"/>.</param>
    /// <param name="create">Makes the result.</param>
    /// <param name="options">What is asked; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the wait for others, and is given to <paramref name="create"/>.</param>
    /// <returns>The result.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> or <paramref name="create"/> is null.</exception>
    public ValueTask<T> GetOrCreateAsync<TState, T>(
        string key, TState state, Func<TState, CacheScope, CancellationToken, ValueTask<T>> create, CacheEntryOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(create);
        var buffer = KeyBuffer.Rent();
        try
        {
            TextKey.Write(buffer, KeySpace.Call, key);
            return Functions.GetOrCreateAsync(buffer, state, create, options ?? CacheEntryOptions.Default, async: true, cancellationToken);
        }
        finally
        {
            buffer.Return();
        }
    }

    /// <summary>As <see cref="GetOrCreateAsync{T}"/>, without a task. Who waits for another's call blocks his thread.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="key">Names the result.</param>
    /// <param name="create">Makes the result.</param>
    /// <param name="options">What is asked; null for the defaults.</param>
    /// <returns>The result.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> or <paramref name="create"/> is null.</exception>
    public T GetOrCreate<T>(string key, Func<CacheScope, T> create, CacheEntryOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(create);
        return GetOrCreate(key, create, static (make, scope) => make(scope), options);
    }

    /// <summary>As the other, with a state for <paramref name="create"/>, which can be static then: a call that hits allocates nothing.</summary>
    /// <typeparam name="TState">The type of the state.</typeparam>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="key">Names the result.</param>
    /// <param name="state">Is given to <paramref name="create"/>.</param>
    /// <param name="create">Makes the result.</param>
    /// <param name="options">What is asked; null for the defaults.</param>
    /// <returns>The result.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> or <paramref name="create"/> is null.</exception>
    public T GetOrCreate<TState, T>(string key, TState state, Func<TState, CacheScope, T> create, CacheEntryOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(create);
        var buffer = KeyBuffer.Rent();
        try
        {
            TextKey.Write(buffer, KeySpace.Call, key);
            return Functions.GetOrCreate(buffer, state, create, options ?? CacheEntryOptions.Default);
        }
        finally
        {
            buffer.Return();
        }
    }

    /// <summary>What there is under a key, and why nothing, if there is nothing.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="key">The key, as for <see cref="GetOrCreate{T}"/>.</param>
    /// <param name="options">What is asked; tags and durations have no effect. Null for the defaults.</param>
    /// <returns>The value, or the reason.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    public CacheResult<T> Get<T>(string key, CacheEntryOptions? options = null)
    {
        var found = GetAsync<T>(key, options, async: false, CancellationToken.None);
        return found.IsCompleted ? found.Result : found.AsTask().GetAwaiter().GetResult();
    }

    /// <summary>As <see cref="Get{T}"/>, without blocking where the log has to be asked.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="options">What is asked; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The value, or the reason.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    public ValueTask<CacheResult<T>> GetAsync<T>(string key, CacheEntryOptions? options = null, CancellationToken cancellationToken = default)
        => GetAsync<T>(key, options, async: true, cancellationToken);

    /// <summary>Puts a value under a key, in place of what is there or under way, on this node; the others drop what they have, as by <see cref="Invalidate(string)"/>.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="value">The value. One that can be changed is copied.</param>
    /// <param name="options">Its tags and durations; null for the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    public void Set<T>(string key, T value, CacheEntryOptions? options = null)
        => Tell(Functions.Set(CallKey(key), value, options ?? CacheEntryOptions.Default));

    /// <summary>As <see cref="Set{T}"/>, without blocking.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="options">Its tags and durations; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the wait for the other nodes; they are told all the same.</param>
    /// <returns>Ends when the others know, or after <see cref="NodeOptions.AppendWait"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    public Task SetAsync<T>(string key, T value, CacheEntryOptions? options = null, CancellationToken cancellationToken = default)
        => TellAsync(Functions.Set(CallKey(key), value, options ?? CacheEntryOptions.Default), cancellationToken);

    /// <summary>Drops what is under a key, and whatever depends on it, on all nodes. What is being made for it is not kept.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    public void Remove(string key) => Tell(Functions.Remove(CallKey(key)));

    /// <summary>As <see cref="Remove"/>, without blocking.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Ends the wait for the other nodes; they are told all the same.</param>
    /// <returns>Ends when the others know, or after <see cref="NodeOptions.AppendWait"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="key"/> is null.</exception>
    public Task RemoveAsync(string key, CancellationToken cancellationToken = default) => TellAsync(Functions.Remove(CallKey(key)), cancellationToken);

    /// <summary>The version of a tag: it grows whenever the tag, or one above it, is invalidated. Of a tag that was invalidated long ago, or never, it may be
    /// larger than it has to be.</summary>
    /// <param name="tag">The tag.</param>
    /// <returns>The version, which means nothing in another process.</returns>
    /// <exception cref="ArgumentException"><paramref name="tag"/> is null or empty.</exception>
    /// <exception cref="FormatException"><paramref name="tag"/> is not a tag.</exception>
    public long GetTagVersion(string tag) => Trie.VersionOf(TagPath.Parse(tag));

    private static CacheKey CallKey(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var buffer = KeyBuffer.Rent();
        try
        {
            TextKey.Write(buffer, KeySpace.Call, key);
            return new CacheKey(buffer.Written);
        }
        finally
        {
            buffer.Return();
        }
    }

    private ValueTask<CacheResult<T>> GetAsync<T>(string key, CacheEntryOptions? options, bool async, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        options ??= CacheEntryOptions.Default;
        var buffer = KeyBuffer.Rent();
        try
        {
            TextKey.Write(buffer, KeySpace.Call, key);
            return Functions.TryGet<T>(buffer, options, out var value, out var read, out var reason)
                ? new ValueTask<CacheResult<T>>(new CacheResult<T>(value))
                : Functions.GetAsync<T>(read, reason, options, async, cancellationToken);
        }
        finally
        {
            buffer.Return();
        }
    }
}
