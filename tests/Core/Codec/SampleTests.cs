using ZooCache.Codec;
using ZooCache.RowSets;
using static ZooCache.Core.Tests.Codec.GivenRowSets;

namespace ZooCache.Core.Tests.Codec;

/// <summary>What was stored by an earlier version is read by this one. A sample is never changed; a new form gets a new version, and samples of its own.</summary>
public sealed class SampleTests
{
    private static readonly RowSet Expected = Of(
        [
            ValueKind.Boolean, ValueKind.Byte, ValueKind.SByte, ValueKind.Int16, ValueKind.UInt16, ValueKind.Int32, ValueKind.UInt32, ValueKind.Int64, ValueKind.UInt64,
            ValueKind.Single, ValueKind.Double, ValueKind.Char, ValueKind.DateTime, ValueKind.TimeSpan, ValueKind.DateOnly, ValueKind.TimeOnly, ValueKind.Decimal,
            ValueKind.Guid, ValueKind.DateTimeOffset, ValueKind.String, ValueKind.Bytes, ValueKind.Object, ValueKind.Unsupported,
        ],
        [
            true, (byte)200, (sbyte)-100, (short)-30_000, (ushort)60_000, -2_000_000_000, 4_000_000_000u, -9_000_000_000_000_000_000L, 18_000_000_000_000_000_000UL,
            1.5f, -0d, 'ß', new DateTime(2026, 11, 29, 10, 20, 30, DateTimeKind.Utc).AddTicks(1234567), TimeSpan.FromTicks(-1), new DateOnly(2026, 11, 29),
            new TimeOnly(23, 59, 59), -12.30m, new Guid("00112233-4455-6677-8899-aabbccddeeff"), new DateTimeOffset(2026, 11, 29, 10, 20, 30, TimeSpan.FromMinutes(-90)),
            "Straße 漢字 \U0001F600", new byte[] { 0, 1, 255 }, 7L, null,
        ],
        [
            null, null, null, null, null, null, null, null, null, null, null, null, new DateTime(1, 1, 1, 0, 0, 0, DateTimeKind.Local), null, null, null, null, null, null,
            "\uD800", null, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Unspecified), null,
        ]);

    [Fact]
    public void Samples_of_version_1_say_what_they_said()
    {
        var samples = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "payload-v1.txt")).Select(Convert.FromHexString).ToList();
        samples.Count.ShouldBe(2);
        samples[1][1].ShouldBe(Lz4Compressor.Instance.Id);
        foreach (var sample in samples)
        {
            PayloadCodec.Default.TryDecode(sample, Expected.Layout, 1 << 20, out var rows).ShouldBe(PayloadFault.None);
            Text(rows!).ShouldBe(Text(Expected));
        }

        Convert.ToHexString(new PayloadCodec(compressor: null).Encode(Expected)!).ShouldBe(Convert.ToHexString(samples[0]));
    }
}
