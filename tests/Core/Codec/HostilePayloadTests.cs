using System.Buffers.Binary;
using ZooCache.Codec;
using ZooCache.RowSets;
using ZooCache.Tests;
using Xunit.Abstractions;
using static ZooCache.Core.Tests.Codec.GivenRowSets;

namespace ZooCache.Core.Tests.Codec;

/// <summary>
/// Payloads that were changed at random, with a check sum that fits: whatever they say, it is a fault or a result, within the limit, and no exception.
/// <c>ZOOCACHE_CODEC_MUTATIONS</c> sets how many.
/// </summary>
public sealed class HostilePayloadTests(ITestOutputHelper output)
{
    private const long Limit = 64 * 1024;

    private static readonly byte[] Interesting = [0x00, 0x01, 0x7F, 0x80, 0x90, 0xC0, 0xC4, 0xC6, 0xC9, 0xCB, 0xCF, 0xD3, 0xD8, 0xDB, 0xDD, 0xDF, 0xE0, 0xFF];

    [Fact]
    public void Whatever_a_payload_says_it_is_a_fault_or_a_result_within_the_limit()
    {
        var mutations = TestSize.Of("ZOOCACHE_CODEC_MUTATIONS", 30_000);
        var seed = StressSeed.Take(output);
        var random = new Random(seed);
        var faults = new Dictionary<PayloadFault, int>();
        var codec = new PayloadCodec(Lz4Compressor.Instance, compressFrom: 128);
        for (var done = 0; done < mutations;)
        {
            var rows = Any(random);
            var payload = codec.Encode(rows)!;
            if (payload.Length > 20_000)
            {
                continue;
            }

            for (var i = 0; i < 20; i++, done++)
            {
                var changed = Change(payload, random);
                var before = GC.GetAllocatedBytesForCurrentThread();
                var fault = codec.TryDecode(changed, rows.Layout, Limit, out var read);
                var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

                // With what it is decompressed into, three times the limit, which comes from a pool that may have to make it, up to twice as large.
                allocated.ShouldBeLessThan((7 * Limit) + 64_000, $"mutation {done}: {fault}");
                faults[fault] = faults.GetValueOrDefault(fault) + 1;
                if (read is not null)
                {
                    read.Size.ShouldBeLessThanOrEqualTo(Limit + 96);
                    codec.TryDecode(codec.Encode(read)!, rows.Layout, 2 * Limit, out var again).ShouldBe(PayloadFault.None, "every value of it is one");
                    Text(again!).ShouldBe(Text(read));
                }
            }
        }

        output.WriteLine(string.Join(", ", faults.Select(f => $"{f.Key} {f.Value}")));
        faults.ShouldContainKey(PayloadFault.None);
        faults.ShouldContainKey(PayloadFault.Malformed);
        faults.ShouldContainKey(PayloadFault.OtherColumns);
    }

    private static byte[] Change(byte[] payload, Random random)
    {
        List<byte> changed = [.. payload];
        for (var left = random.Next(1, 5); left > 0; left--)
        {
            var at = random.Next(random.Next(3) == 0 ? 0 : Math.Min(PayloadCodec.HeaderBytes, changed.Count), changed.Count + 1);
            if (at >= changed.Count)
            {
                changed.Add((byte)random.Next(256));
                continue;
            }

            switch (random.Next(6))
            {
                case 0: changed[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: changed[at] = Interesting[random.Next(Interesting.Length)]; break;
                case 2: changed.Insert(at, (byte)random.Next(256)); break;
                case 3: changed.RemoveRange(at, Math.Min(random.Next(1, 9), changed.Count - at)); break;
                case 4: changed.InsertRange(at, changed.GetRange(at, Math.Min(random.Next(1, 9), changed.Count - at))); break;
                default: changed.RemoveRange(at, changed.Count - at); break;
            }
        }

        byte[] bytes = [.. changed];
        if (bytes.Length >= PayloadCodec.HeaderBytes)
        {
            if (bytes[1] == 0 && random.Next(4) > 0)
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), bytes.Length - PayloadCodec.HeaderBytes);
            }

            BinaryPrimitives.WriteUInt64LittleEndian(
                bytes.AsSpan(8), XxHash64.Hash(bytes.AsSpan(PayloadCodec.HeaderBytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes)));
        }

        return bytes;
    }
}
