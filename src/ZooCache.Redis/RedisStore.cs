using StackExchange.Redis;

namespace ZooCache.Redis;

/// <summary>Entries on Redis: a string each, under the cache's prefix and hash tag, with its expiration. Thread-safe.</summary>
/// <param name="connection">Gives the connection; whoever made it disposes it.</param>
/// <param name="prefix">The cache's prefix.</param>
internal sealed class RedisStore(RedisConnection connection, string prefix) : ICacheStore
{
    public async ValueTask<ReadOnlyMemory<byte>?> GetAsync(EntryName name)
    {
        var redis = await connection.GetAsync().ConfigureAwait(false);
        var value = await redis.GetDatabase().StringGetAsync(KeyOf(name)).ConfigureAwait(false);
        return value.IsNull ? default(ReadOnlyMemory<byte>?) : (ReadOnlyMemory<byte>)value;
    }

    public async ValueTask SetAsync(EntryName name, ReadOnlyMemory<byte> entry, TimeSpan expiration)
    {
        var redis = await connection.GetAsync().ConfigureAwait(false);

        // One command, whatever the client's version: users of Redis are given rights by name.
        await redis.GetDatabase().ExecuteAsync("SET", KeyOf(name), (RedisValue)entry, "PX", (long)Math.Max(expiration.TotalMilliseconds, 1)).ConfigureAwait(false);
    }

    private RedisKey KeyOf(EntryName name) => $"{{{prefix}}}:entry:{name}";
}
