using System.Globalization;

namespace ZooCache.Integration.Tests;

/// <summary>
/// A log does what the rules in C#, over memory, do: the same operations, at the times that it tells, have the same answers.
/// </summary>
internal static class LogConformance
{
    internal const int Capacity = 100_000;
    internal static readonly TimeSpan Drift = TimeSpan.FromSeconds(5);

    internal static async Task Run(IInvalidationLog log, int seed, int steps = 4_000)
    {
        var random = new Random(seed);
        var place = new LogPlace(new MemoryLogStorage(), Capacity, Drift);
        var (nodes, positions, epoch) = (new ulong[] { 1, 22, ulong.MaxValue - 5 }, new Dictionary<ulong, ulong>(), 0UL);
        var appended = new List<LogEntry>();
        place.Appended = appended.Add;
        for (var step = 0; step < steps; step++)
        {
            var node = nodes[random.Next(60) switch { 0 => 2, < 25 => 1, _ => 0 }];
            var what = $"step {step}, node {node}";
            switch (random.Next(20))
            {
                case 0 or 1:
                    var join = new LogJoin(node, (ulong)random.NextInt64(1, long.MaxValue), random.Next(40) == 0, TimeSpan.FromMilliseconds(random.Next(5, 60)), TimeSpan.FromMilliseconds(random.Next(60, 90)), (ulong)random.Next(2) * epoch, [.. nodes.Where(n => n != node && random.Next(3) == 0)]);
                    var joined = await log.JoinAsync(join, default);
                    var expected = place.Join(join, joined.State.Milliseconds);
                    ShouldBe(joined.State, expected.State, what);
                    joined.Members.Order().ShouldBe(expected.Members.Order(), what);
                    joined.Marks.Select(Text).ShouldBe(expected.Marks.Select(Text), what);
                    joined.Facts.Select(f => Convert.ToHexString(f.Span)).Order().ShouldBe(expected.Facts.Select(f => Convert.ToHexString(f.Span)).Order(), what);
                    epoch = joined.State.Epoch;
                    break;
                case 2:
                    if (random.Next(10) == 0)
                    {
                        var left = await log.LeaveAsync(node, default);
                        ShouldBe(left, place.Leave(node, left.Milliseconds), what);
                    }

                    break;
                case < 9:
                    var tick = new LogTick(node, random.Next(4) != 0, Now(random));
                    var state = await log.TickAsync(tick, default);
                    ShouldBe(state, place.Tick(tick, state.Milliseconds), what);
                    break;
                case < 11:
                    var after = appended.Count == 0 || random.Next(5) == 0 ? HlcStamp.None : appended[random.Next(appended.Count)].Stamp;
                    var page = await log.ReadAsync(node, after, 7, default);
                    var entries = place.Read(after, 7, node, page.State.Milliseconds);
                    ShouldBe(page.State, entries.State, what);
                    page.Entries.Select(Text).ShouldBe(entries.Entries.Select(Text), what);
                    break;
                default:
                    var kind = (LogEntryKind)random.Next(4);
                    var position = positions[node] = positions.GetValueOrDefault(node) + (ulong)(random.Next(8) == 0 ? 0 : 1);
                    var body = new byte[random.Next(40)];
                    random.NextBytes(body);
                    var proposed = random.Next(6) switch { 0 => HlcStamp.None, 1 => HlcStamp.Maximum, 2 => HlcStamp.At(Now(random) + 10_000), _ => HlcStamp.At(Now(random)) };
                    var append = new LogAppend(random.Next(15) == 0 ? 5 : epoch, proposed, kind, node, position, position, (ulong)random.Next(1, 4), body);
                    var answer = await log.AppendAsync(append, default);
                    var made = place.Append(append, answer.State.Milliseconds);
                    ShouldBe(answer.State, made.State, what);
                    (answer.Entry is null ? null : Text(answer.Entry)).ShouldBe(made.Entry is null ? null : Text(made.Entry), what);
                    break;
            }
        }

        appended.Select(e => e.Kind).Distinct().Count().ShouldBe(8);
    }

    private static long Now(Random random) => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() + random.Next(-80, 20);

    private static void ShouldBe(LogState actual, LogState expected, string what) => actual.ShouldBe(expected, what);

    private static string Text(LogEntry entry)
        => string.Create(CultureInfo.InvariantCulture, $"{entry.Stamp} after {entry.Previous} {entry.Kind} of {entry.Node} {entry.Position} {entry.Told} {entry.Write} {Convert.ToHexString(entry.Body.Span)}");
}
