using ZooCache.Codec;
using ZooCache.Tests;
using Xunit.Abstractions;
using static ZooCache.Core.Tests.Nodes.GivenNodes;

namespace ZooCache.Core.Tests.Codec;

/// <summary>What another process is told of a result is what was known of it, or nothing.</summary>
public sealed class StoredEntryTests(ITestOutputHelper output)
{
    private static readonly StoredEntry Sample = new(
        0x0102030405060708, HlcStamp.At(1_800_000_000_000).Next(), 1_800_000_000_000, 1_800_000_600_000, new byte[] { 1, 2, 3 },
        [new DependencyPath(TagPath.Parse("ef:shop:ORDERS").Append(7UL), Subtree: false), new DependencyPath(TagPath.Parse("ef:shop:LINES"), Subtree: true)],
        new byte[] { 9, 8 });

    [Fact]
    public void Any_entry_comes_back_as_it_was()
    {
        var random = new Random(StressSeed.Take(output));
        for (var left = 2_000; left > 0; left--)
        {
            var entry = new StoredEntry(
                (ulong)random.NextInt64(), new HlcStamp((ulong)random.NextInt64()), random.NextInt64(), random.Next(2) == 0 ? StoredEntry.Never : random.NextInt64(), Bytes(random, random.Next(300)),
                [.. Enumerable.Range(0, random.Next(5)).Select(_ => new DependencyPath(Path(random), random.Next(2) == 0))], Bytes(random, random.Next(300)));

            Said(StoredEntry.TryDecode(entry.Encode())).ShouldBe(Said(entry));
        }
    }

    [Fact]
    public void The_form_is_the_one_that_is_specified()
    {
        const string Version2 =
            "02C6E9E16497EB9EC40807060504030201010000505C18A30100505C18A3010000C0776518A3010000030102030204026566"
            + "0473686F70064F524445525300070000000000000000030265660473686F70054C494E4553010908";

        Convert.ToHexString(Sample.Encode()).ShouldBe(Version2);
        Said(StoredEntry.TryDecode(Convert.FromHexString(Version2))).ShouldBe(Said(Sample));
    }

    [Fact]
    public void What_is_damaged_or_cut_off_before_its_payload_is_no_entry()
    {
        var bytes = Sample.Encode();
        var head = bytes.Length - Sample.Payload.Length;
        for (var bit = 0; bit < 8 * head; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            StoredEntry.TryDecode(bytes).ShouldBeNull($"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        for (var length = 0; length < head; length++)
        {
            StoredEntry.TryDecode(bytes.AsMemory(0, length)).ShouldBeNull($"{length} bytes");
        }
    }

    [Fact]
    public void An_entry_has_no_more_dependencies_than_it_may()
    {
        var path = new DependencyPath(TagPath.Root, Subtree: false);

        StoredEntry.TryDecode((Sample with { Dependencies = [.. Enumerable.Repeat(path, StoredEntry.MostDependencies)] }).Encode()).ShouldNotBeNull();
        StoredEntry.TryDecode((Sample with { Dependencies = [.. Enumerable.Repeat(path, StoredEntry.MostDependencies + 1)] }).Encode()).ShouldBeNull();
    }

    private static string? Said(StoredEntry? entry)
        => entry is null ? null : $"{entry.Epoch} {entry.Stamp} {entry.LoadedAt} {entry.ExpiresAt} {Convert.ToHexString(entry.Key.Span)} {string.Join(' ', entry.Dependencies)} {Convert.ToHexString(entry.Payload.Span)}";
}
