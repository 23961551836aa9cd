using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ZooCache;

/// <summary>
/// Functions whose results a cache keeps by their arguments: <c>var price = cache.Memoize((int id) => PriceOf(id));</c> and then <c>price(42)</c>. What is made may be
/// called by several threads at once, if what it was made of may.
/// </summary>
/// <remarks>
/// An argument of a type that can't be part of a key is an <see cref="ArgumentException"/> when the function is called; a <see cref="CancellationToken"/> is no part of it.
/// What the function depends on besides its arguments is named by <see cref="CacheScope.Current"/> or by <see cref="CacheEntryOptions.Tags"/>. Everything else is as with
/// <see cref="ZooCache.GetOrCreateAsync{T}"/>.
/// </remarks>
public static class ZooCacheMemoizeExtensions
{
    private static long memoized;

    /// <summary>Keeps the results of a function by its arguments.</summary>
    /// <typeparam name="T">The type of the argument.</typeparam>
    /// <typeparam name="TResult">The type of the result.</typeparam>
    /// <param name="cache">The cache.</param>
    /// <param name="function">The function.</param>
    /// <param name="name">Names the function: functions of one name, and of as many arguments, share their results. Null gives this one results of its own.</param>
    /// <param name="options">What is asked of the results; null for the defaults.</param>
    /// <returns>The function that asks the cache first.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="cache"/> or <paramref name="function"/> is null.</exception>
    /// <exception cref="ArgumentException"><typeparamref name="TResult"/> is a task, or another result that isn't there yet: use <c>MemoizeAsync</c>.</exception>
    public static Func<T, TResult> Memoize<T, TResult>(this ZooCache cache, Func<T, TResult> function, string? name = null, CacheEntryOptions? options = null)
    {
        var memo = new Memo<ValueTuple<T>, TResult>(cache, function, name, 1, options);
        return a => memo.Call(ValueTuple.Create(a), all => function(all.Item1));
    }

    /// <summary>As the other.</summary>
    /// <typeparam name="T1">The type of the first argument.</typeparam>
    /// <typeparam name="T2">The type of the second argument.</typeparam>
    /// <typeparam name="TResult">The type of the result.</typeparam>
    /// <param name="cache">The cache.</param>
    /// <param name="function">The function.</param>
    /// <param name="name">Names the function: functions of one name, and of as many arguments, share their results. Null gives this one results of its own.</param>
    /// <param name="options">What is asked of the results; null for the defaults.</param>
    /// <returns>The function that asks the cache first.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="cache"/> or <paramref name="function"/> is null.</exception>
    public static Func<T1, T2, TResult> Memoize<T1, T2, TResult>(this ZooCache cache, Func<T1, T2, TResult> function, string? name = null, CacheEntryOptions? options = null)
    {
        var memo = new Memo<(T1, T2), TResult>(cache, function, name, 2, options);
        return (a1, a2) => memo.Call((a1, a2), all => function(all.Item1, all.Item2));
    }

    /// <summary>As the other.</summary>
    /// <typeparam name="T1">The type of the first argument.</typeparam>
    /// <typeparam name="T2">The type of the second argument.</typeparam>
    /// <typeparam name="T3">The type of the third argument.</typeparam>
    /// <typeparam name="TResult">The type of the result.</typeparam>
    /// <param name="cache">The cache.</param>
    /// <param name="function">The function.</param>
    /// <param name="name">Names the function: functions of one name, and of as many arguments, share their results. Null gives this one results of its own.</param>
    /// <param name="options">What is asked of the results; null for the defaults.</param>
    /// <returns>The function that asks the cache first.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="cache"/> or <paramref name="function"/> is null.</exception>
    public static Func<T1, T2, T3, TResult> Memoize<T1, T2, T3, TResult>(this ZooCache cache, Func<T1, T2, T3, TResult> function, string? name = null, CacheEntryOptions? options = null)
    {
        var memo = new Memo<(T1, T2, T3), TResult>(cache, function, name, 3, options);
        return (a1, a2, a3) => memo.Call((a1, a2, a3), all => function(all.Item1, all.Item2, all.Item3));
    }

