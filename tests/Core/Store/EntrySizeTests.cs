using Xunit.Abstractions;
using static ZooCache.Core.Tests.Given;

namespace ZooCache.Core.Tests;

/// <summary>Alone in its collection, after all others: it weighs the process's heap.</summary>
[CollectionDefinition(nameof(EntrySizeTests), DisableParallelization = true)]
[Collection(nameof(EntrySizeTests))]
public sealed class EntrySizeTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(6)]
    public void What_an_entry_is_said_to_cost_is_what_it_costs(int dependencies)
    {
        const int count = 20_000;
        using var cache = Cache(configure: options => options.ByteBudget = long.MaxValue);
        var paths = new DependencyPath[count][];
        var keys = new byte[count][];
        for (var i = 0; i < count; i++)
        {
            paths[i] = [.. Enumerable.Range(0, dependencies).Select(d => new DependencyPath(TagPath.Of("ef", "database", $"t{d}", "id").Append((ulong)i), Subtree: false))];
            keys[i] = new byte[40];
            BitConverter.TryWriteBytes(keys[i], i);
        }

        var value = new object();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < count; i++)
        {
            cache.Store(cache.BeginFill(new CacheKey(keys[i]), paths[i]), value, size: 0);
        }

        var weighed = GC.GetTotalMemory(forceFullCollection: true) - before;
        var said = cache.Totals.Bytes;
        output.WriteLine($"{dependencies} dependencies: {weighed / count} bytes weighed, {said / count} said, per entry");
        GC.KeepAlive(paths);
        GC.KeepAlive(keys);
        ((double)said / weighed).ShouldBeInRange(0.9, 1.4);
    }
}
