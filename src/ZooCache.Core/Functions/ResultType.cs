namespace ZooCache;

/// <summary>Whether values of a type are results already.</summary>
internal static class ResultType<T>
{
    private static readonly bool IsYetToCome =
        typeof(Task).IsAssignableFrom(typeof(T)) || typeof(T) == typeof(ValueTask) || typeof(IQueryable).IsAssignableFrom(typeof(T))
        || (typeof(T).IsConstructedGenericType && typeof(T).GetGenericTypeDefinition() is var definition && (definition == typeof(ValueTask<>) || definition == typeof(IAsyncEnumerable<>)));

    /// <exception cref="ArgumentException">They aren't.</exception>
    internal static void ThrowIfYetToCome(string? parameter = null)
    {
        if (IsYetToCome)
        {
            throw new ArgumentException(
                $"{typeof(T)} isn't a result yet, and can't be kept. Use GetOrCreateAsync or MemoizeAsync, with a function that is awaited; or read into a list.", parameter);
        }
    }
}
