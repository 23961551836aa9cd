namespace ZooCache.Tests;

/// <summary>A test that starts a Redis server.</summary>
public sealed class RedisFactAttribute : FactAttribute
{
    public RedisFactAttribute() => Skip = RedisProcess.SkipReason;
}
