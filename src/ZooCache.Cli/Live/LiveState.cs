using System.Text.Json;

namespace ZooCache.Cli.Live;

/// <summary>What the live view shows, and what is chosen in it. Used by one thread; what is asked of nodes comes back by <see cref="Arrived"/>.</summary>
internal sealed class LiveState(NodeSet nodes)
{
    private const int MostRows = 100;

    private static readonly string[] Orders = ["hits", "misses", "saved", "bytes", "cold"];

    private readonly List<Task<Action>> requests = [];
    private int order;
    private bool isListing;

    internal IReadOnlyList<NodeHistory> Nodes { get; } = [.. nodes.All.Select(static n => new NodeHistory(n))];

    /// <summary>The node whose queries, tags and invalidations are shown.</summary>
    internal int Chosen { get; private set; }

    internal NodeClient Node => nodes.All[Chosen];

    internal Pane Pane { get; private set; }

    internal string Order => Orders[order];

    internal bool IsPaused { get; private set; }

    internal bool IsHelp { get; private set; }

    internal bool IsOver { get; private set; }

    /// <summary>The tag that is being typed; null if none is.</summary>
    internal string? Typed { get; private set; }

    /// <summary>The tag that is invalidated on all nodes once it is confirmed; null if there is none.</summary>
    internal string? ToConfirm { get; private set; }

    /// <summary>What came of the last thing that was done.</summary>
    internal IReadOnlyList<string> Messages { get; private set; } = [];

    internal IReadOnlyList<JsonElement> Queries { get; private set; } = [];

    /// <summary>The query that is explained; null if none is.</summary>
    internal JsonElement? Explained { get; private set; }

    internal IReadOnlyList<JsonElement> Invalidations { get; private set; } = [];

    internal TagRows Tags { get; private set; } = new();

    /// <summary>Which row of the pane.</summary>
    internal int Row { get; private set; }

    private int RowCount => Pane switch
    {
        Pane.Queries => Queries.Count,
        Pane.Tags => Tags.All.Count,
        Pane.Invalidations => Invalidations.Count,
        _ => 0,
    };

    /// <summary>Takes in what nodes have answered meanwhile.</summary>
    /// <returns>Whether there was anything.</returns>
    internal bool Arrived()
    {
        var done = requests.FindAll(static r => r.IsCompleted);
        foreach (var request in done)
        {
            requests.Remove(request);
            request.GetAwaiter().GetResult()();
        }

        Row = Math.Clamp(Row, 0, Math.Max(0, RowCount - 1));
        return done.Count > 0;
    }

    /// <summary>Asks each node that has answered, or failed to, since it was asked last: one that hangs keeps nobody else's news back.</summary>
    internal void Poll(CancellationToken cancellationToken)
    {
        foreach (var history in Nodes.Where(static n => !n.IsAsked))
        {
            history.IsAsked = true;
            Ask(() => SampleAsync(history, cancellationToken));
        }

        var (chosen, by) = (Chosen, Order);
        if (!isListing)
        {
            isListing = true;
            Ask(() => ListAsync(chosen, by, cancellationToken));
        }
    }

    private async Task<Action> SampleAsync(NodeHistory history, CancellationToken cancellationToken)
    {
        var (sample, failure) = await NodeSample.AskAsync(history.Node, cancellationToken);
        return () =>
        {
            history.IsAsked = false;
            if (failure is not null)
            {
                history.Failed(failure);
            }
            else if (!IsPaused)
            {
                history.Add(sample!);
            }
        };
    }

    private async Task<Action> ListAsync(int chosen, string by, CancellationToken cancellationToken)
    {
        var (queries, invalidations) = (NodeCommands.AskAsync(nodes.All[chosen], $"queries?by={by}&top={MostRows}", cancellationToken), NodeCommands.AskAsync(nodes.All[chosen], $"invalidations?top={MostRows}", cancellationToken));
        var (hottest, last) = (await queries, await invalidations);
        return () =>
        {
            isListing = false;
            if (!IsPaused && (chosen, by) == (Chosen, Order))
            {
                Queries = ListOf(hottest.Answer);
                Invalidations = ListOf(last.Answer);
            }
        };

        static List<JsonElement> ListOf(JsonElement? answer) => answer is { } said ? [.. said.EnumerateArray()] : [];
    }

    internal void Press(ConsoleKeyInfo key, CancellationToken cancellationToken)
    {
        if (Typed is { } typed)
        {
            Type(key, typed);
        }
        else if (ToConfirm is { } tag)
        {
            ToConfirm = null;
            Messages = [];
            if (key.KeyChar is 'y' or 'Y')
            {
                Messages = [$"Telling {(tag == "*" ? "everything" : tag)} …"];
                Ask(() => InvalidateAsync(tag, cancellationToken));
            }
        }
        else if (key.Key is ConsoleKey.Escape && (IsHelp || Explained is not null || Messages.Count > 0))
        {
            (IsHelp, Explained, Messages) = (false, null, []);
        }
        else
        {
            Command(key, cancellationToken);
        }
    }

