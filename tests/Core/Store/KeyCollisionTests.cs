using System.Reflection;
using static ZooCache.Core.Tests.Given;

namespace ZooCache.Core.Tests;

/// <summary>Two keys with one hash: the bytes decide.</summary>
public sealed class KeyCollisionTests
{
    // Turned red by leaving the bytes out of CacheKey.Equals, or of the comparer's Equals for CacheKey.
    [Fact]
    public void Two_keys_with_the_same_64_bits_are_two_entries_and_two_flights()
    {
        using var cache = Cache();
        var one = Key("one");
        var other = Key("other");
        typeof(CacheKey).GetField("<Hash>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic)!.SetValue(other, one.Hash);
        other.Hash.ShouldBe(one.Hash);
        one.Equals(other).ShouldBeFalse();

        cache.Store(cache.BeginFill(one, [Exact("t")]), "one").ShouldBe(StoreOutcome.Stored);
        cache.Store(cache.BeginFill(other, [Exact("t")]), "other").ShouldBe(StoreOutcome.Stored);
        cache.Read("one").ShouldBe("one");
        cache.GetStatistics().Entries.ShouldBe(2);

        cache.Flights.Join(one, mayWait: true, out _).Key.ShouldBeSameAs(one);
        cache.Flights.Join(other, mayWait: true, out var role).Key.ShouldBeSameAs(other);
        role.ShouldBe(FlightRole.Leader);
    }

    // Turned red by leaving the bytes out of the comparer's Equals for spans, by which every look-up goes.
    [Fact]
    public void A_look_up_whose_hash_code_is_that_of_another_key_does_not_find_it()
    {
        var (one, other) = Colliding();
        using var cache = Cache();
        cache.Load(one, "one", Exact("t"));
        cache.Get(other).ShouldBe(LookupStatus.NotFound);
        cache.Load(other, "other", Exact("t"));
        cache.Read(one).ShouldBe("one");
        cache.Read(other).ShouldBe("other");
    }

    /// <summary>Two names whose keys have one 32-bit hash code, which is what the dictionary goes by: half a million names
    /// have some thirty such pairs.</summary>
    private static (string One, string Other) Colliding()
    {
        var names = new Dictionary<int, string>();
        for (var i = 0; i < 1_000_000; i++)
        {
            var name = $"key {i}";
            var hashCode = Key(name).GetHashCode();
            if (!names.TryAdd(hashCode, name))
            {
                return (names[hashCode], name);
            }
        }

        throw new InvalidOperationException("A million names without a collision in 32 bits: the hash isn't one.");
    }
}
