namespace ZooCache.Tests;

/// <summary>A test that starts a Redis server.</summary>
public sealed class RedisFactAttribute : FactAttribute
{
    public RedisFactAttribute() => Skip = RedisProcess.SkipReason;
}

/// <summary>Tests that start a Redis server.</summary>
public sealed class RedisTheoryAttribute : TheoryAttribute
{
    public RedisTheoryAttribute() => Skip = RedisProcess.SkipReason;
}