    private void Type(ConsoleKeyInfo key, string typed)
    {
        Typed = key.Key switch
        {
            ConsoleKey.Escape => null,
            ConsoleKey.Enter => null,
            ConsoleKey.Backspace => typed[..^Math.Min(1, typed.Length)],
            _ => char.IsControl(key.KeyChar) ? typed : typed + key.KeyChar,
        };
        ToConfirm = key.Key is ConsoleKey.Enter && typed.Length > 0 ? typed : null;
    }

    private void Command(ConsoleKeyInfo key, CancellationToken cancellationToken)
    {
        switch (key.Key, key.KeyChar)
        {
            case (_, 'q') or (ConsoleKey.Escape, _):
                IsOver = true;
                break;
            case (_, '?' or 'h'):
                IsHelp = !IsHelp;
                break;
            case (_, >= '1' and <= '4' and var number):
                Show((Pane)(number - '1'), cancellationToken);
                break;
            case (ConsoleKey.Tab, _):
                Show((Pane)(((int)Pane + 1) % 4), cancellationToken);
                break;
            case (_, 'p'):
                IsPaused = !IsPaused;
                break;
            case (_, 'n'):
                Chosen = (Chosen + 1) % Nodes.Count;
                (Queries, Invalidations, Tags, Explained) = ([], [], new TagRows(), null);
                Show(Pane, cancellationToken);
                break;
            case (_, 's'):
                order = (order + 1) % Orders.Length;
                break;
            case (_, 'i'):
                (Typed, ToConfirm) = Pane == Pane.Tags && Tags.All[Row].Tag is { Length: > 0 } tag ? ((string?)null, tag) : ("", null);
                break;
            case (_, 'c'):
                ToConfirm = "*";
                break;
            case (ConsoleKey.UpArrow, _) or (_, 'k'):
                Row = Math.Max(0, Row - 1);
                break;
            case (ConsoleKey.DownArrow, _) or (_, 'j'):
                Row = Math.Min(Math.Max(0, RowCount - 1), Row + 1);
                break;
            case (ConsoleKey.Enter or ConsoleKey.RightArrow, _) when Pane == Pane.Tags:
                Open(Tags.All[Row].Tag, cancellationToken);
                break;
            case (ConsoleKey.LeftArrow, _) when Pane == Pane.Tags:
                if (Tags.All[Row].IsOpen)
                {
                    Tags.Close(Tags.All[Row]);
                }
                else
                {
                    Row = Math.Max(0, Tags.ParentOf(Row));
                }

                break;
            case (ConsoleKey.Enter, _) when Pane == Pane.Queries && Row < Queries.Count:
                Explain($"{Queries[Row].GetProperty("id")}", cancellationToken);
                break;
            default:
                break;
        }
    }

    private void Show(Pane pane, CancellationToken cancellationToken)
    {
        (Pane, Row, Explained) = (pane, 0, null);
        if (pane == Pane.Tags && !Tags.All[0].IsOpen)
        {
            Open("", cancellationToken);
        }
    }

    private void Open(string tag, CancellationToken cancellationToken)
    {
        var tags = Tags;
        Ask(async () =>
        {
            var said = await Node.GetAsync(tag.Length == 0 ? "inspect" : $"inspect?tag={Uri.EscapeDataString(tag)}", cancellationToken);
            return () => tags.Open(tag, said);
        });
    }

    private void Explain(string id, CancellationToken cancellationToken) => Ask(async () =>
    {
        var said = await Node.GetAsync($"queries/{id}", cancellationToken);
        return () => Explained = said;
    });

    private async Task<Action> InvalidateAsync(string tag, CancellationToken cancellationToken)
    {
        var confirmations = await ToldInvalidation.TellAsync(nodes, tag, cancellationToken);
        return () =>
        {
            Messages = [$"Invalidated {(tag == "*" ? "everything" : tag)}.", .. confirmations.Select(static c => c.Line)];
            if (Pane == Pane.Tags)
            {
                (Tags, Row) = (new TagRows(), 0);
                Open("", cancellationToken);
            }
        };
    }

    private void Ask(Func<Task<Action>> ask)
    {
        requests.Add(SafelyAsync());

        async Task<Action> SafelyAsync()
        {
            try
            {
                return await ask();
            }
            catch (NodeException exception)
            {
                return () => Messages = [exception.Message];
            }
            catch (OperationCanceledException)
            {
                return static () => { };
            }
        }
    }
}
