using ZooCache.EFCore;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Setup;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_api_is_the_approved_one()
    {
        var (approved, received) = PublicApiPrinter.Compare(typeof(CacheableOptions).Assembly);

        // To approve a change, copy PublicApi.ZooCache.EFCore.received.txt from the output folder over the approved file.
        Assert.Equal(approved, received);
    }
}
