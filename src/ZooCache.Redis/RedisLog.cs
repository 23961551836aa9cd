using System.Globalization;
using System.Text;
using StackExchange.Redis;

namespace ZooCache.Redis;

/// <summary>
/// The log of invalidations on Redis: a stream, with what belongs to it beside it, all under one prefix and one hash tag. Each operation is
/// one script, so that it is atomic and takes its time from the server. Thread-safe.
/// </summary>
/// <param name="connection">Gives the connection, and is disposed with the log.</param>
/// <param name="prefix">The cache's prefix.</param>
/// <param name="capacity">How many entries are kept, about.</param>
/// <param name="maxClockSkew">How far ahead of the server's clock a stamp may be.</param>
internal sealed class RedisLog(RedisConnection connection, string prefix, int capacity, TimeSpan maxClockSkew) : IInvalidationLog, IDisposable
{
    private const string Foreign = "What Redis has under the cache's prefix isn't ZooCache's log.";
    private static readonly string Script = Read();

    private readonly RedisConnection _connection = connection;

    private readonly RedisKey[] _keys =
    [
        $"{{{prefix}}}:log:state", $"{{{prefix}}}:log:entries", $"{{{prefix}}}:log:members", $"{{{prefix}}}:log:marks", $"{{{prefix}}}:log:facts",
    ];

    private readonly RedisChannel _channel = RedisChannel.Literal($"{{{prefix}}}:log");

    public void Dispose() => _connection.Dispose();

    public IDisposable Subscribe(Action<LogEntry> announced)
    {
        var subscription = new Subscription(this, announced);
        subscription.Begin();
        return subscription;
    }

    public async Task<LogJoined> JoinAsync(LogJoin request, CancellationToken cancellationToken)
    {
        var answer = await DoAsync(
            "join", request.Node,
            [
                Text(request.NewEpoch), request.Strict, Milliseconds(request.Lease), Milliseconds(request.SuspectTime), Text(request.Epoch),
                capacity, Milliseconds(maxClockSkew), .. request.Known.Select(n => (RedisValue)Text(n)),
            ]).ConfigureAwait(false);
        return new LogJoined(
            StateOf(answer),
            [.. ((RedisResult[])answer[7]!).Select(n => ulong.Parse((string)n!, CultureInfo.InvariantCulture))],
            [.. ((RedisResult[])answer[8]!).Select(m => EntryOf(m) ?? throw new FormatException(Foreign)).OrderBy(m => m.Stamp)],
            [.. ((RedisResult[])answer[9]!).Select(f => (ReadOnlyMemory<byte>)(byte[])f!)]);
    }

    public async Task<LogAppended> AppendAsync(LogAppend request, CancellationToken cancellationToken)
    {
        var answer = await DoAsync(
            "append", request.Node,
            [
                Text(request.Epoch), request.Proposed.Milliseconds, (int)request.Proposed.Counter, (int)request.Kind, Text(request.Position), Text(request.Told),
                Text(request.Write), request.Body,
            ]).ConfigureAwait(false);
        return new LogAppended(StateOf(answer), answer.Length > 7 && !answer[7].IsNull ? EntryOf(answer[7]) : null);
    }

    public async Task<LogState> TickAsync(LogTick request, CancellationToken cancellationToken)
        => StateOf(await DoAsync("tick", request.Node, [request.Renew, request.Since]).ConfigureAwait(false));

    public async Task<LogPage> ReadAsync(ulong node, HlcStamp after, int atMost, CancellationToken cancellationToken)
    {
        var answer = await DoAsync("read", node, [after.Milliseconds, (int)after.Counter, atMost]).ConfigureAwait(false);
        return new LogPage(StateOf(answer), [.. ((RedisResult[])answer[7]!).Select(EntryOf).OfType<LogEntry>()]);
    }

    public async Task<LogState> LeaveAsync(ulong node, CancellationToken cancellationToken)
        => StateOf(await DoAsync("leave", node, []).ConfigureAwait(false));

