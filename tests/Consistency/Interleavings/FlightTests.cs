using Microsoft.EntityFrameworkCore;
using ZooCache.Consistency.Tests.Bank;
using ZooCache.Consistency.Tests.World;
using ZooCache.Tests;

namespace ZooCache.Consistency.Tests.Interleavings;

/// <summary>Callers who want the same answer at once.</summary>
public abstract class FlightTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : FlightTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : FlightTests(Provider.Postgres);

    private readonly BankDatabase _bank = new(new ZooCacheOptions { FlightTimeout = TimeSpan.FromHours(1) }, provider);

    public void Dispose() => _bank.Dispose();

    [Fact]
    public async Task WhenAThousandAskForOneColdKey_TheDatabaseIsAskedOnce()
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gate = new CommandGate { Before = _ => open.Task };
        var answers = Enumerable.Range(0, 1000).Select(_ => _bank.BalanceAsync(1, default, gate)).ToList();
        open.SetResult();
        (await Task.WhenAll(answers)).ShouldAllBe(balance => balance == 100);
        gate.Count.ShouldBe(1);
    }

    [Fact]
    public async Task WhileOneKeyLoads_OthersDoNotWait()
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var slow = _bank.BalanceAsync(1, default, new CommandGate { Before = _ => open.Task });
        for (var id = 2; id <= BankDatabase.Count; id++)
        {
            (await _bank.BalanceAsync(id, default, new CommandGate())).ShouldBe(100);
        }

        slow.IsCompleted.ShouldBeFalse();
        open.SetResult();
        (await slow).ShouldBe(100);
    }

    // Guards Flight.IsOutdated: a flight that began before a write isn't waited for after it.
    [Fact]
    public async Task WhenAFlightIsOvertakenByAWrite_WhoeverComesAfterTheWriteDoesNotGetItsAnswer()
    {
        var reached = new TaskCompletionSource();
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gate = new CommandGate
        {
            After = async _ =>
            {
                reached.SetResult();
                await open.Task;
            },
        };
        var leader = _bank.BalanceAsync(1, default, gate);
        await reached.Task;
        _bank.SetBalance(1, 1);

        (await _bank.BalanceAsync(1, default, new CommandGate()).WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe(1);
        open.SetResult();
        await leader;
        (await _bank.BalanceAsync(1, default, new CommandGate())).ShouldBe(1);
    }

    [Fact]
    public async Task WhenTheLeaderIsCancelled_AFollowerTakesOver()
    {
        using var cancel = new CancellationTokenSource();
        var gate = new CommandGate { Before = token => token.CanBeCanceled ? new TaskCompletionSource().Task.WaitAsync(token) : Task.CompletedTask };
        var leader = _bank.BalanceAsync(1, cancel.Token, gate);
        var followers = Enumerable.Range(0, 10).Select(_ => _bank.BalanceAsync(1, default, gate)).ToList();
        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(leader);
        (await Task.WhenAll(followers)).ShouldAllBe(balance => balance == 100);
        gate.Count.ShouldBe(2);
    }

    [Fact]
    public async Task WhenAFollowerIsCancelled_NobodyElseIsHarmed()
    {
        using var cancel = new CancellationTokenSource();
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gate = new CommandGate { Before = _ => open.Task };
        var leader = _bank.BalanceAsync(1, default, gate);
        var cancelled = _bank.BalanceAsync(1, cancel.Token, gate);
        var patient = _bank.BalanceAsync(1, default, gate);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(cancelled);
        open.SetResult();
        (await leader).ShouldBe(100);
        (await patient).ShouldBe(100);
        gate.Count.ShouldBe(1);
    }

    [Fact]
    public async Task WhenALoadFails_EachFollowerLoadsForItself()
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = 1;
        var gate = new CommandGate
        {
            Before = async _ =>
            {
                if (Interlocked.Exchange(ref first, 0) == 1)
                {
                    await open.Task;
                    throw new DivideByZeroException("the leader's own");
                }
            },
        };
        var leader = _bank.BalanceAsync(1, default, gate);
        var followers = Enumerable.Range(0, 5).Select(_ => _bank.BalanceAsync(1, default, gate)).ToList();
        open.SetResult();
        (await Should.ThrowAsync<DivideByZeroException>(leader)).Message.ShouldBe("the leader's own");
        (await Task.WhenAll(followers)).ShouldAllBe(balance => balance == 100);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenALoadAsksTheSameQueryItself_NothingWaitsForItself(bool async)
    {
        var nested = 0;
        var gate = new CommandGate();
        gate.Before = async _ =>
        {
            if (Interlocked.Increment(ref nested) == 1)
            {
                nested += async ? await _bank.BalanceAsync(1, default, new CommandGate()) : _bank.Balance(1, new CommandGate());
            }
        };

        // The nested context must have the same kinds of interceptors, or it would ask under a key of its own.
        (async ? await _bank.BalanceAsync(1, default, gate) : _bank.Balance(1, gate)).ShouldBe(100);
        nested.ShouldBe(101);
    }
}
