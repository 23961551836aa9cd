using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ZooCache.Core.Tests;

/// <summary>What an operator is told, and how often.</summary>
public sealed class CacheLogTests : IDisposable
{
    private readonly Said _said = new();
    private readonly CacheCounters _counters;

    public CacheLogTests() => _counters = new CacheCounters("shop", _said);

    public void Dispose() => _said.Dispose();

    [Fact]
    public void What_fails_is_told_once_until_it_works_again()
    {
        _counters.LogAnswered();
        _counters.StoreWorked();
        for (var i = 0; i < 3; i++)
        {
            _counters.LogUnreachable("It is far away.");
            _counters.StoreFailed("The disk is full.");
        }

        _counters.LogAnswered();
        _counters.LogAnswered();
        _counters.StoreWorked();
        _counters.StoreWorked();
        _counters.LogUnreachable("It is far away.");
        _counters.StoreFailed("The disk is full.");
        _said.Ids.ShouldBe([101, 110, 102, 111, 101, 110]);
        _said.Texts[0].ShouldBe("Cache shop: the log can't be reached; if it stays so, queries go to the database. It is far away.");
        _counters.LastStoreFailure.ShouldBe("The disk is full.");
    }

    [Fact]
    public void A_problem_with_a_value_is_told_once_for_each()
    {
        _counters.LastValueProblem = "one";
        _counters.LastValueProblem = "one";
        _counters.LastValueProblem = "two";
        _said.Texts.ShouldBe(["Cache shop: one", "Cache shop: two"]);
    }

    [Fact]
    public void What_happens_is_told_and_counted()
    {
        _counters.Joined(7, 9);
        _counters.WriteOverdue("SaveChanges");
        _counters.HookFailed(new InvalidOperationException("It throws."));
        _counters.Stale(new StaleAnswer(DateTimeOffset.UnixEpoch, "Order", ["ef:db:ORDERS", "x"], TimeSpan.FromSeconds(3)));
        _said.Ids.ShouldBe([100, 120, 121, 140]);
        _said.Texts[^1].ShouldContain("00:00:03 old: Order. One of these tags should have been invalidated: ef:db:ORDERS, x.");
        (_counters.Memberships.Value, _counters.OverdueWrites.Value, _counters.FailedHooks.Value).ShouldBe((1, 1, 1));
        _counters.LastStaleAnswer!.Query.ShouldBe("Order");

        _counters.UnreadableEntry(5);
        SpinWait.SpinUntil(() => _said.Ids.Count == 5, TimeSpan.FromSeconds(20)).ShouldBeTrue();
        _said.Ids[^1].ShouldBe(103);
    }

    [Fact]
    public void A_log_that_throws_is_in_nobodys_way()
    {
        var counters = new CacheCounters("shop", new Throwing());
        counters.Joined(7, 9);
        counters.LogUnreachable("It is far away.");
        counters.LogAnswered();
        counters.StoreFailed("The disk is full.");
        counters.StoreWorked();
        counters.WriteOverdue("SaveChanges");
        counters.HookFailed(new InvalidOperationException("It throws."));
        counters.LastValueProblem = "one";
        counters.UnreadableEntry(5);
        counters.Stale(new StaleAnswer(DateTimeOffset.UnixEpoch, "Order", [], TimeSpan.Zero));
        SpinWait.SpinUntil(() => Throwing.Count == 10, TimeSpan.FromSeconds(20)).ShouldBeTrue();
    }

    /// <summary>Alerts are made of them.</summary>
    [Fact]
    public void The_ids_stay()
        => typeof(CacheLog).GetMethods(BindingFlags.Static | BindingFlags.NonPublic).Select(m => (m.GetCustomAttribute<LoggerMessageAttribute>(), m.Name)).Where(m => m.Item1 is not null)
            .Select(m => $"{m.Item1!.EventId} {m.Name} {m.Item1.Level}").Order(StringComparer.Ordinal).ShouldBe(
            [
                "100 Joined Information", "101 LogUnreachable Warning", "102 LogReachable Information", "103 LogUnreadable Warning", "110 StoreFailed Warning", "111 StoreWorks Information",
                "120 WriteOverdue Warning", "121 HookFailed Error", "130 NotKept Warning", "140 Stale Error",
            ]);

    [Fact]
    public void A_container_gives_its_log()
    {
        using var services = new ServiceCollection().AddSingleton<ILoggerFactory>(_said).AddZooCache(c => c.Prefix = "mine").BuildServiceProvider();
        services.GetRequiredService<ZooCache>().Counters.StoreFailed("The disk is full.");
        _said.Texts.ShouldBe(["Cache mine: the shared store fails and is left alone for a while. The disk is full."]);
        _said.Category.ShouldBe("ZooCache");
    }

    private sealed class Throwing : ILogger
    {
        private static int count;

        internal static int Count => Volatile.Read(ref count);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Interlocked.Increment(ref count);
            throw new InvalidOperationException("It throws.");
        }
    }

    private sealed class Said : ILogger, ILoggerFactory
    {
        internal List<int> Ids { get; } = [];

        internal List<string> Texts { get; } = [];

        internal string? Category { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Texts.Add(formatter(state, exception));
            Ids.Add(eventId.Id);
        }

        public ILogger CreateLogger(string categoryName)
        {
            Category = categoryName;
            return this;
        }

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }
    }
}
