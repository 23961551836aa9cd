using System.Text.Json;

namespace ZooCache.Cli.Live;

/// <summary>What the live view shows, and what is chosen in it. Used by one thread.</summary>
internal sealed class LiveState
{
    private static readonly string[] Orders = ["hits", "misses", "saved", "bytes", "cold"];

    private readonly NodeSet nodes;
    private readonly Questions questions;
    private int chosen;
    private int order;

    internal LiveState(NodeSet nodes)
    {
        this.nodes = nodes;
        questions = new Questions(failure => Messages = [new Message(failure, IsBad: true)]);
        Nodes = [.. nodes.All.Select(static n => new NodeHistory(n))];
        Lists = new NodeLists(questions);
    }

    internal IReadOnlyList<NodeHistory> Nodes { get; }

    /// <summary>The node whose queries, tags and invalidations are shown.</summary>
    internal NodeClient Node => nodes.All[chosen];

    internal NodeLists Lists { get; }

    internal TagRows Tags { get; private set; } = new();

    /// <summary>The query that is explained; null if none is.</summary>
    internal JsonElement? Explained { get; private set; }

    internal InvalidationPrompt Prompt { get; } = new();

    /// <summary>What came of the last thing that was done.</summary>
    internal IReadOnlyList<Message> Messages { get; private set; } = [];

    internal Pane Pane { get; private set; }

    internal string Order => Orders[order];

    internal bool IsPaused { get; private set; }

    internal bool IsHelp { get; private set; }

    internal bool IsOver { get; private set; }

    /// <summary>Which row of the pane.</summary>
    internal int Row { get; private set; }

    private int RowCount => Pane switch
    {
        Pane.Queries => Lists.Queries.Count,
        Pane.Tags => Tags.All.Count,
        Pane.Invalidations => Lists.Invalidations.Count,
        _ => 0,
    };

    /// <summary>Takes in what nodes have answered meanwhile.</summary>
    /// <returns>Whether there was anything.</returns>
    internal bool Arrived()
    {
        var isNew = questions.TakeAnswers();
        Row = Math.Clamp(Row, 0, Math.Max(0, RowCount - 1));
        return isNew;
    }

    /// <summary>Asks each node whose answer isn't awaited: one that hangs keeps nobody else's news back.</summary>
    internal void Poll(CancellationToken cancellationToken)
    {
        foreach (var history in Nodes.Where(static n => !n.IsAsked))
        {
            history.IsAsked = true;
            questions.Ask(async () =>
            {
                var (sample, failure) = await NodeSample.AskAsync(history.Node, cancellationToken);
                return () => history.Add(sample, failure);
            });
        }

        Lists.Ask(Node, Order, cancellationToken);
    }

    internal void Press(ConsoleKeyInfo key, CancellationToken cancellationToken)
    {
        if (Prompt.IsOpen)
        {
            Messages = [];
            if (Prompt.Press(key) is { } tag)
            {
                Messages = [new Message($"Telling {TagName.Of(tag)} …")];
                questions.Ask(() => InvalidateAsync(tag, cancellationToken));
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
                chosen = (chosen + 1) % Nodes.Count;
                Tags = new TagRows();
                Lists.Clear();
                Show(Pane, cancellationToken);
                break;
            case (_, 's'):
                order = (order + 1) % Orders.Length;
                break;
            case (_, 'i') when Pane == Pane.Tags && Tags.All[Row].Tag is { Length: > 0 } tag:
                Messages = [];
                Prompt.AskWhether(tag);
                break;
            case (_, 'i'):
                Messages = [];
                Prompt.AskForTag();
                break;
            case (_, 'c'):
                Messages = [];
                Prompt.AskWhether(TagName.Everything);
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
            case (ConsoleKey.LeftArrow, _) when Pane == Pane.Tags && Tags.All[Row].IsOpen:
                Tags.Close(Tags.All[Row]);
                break;
            case (ConsoleKey.LeftArrow, _) when Pane == Pane.Tags:
                Row = Math.Max(0, Tags.ParentOf(Row));
                break;
            case (ConsoleKey.Enter, _) when Pane == Pane.Queries && Row < Lists.Queries.Count:
                Explain($"{Lists.Queries[Row].GetProperty("id")}", cancellationToken);
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
        var (node, tags) = (Node, Tags);
        questions.Ask(async () =>
        {
            var said = await node.InspectAsync(tag, cancellationToken);
            return () => tags.Open(tag, said);
        });
    }

    private void Explain(string id, CancellationToken cancellationToken)
    {
        var node = Node;
        questions.Ask(async () =>
        {
            var said = await node.QueryAsync(id, cancellationToken);
            return () => Explained = node == Node && Pane == Pane.Queries ? said : Explained;
        });
    }

    private async Task<Action> InvalidateAsync(string tag, CancellationToken cancellationToken)
    {
        var confirmations = await ToldInvalidation.TellAsync(nodes, tag, cancellationToken);
        return () =>
        {
            Messages = [new Message($"Invalidated {TagName.Of(tag)}."), .. confirmations.Select(static c => new Message(c.Line, !c.Confirmed))];
            if (Pane == Pane.Tags)
            {
                (Tags, Row) = (new TagRows(), 0);
                Open("", cancellationToken);
            }
        };
    }
}

/// <summary>What came of something.</summary>
internal sealed record Message(string Text, bool IsBad = false);
