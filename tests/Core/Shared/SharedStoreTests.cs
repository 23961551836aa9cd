using Microsoft.Extensions.Logging.Abstractions;
using ZooCache.Codec;
using ZooCache.Tests;

namespace ZooCache.Core.Tests.Shared;

/// <summary>A store of which nothing is expected, and what becomes of what it gives, refuses, or doesn't answer.</summary>
public sealed class SharedStoreTests
{
    private static readonly byte[] Key = [1, 2, 3];
    private static readonly StoreOptions Limits = new() { MaximumEntryBytes = 1_000, Expiration = TimeSpan.FromMinutes(10) };

    private readonly ManualTimeProvider _time = new();
    private readonly CacheCounters _counters = new("zoo", NullLogger.Instance);
    private readonly StoreDouble _double = new();
    private readonly SharedStore _store;

    public SharedStoreTests() => _store = new SharedStore(_double, Limits, _time, _counters);

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    [Fact]
    public async Task What_was_kept_is_found_by_its_key()
    {
        var entry = Entry(Now + 60_000);
        _ = _store.KeepAsync(entry);

        (await _store.FindAsync(Key))!.Stamp.ShouldBe(entry.Stamp);
        (await _store.FindAsync(new byte[] { 1 })).ShouldBeNull();
        _double.Expirations.ShouldBe([TimeSpan.FromSeconds(60)]);
        (_counters.StoreMisses.Snapshot()["absent"], _counters.StoreKept.Value).ShouldBe((1, 1));
    }

    [Fact]
    public void Everything_goes_some_time()
    {
        _ = _store.KeepAsync(Entry(StoredEntry.Never));
        _ = _store.KeepAsync(Entry(Now + 3_600_000));
        _ = _store.KeepAsync(Entry(Now));

        _double.Expirations.ShouldBe([Limits.Expiration, Limits.Expiration]);
        _counters.StoreRejects.Snapshot()["expired"].ShouldBe(1);
    }

    [Theory]
    [InlineData("expired")]
    [InlineData("other_key")]
    [InlineData("unreadable")]
    [InlineData("too_large")]
    public async Task What_is_found_and_of_no_use_is_a_miss_with_its_reason(string reason)
    {
        _double.Entries[EntryName.Of(Key)] = reason switch
        {
            "expired" => Entry(Now).Encode(),
            "other_key" => (Entry(Now + 1) with { Key = new byte[] { 7 } }).Encode(),
            "too_large" => (Entry(Now + 1) with { Payload = new byte[2_000] }).Encode(),
            _ => new byte[] { 99 },
        };

        (await _store.FindAsync(Key)).ShouldBeNull();

        _counters.StoreMisses.Snapshot().ShouldBe([new KeyValuePair<string, long>(reason, 1)]);
        _store.IsReachable.ShouldBeTrue();
    }

    [Fact]
    public void What_is_too_long_isnt_kept()
    {
        _ = _store.KeepAsync(Entry(StoredEntry.Never) with { Payload = new byte[1_000] });

        _double.Entries.ShouldBeEmpty();
        _counters.StoreRejects.Snapshot()["too_large"].ShouldBe(1);
    }

    // Turned red by asking whatever the breaker says.
    [Fact]
    public async Task A_store_that_fails_is_left_alone_and_tried_again_by_one()
    {
        _double.Fails = true;
        (await _store.FindAsync(Key)).ShouldBeNull();
        (await _store.FindAsync(Key)).ShouldBeNull();
        _ = _store.KeepAsync(Entry(StoredEntry.Never));
        _double.Requests.ShouldBe(1);
        _counters.LastStoreFailure.ShouldBe("It fails.");
        _counters.StoreMisses.Snapshot()["failed"].ShouldBe(1);
        _counters.StoreMisses.Snapshot()["unreachable"].ShouldBe(1);
        _counters.StoreRejects.Snapshot()["unreachable"].ShouldBe(1);

        _time.Advance(TimeSpan.FromSeconds(1));
        await _store.FindAsync(Key);
        _time.Advance(TimeSpan.FromSeconds(1));
        await _store.FindAsync(Key);
        _double.Requests.ShouldBe(2, "the second pause is twice as long");

        _double.Fails = false;
        _double.Holds = true;
        _time.Advance(TimeSpan.FromSeconds(1));
        var first = _store.FindAsync(Key);
        (await _store.FindAsync(Key)).ShouldBeNull("one finds out");
        _double.Requests.ShouldBe(3);
        _double.Release();
        (await first).ShouldBeNull();
        _double.Holds = false;
        await _store.FindAsync(Key);
        await _store.FindAsync(Key);
        _double.Requests.ShouldBe(5);
    }

    [Fact]
    public async Task A_store_that_doesnt_answer_is_given_up()
    {
        _double.Holds = true;
        var found = _store.FindAsync(Key);
        found.IsCompleted.ShouldBeFalse();

        _time.Advance(Limits.RequestTimeout);

        (await found).ShouldBeNull();
        _store.IsReachable.ShouldBeFalse();
        _counters.LastStoreFailure.ShouldNotBeNull().ShouldContain("StoreOptions.RequestTimeout");
        _counters.StoreMisses.Snapshot()["failed"].ShouldBe(1);
    }

    // Turned red by leaving out MostUnderWay.
    [Fact]
    public void Nobody_waits_for_what_is_kept_and_no_more_is_on_its_way_than_may_be()
    {
        _double.Holds = true;
        for (var i = 0; i < SharedStore.MostUnderWay + 2; i++)
        {
            _ = _store.KeepAsync(Entry(StoredEntry.Never));
        }

        _double.Requests.ShouldBe(SharedStore.MostUnderWay);
        _counters.StoreRejects.Snapshot()["busy"].ShouldBe(2);
        _double.Release();
        SpinWait.SpinUntil(() => _counters.StoreKept.Value == SharedStore.MostUnderWay, TimeSpan.FromSeconds(20)).ShouldBeTrue();
        _double.Holds = false;
        _ = _store.KeepAsync(Entry(StoredEntry.Never));
        _counters.StoreKept.Value.ShouldBe(SharedStore.MostUnderWay + 1);
    }

    private static StoredEntry Entry(long expiresAt) => new(1, HlcStamp.At(5), 7, expiresAt, Key, [], new byte[] { 4 });

    private sealed class StoreDouble : ICacheStore
    {
        private readonly List<TaskCompletionSource> _held = [];

        internal Dictionary<EntryName, ReadOnlyMemory<byte>> Entries { get; } = [];

        internal List<TimeSpan> Expirations { get; } = [];

        internal bool Fails { get; set; }

        internal bool Holds { get; set; }

        internal int Requests { get; private set; }

        internal void Release() => _held.ForEach(h => h.SetResult());

        public async ValueTask<ReadOnlyMemory<byte>?> GetAsync(EntryName name)
        {
            await AnswerAsync();
            return Entries.TryGetValue(name, out var entry) ? entry : default(ReadOnlyMemory<byte>?);
        }

        public async ValueTask SetAsync(EntryName name, ReadOnlyMemory<byte> entry, TimeSpan expiration)
        {
            await AnswerAsync();
            Entries[name] = entry;
            Expirations.Add(expiration);
        }

        private Task AnswerAsync()
        {
            Requests++;
            if (Fails)
            {
                return Task.FromException(new IOException("It fails."));
            }

            if (!Holds)
            {
                return Task.CompletedTask;
            }

            _held.Add(new TaskCompletionSource());
            return _held[^1].Task;
        }
    }
}