    /// <summary>As the other.</summary>
    /// <typeparam name="T1">The type of the first argument.</typeparam>
    /// <typeparam name="T2">The type of the second argument.</typeparam>
    /// <typeparam name="T3">The type of the third argument.</typeparam>
    /// <typeparam name="T4">The type of the fourth argument.</typeparam>
    /// <typeparam name="TResult">The type of the result.</typeparam>
    /// <param name="cache">The cache.</param>
    /// <param name="function">The function.</param>
    /// <param name="name">Names the function: functions of one name, and of as many arguments, share their results. Null gives this one results of its own.</param>
    /// <param name="options">What is asked of the results; null for the defaults.</param>
    /// <returns>The function that asks the cache first.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="cache"/> or <paramref name="function"/> is null.</exception>
    public static Func<T1, T2, T3, T4, TResult> Memoize<T1, T2, T3, T4, TResult>(this ZooCache cache, Func<T1, T2, T3, T4, TResult> function, string? name = null, CacheEntryOptions? options = null)
    {
        var memo = new Memo<(T1, T2, T3, T4), TResult>(cache, function, name, 4, options);
        return (a1, a2, a3, a4) => memo.Call((a1, a2, a3, a4), all => function(all.Item1, all.Item2, all.Item3, all.Item4));
    }

    /// <summary>Keeps the results of an asynchronous function by its arguments.</summary>
    /// <typeparam name="T">The type of the argument.</typeparam>
    /// <typeparam name="TResult">The type of the result.</typeparam>
    /// <param name="cache">The cache.</param>
    /// <param name="function">The function.</param>
    /// <param name="name">Names the function: functions of one name, and of as many arguments, share their results. Null gives this one results of its own.</param>
    /// <param name="options">What is asked of the results; null for the defaults.</param>
    /// <returns>The function that asks the cache first.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="cache"/> or <paramref name="function"/> is null.</exception>
    public static Func<T, CancellationToken, Task<TResult>> MemoizeAsync<T, TResult>(this ZooCache cache, Func<T, CancellationToken, Task<TResult>> function, string? name = null, CacheEntryOptions? options = null)
    {
        var memo = new Memo<ValueTuple<T>, TResult>(cache, function, name, 1, options);
        return (a, token) => memo.CallAsync(ValueTuple.Create(a), (all, cancel) => function(all.Item1, cancel), token);
    }

    /// <summary>As the other.</summary>
    /// <typeparam name="T1">The type of the first argument.</typeparam>
    /// <typeparam name="T2">The type of the second argument.</typeparam>
    /// <typeparam name="TResult">The type of the result.</typeparam>
    /// <param name="cache">The cache.</param>
    /// <param name="function">The function.</param>
    /// <param name="name">Names the function: functions of one name, and of as many arguments, share their results. Null gives this one results of its own.</param>
    /// <param name="options">What is asked of the results; null for the defaults.</param>
    /// <returns>The function that asks the cache first.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="cache"/> or <paramref name="function"/> is null.</exception>
    public static Func<T1, T2, CancellationToken, Task<TResult>> MemoizeAsync<T1, T2, TResult>(this ZooCache cache, Func<T1, T2, CancellationToken, Task<TResult>> function, string? name = null, CacheEntryOptions? options = null)
    {
        var memo = new Memo<(T1, T2), TResult>(cache, function, name, 2, options);
        return (a1, a2, token) => memo.CallAsync((a1, a2), (all, cancel) => function(all.Item1, all.Item2, cancel), token);
    }

    /// <summary>As the other.</summary>
    /// <typeparam name="T1">The type of the first argument.</typeparam>
    /// <typeparam name="T2">The type of the second argument.</typeparam>
    /// <typeparam name="T3">The type of the third argument.</typeparam>
    /// <typeparam name="TResult">The type of the result.</typeparam>
    /// <param name="cache">The cache.</param>
    /// <param name="function">The function.</param>
    /// <param name="name">Names the function: functions of one name, and of as many arguments, share their results. Null gives this one results of its own.</param>
    /// <param name="options">What is asked of the results; null for the defaults.</param>
    /// <returns>The function that asks the cache first.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="cache"/> or <paramref name="function"/> is null.</exception>
    public static Func<T1, T2, T3, CancellationToken, Task<TResult>> MemoizeAsync<T1, T2, T3, TResult>(this ZooCache cache, Func<T1, T2, T3, CancellationToken, Task<TResult>> function, string? name = null, CacheEntryOptions? options = null)
    {
        var memo = new Memo<(T1, T2, T3), TResult>(cache, function, name, 3, options);
        return (a1, a2, a3, token) => memo.CallAsync((a1, a2, a3), (all, cancel) => function(all.Item1, all.Item2, all.Item3, cancel), token);
    }

