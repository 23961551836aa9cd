namespace ZooCache.Core.Tests.Nodes;

public sealed class LogRunnerTests
{
    private readonly List<TaskCompletionSource<bool>> steps = [];
    private readonly List<Exception> failures = [];
    private readonly LogRunner runner;

    public LogRunnerTests() => runner = new LogRunner(Step, failures.Add);

    [Fact]
    public void It_goes_on_as_long_as_there_is_more_one_step_at_a_time()
    {
        Begin();
        steps.Count.ShouldBe(1);
        steps[0].SetResult(true);
        steps.Count.ShouldBe(2);
        steps[1].SetResult(false);
        steps.Count.ShouldBe(2);

        runner.Start();
        steps.Count.ShouldBe(3);
    }

    [Fact]
    public void Who_asks_while_it_looks_has_it_look_once_more()
    {
        Begin();
        runner.Start();
        runner.Start();
        steps.Count.ShouldBe(1);

        // Turned red by leaving out isAsked in LogRunner.RunAsync: what came in meanwhile would be left until somebody asks again.
        steps[0].SetResult(false);
        steps.Count.ShouldBe(2);
        steps[1].SetResult(false);
        steps.Count.ShouldBe(2);
    }

    [Fact]
    public void After_a_failure_it_rests_until_somebody_asks()
    {
        Begin();
        runner.Start();

        // Turned red by leaving out hasFailed in LogRunner.RunAsync: it would ask at once what has just failed.
        steps[0].SetException(new IOException("no way"));
        steps.Count.ShouldBe(1);
        failures.Count.ShouldBe(1);

        runner.Start();
        steps.Count.ShouldBe(2);
    }

    [Fact]
    public void What_the_log_has_isnt_told_again()
    {
        using var nodes = new NodesUnderTest();
        var (a, b) = (nodes.Add(), nodes.Add());
        foreach (var node in new[] { a, b })
        {
            var feed = new FeedDouble(1);
            feed.Known.Add([1]);
            node.Node.Add(feed);
        }

        // Turned red by leaving out HasFact in LogSession.AddFacts: with many facts each new membership would begin by telling them all.
        a.Log.Appends.ShouldBe([LogEntryKind.Fact]);
        b.Log.Appends.ShouldBeEmpty();
        b.Publish("t");
        a.IsValid("t").ShouldBeFalse();
    }

    /// <summary>Under another context what waits for a step goes on on another thread.</summary>
    private void Begin()
    {
        SynchronizationContext.SetSynchronizationContext(null);
        runner.Start();
    }

    private Task<bool> Step()
    {
        steps.Add(new TaskCompletionSource<bool>());
        return steps[^1].Task;
    }
}
