using ZooCache.AspNetCore;
using ZooCache.EFCore;
using ZooCache.Lmdb;
using ZooCache.Redis;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Setup;

public sealed class PublicApiTests
{
    [Theory]
    [InlineData(typeof(CacheableOptions))]
    [InlineData(typeof(RedisOptions))]
    [InlineData(typeof(JsonFragment))]
    [InlineData(typeof(LmdbOptions))]
    public void The_public_api_is_the_approved_one(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        var (approved, received) = PublicApiPrinter.Compare(type.Assembly);

        // To approve a change, copy PublicApi.<assembly>.received.txt from the output folder over the approved file.
        Assert.Equal(approved, received);
    }
}