    /// <summary>As the other.</summary>
    /// <typeparam name="T1">The type of the first argument.</typeparam>
    /// <typeparam name="T2">The type of the second argument.</typeparam>
    /// <typeparam name="T3">The type of the third argument.</typeparam>
    /// <typeparam name="T4">The type of the fourth argument.</typeparam>
    /// <typeparam name="TResult">The type of the result.</typeparam>
    /// <param name="cache">The cache.</param>
    /// <param name="function">The function.</param>
    /// <param name="name">Names the function: functions of one name, and of as many arguments, share their results. Null gives this one results of its own.</param>
    /// <param name="options">What is asked of the results; null for the defaults.</param>
    /// <returns>The function that asks the cache first.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="cache"/> or <paramref name="function"/> is null.</exception>
    public static Func<T1, T2, T3, T4, CancellationToken, Task<TResult>> MemoizeAsync<T1, T2, T3, T4, TResult>(this ZooCache cache, Func<T1, T2, T3, T4, CancellationToken, Task<TResult>> function, string? name = null, CacheEntryOptions? options = null)
    {
        var memo = new Memo<(T1, T2, T3, T4), TResult>(cache, function, name, 4, options);
        return (a1, a2, a3, a4, token) => memo.CallAsync((a1, a2, a3, a4), (all, cancel) => function(all.Item1, all.Item2, all.Item3, all.Item4, cancel), token);
    }

    /// <summary>A function by the tuple of its arguments.</summary>
    private sealed class Memo<TArguments, TResult>
        where TArguments : struct, ITuple
    {
        private readonly ZooCache cache;
        private readonly CacheEntryOptions options;
        private readonly string? name;
        private readonly long number = Interlocked.Increment(ref memoized);
        private readonly string[] arguments;

        internal Memo(ZooCache cache, Delegate function, string? name, int count, CacheEntryOptions? options)
        {
            ArgumentNullException.ThrowIfNull(cache);
            ArgumentNullException.ThrowIfNull(function);
            ResultType<TResult>.ThrowIfYetToCome(nameof(function));
            this.cache = cache;
            this.name = name;
            this.options = options ?? CacheEntryOptions.Default;

            // What a delegate is closed over comes before its arguments, and a token after them.
            var parameters = function.Method.GetParameters().Where(p => p.ParameterType != typeof(CancellationToken)).TakeLast(count).Select(p => p.Name).ToList();
            arguments = [.. Enumerable.Range(0, count).Select(i => (i < parameters.Count ? parameters[i] : null) ?? $"{i + 1}")];
        }

        internal TResult Call(TArguments all, Func<TArguments, TResult> function)
        {
            var key = KeyBuffer.Rent();
            try
            {
                Write(key, all);
                return cache.Functions.GetOrCreate(key, (function, all), static (call, _) => call.function(call.all), options);
            }
            finally
            {
                key.Return();
            }
        }

        internal Task<TResult> CallAsync(TArguments all, Func<TArguments, CancellationToken, Task<TResult>> function, CancellationToken cancellationToken)
        {
            var key = KeyBuffer.Rent();
            try
            {
                Write(key, all);
                return cache.Functions.GetOrCreateAsync(
                    key, (function, all), static (call, _, token) => new ValueTask<TResult>(call.function(call.all, token)), options, async: true, cancellationToken).AsTask();
            }
            finally
            {
                key.Return();
            }
        }

        private void Write(KeyBuffer key, TArguments all)
        {
            key.Write((long)KeySpace.Memoized);
            if (name is null)
            {
                KeyScalars.Write(key, KeyTag.Int64, number);
            }
            else
            {
                KeyScalars.WriteBytes(key, KeyTag.String, MemoryMarshal.AsBytes(name.AsSpan()));
            }

            for (var i = 0; i < arguments.Length; i++)
            {
                ArgumentKey.Write(key, all[i], arguments[i]);
            }
        }
    }
}
