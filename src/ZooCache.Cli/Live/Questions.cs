namespace ZooCache.Cli.Live;

/// <summary>What is being asked of nodes, and what is to be done once they have answered. Used by one thread, which takes the answers when it likes.</summary>
/// <param name="failed">Shows why a node couldn't be asked.</param>
internal sealed class Questions(Action<string> failed)
{
    private readonly List<Task<Action>> asked = [];

    /// <summary>Asks; what that gives is done by <see cref="TakeAnswers"/>.</summary>
    internal void Ask(Func<Task<Action>> ask)
    {
        asked.Add(SafelyAsync());

        async Task<Action> SafelyAsync()
        {
            try
            {
                return await ask();
            }
            catch (OperationCanceledException)
            {
                return static () => { };
            }
            catch (Exception exception) when (NodeException.Is(exception))
            {
                return () => failed(NodeException.MessageOf(exception));
            }
        }
    }

    /// <returns>Whether there were any.</returns>
    internal bool TakeAnswers()
    {
        var done = asked.FindAll(static a => a.IsCompleted);
        foreach (var answer in done)
        {
            asked.Remove(answer);
            try
            {
                answer.GetAwaiter().GetResult()();
            }
            catch (Exception exception) when (NodeException.Is(exception))
            {
                failed(NodeException.MessageOf(exception));
            }
        }

        return done.Count > 0;
    }
}