    /// <summary>Reads an entry as the script writes it; null if it is none.</summary>
    internal static LogEntry? EntryOf(ReadOnlyMemory<byte> bytes)
    {
        const int longestHead = 256;
        var end = bytes.Span[..Math.Min(bytes.Length, longestHead)].IndexOf((byte)'\n');
        if (end < 0)
        {
            return null;
        }

        var fields = Encoding.ASCII.GetString(bytes.Span[..end]).Split(' ');
        return fields.Length == 9
            && HlcStamp.TryParse($"{fields[0]}-{fields[1]}", out var stamp) && HlcStamp.TryParse($"{fields[2]}-{fields[3]}", out var previous)
            && byte.TryParse(fields[4], NumberStyles.None, CultureInfo.InvariantCulture, out var kind)
            && TryNumber(fields[5], out var node) && TryNumber(fields[6], out var position) && TryNumber(fields[7], out var told) && TryNumber(fields[8], out var write)
                ? new LogEntry(stamp, previous, (LogEntryKind)kind, node, position, told, write, bytes[(end + 1)..])
                : null;
    }

    private static LogEntry? EntryOf(RedisResult result) => EntryOf((byte[])result!);

    private static bool TryNumber(string text, out ulong number) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;

    private static string Read()
    {
        using var reader = new StreamReader(typeof(RedisLog).Assembly.GetManifestResourceStream("log.lua")!);
        return reader.ReadToEnd();
    }

    private static LogState StateOf(RedisResult[] answer)
        => HlcStamp.TryParse($"{(string)answer[1]!}-{(string)answer[2]!}", out var head) && TryNumber((string)answer[0]!, out var epoch)
            ? new LogState(epoch, head, (long)answer[3], (int)answer[4] == 1, (int)answer[5] == 1, (int)answer[6] == 1)
            : throw new FormatException(Foreign);

    private async Task<RedisResult[]> DoAsync(string operation, ulong node, RedisValue[] values)
    {
        var redis = await _connection.GetAsync().ConfigureAwait(false);
        var answer = await redis.GetDatabase().ScriptEvaluateAsync(Script, _keys, [operation, (string)_channel!, Text(node), .. values]).ConfigureAwait(false);
        return (RedisResult[])answer!;
    }

    /// <summary>The client subscribes again by itself when it has lost its connection. Entries are announced one by one, in their order.</summary>
    private sealed class Subscription(RedisLog log, Action<LogEntry> announced) : IDisposable
    {
        private volatile bool _ended;
        private volatile ChannelMessageQueue? _queue;

        internal void Begin() => _ = BeginAsync();

        public void Dispose()
        {
            _ended = true;
            Unsubscribe();
        }

        private void Unsubscribe()
        {
            try
            {
                _queue?.Unsubscribe(CommandFlags.FireAndForget);
            }
            catch (Exception exception) when (exception is RedisException or ObjectDisposedException)
            {
                // It ended with its connection.
            }
        }

        private async Task BeginAsync()
        {
            // Until it succeeds, nodes hear of entries at their next sign of life, which also counts what fails.
            while (!_ended)
            {
                try
                {
                    var redis = await log._connection.GetAsync().ConfigureAwait(false);

                    // Once and for all: the client goes on trying, and a failure would leave the handler behind.
                    _queue = await redis.GetSubscriber().SubscribeAsync(log._channel, CommandFlags.FireAndForget).ConfigureAwait(false);
                    _queue.OnMessage(Hear);
                    if (_ended)
                    {
                        Unsubscribe();
                    }

                    return;
                }
                catch (Exception)
                {
                    await Task.Delay(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
                }
            }
        }

        private void Hear(ChannelMessage message)
        {
            if (!_ended && EntryOf((byte[])message.Message!) is { } entry)
            {
                announced(entry);
            }
        }
    }
}
