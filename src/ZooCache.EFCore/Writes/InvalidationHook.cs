namespace ZooCache.EFCore.Writes;

/// <summary>Calls what the application gave to <c>OnInvalidated(…)</c>. What that throws is counted and goes no further: the
/// write is done, and its caller must not be told otherwise.</summary>
internal static class InvalidationHook
{
    internal static void Call(ZooCache cache, Action<InvalidationInfo> hook, InvalidationInfo info)
    {
        try
        {
            hook(info);
        }
#pragma warning disable CA1031 // Whatever it is.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            cache.Counters.HookFailed(exception);
        }
    }
}
