using System.CommandLine;
using ZooCache.Cli.Live;

namespace ZooCache.Cli;

/// <summary>What can be said to the tool.</summary>
internal static class CommandLine
{
    internal const string NodesVariable = "ZOOCACHE_NODES";

    private static readonly Option<string[]> Nodes = new("--node", "-n")
    {
        Description = $"A node's management endpoints, such as http://web-1:8080/zoocache; more than once for several nodes. Default: {NodesVariable}, separated by commas.",
        Recursive = true,
    };

    private static readonly Option<string[]> Headers = new("--header", "-H")
    {
        Description = "A header that is sent along, such as 'Authorization: Bearer …'; more than once for several.", Recursive = true,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "Prints what nodes have said as JSON, for scripts.", Recursive = true };

    internal static RootCommand Make()
    {
        var root = new RootCommand("Asks nodes of ZooCache how they are, and tells them. Exit codes: 0 if all is well, 1 if it isn't, 2 if a node couldn't be asked or the command line is wrong.");
        root.Options.Add(Nodes);
        root.Options.Add(Headers);
        root.Options.Add(Json);

        var every = new Option<double>("--every") { Description = "How often nodes are asked, 0.2 to 60 seconds.", DefaultValueFactory = static _ => 1 };
        Add(root, "top", "A live view: rates, nodes, queries, tags, invalidations. Needs a terminal.", (nodes, parsed, token) => TopCommand.RunAsync(nodes, parsed.GetValue(every), token), every);
        Add(root, "nodes", "How each node is, and how it is in step with the others.", static (nodes, _, token) => NodeCommands.NodesAsync(nodes, token));

        var path = new Argument<string?>("path") { Description = "A tag, such as ef:db:ORDERS; all if there is none.", Arity = ArgumentArity.ZeroOrOne };
        var depth = new Option<int>("--depth") { Description = "How many levels below are shown, 1 to 8.", DefaultValueFactory = static _ => 2 };
        Add(root, "tree", "The tags that entries depend on, below a path, with how many they are.", (nodes, parsed, token) => NodeCommands.TreeAsync(nodes, parsed.GetValue(path), parsed.GetValue(depth), token), path, depth);

        var by = new Option<string>("--by") { Description = "hits, misses, saved, bytes, or cold (the fewest hits first).", DefaultValueFactory = static _ => "hits" };
        var top = new Option<int>("--top") { Description = "How many, 1 to 1000.", DefaultValueFactory = static _ => 20 };
        Add(root, "queries", "The hottest queries of a node.", (nodes, parsed, token) => NodeCommands.QueriesAsync(nodes, parsed.GetValue(by)!, parsed.GetValue(top), token), by, top);
        Add(root, "invalidations", "The last invalidations of a node.", (nodes, parsed, token) => NodeCommands.InvalidationsAsync(nodes, parsed.GetValue(top), token), top);

        var query = new Argument<string>("query") { Description = "Its id, as queries tells it. Each process gives its own." };
        Add(root, "explain", "What a query's answers depend on at the first node, why it missed last, and its SQL.", (nodes, parsed, token) => NodeCommands.ExplainAsync(nodes, parsed.GetValue(query)!, token), query);
        var inspected = new Argument<string>("tag") { Description = "Such as ef:db:ORDERS." };
        Add(root, "inspect", "A tag's version and what depends on it, at each node.", (nodes, parsed, token) => NodeCommands.InspectAsync(nodes, parsed.GetValue(inspected)!, token), inspected);
        var below = new Option<string?>("--tag") { Description = "Only what concerns this tag: at, below or above it." };
        Add(root, "watch", "The invalidations of all nodes as they come, a line for each, until Ctrl+C.", (nodes, parsed, token) => WatchCommand.RunAsync(nodes, parsed.GetValue(below), token), below);

        var tag = new Argument<string>("tag") { Description = "Such as user:42; everything at and below it is invalidated." };
        Add(root, "invalidate", "Invalidates a tag on all nodes, and waits until each node that is given has confirmed.", (nodes, parsed, token) => NodeCommands.InvalidateAsync(nodes, parsed.GetValue(tag)!, token), tag);
        Add(root, "clear", "Invalidates everything on all nodes, and waits until each node that is given has confirmed.", static (nodes, _, token) => NodeCommands.InvalidateAsync(nodes, TagName.Everything, token));
        Add(root, "doctor", "Looks for what is wrong, and says what to do about it.", static (nodes, _, token) => Doctor.RunAsync(nodes, token));
        root.Subcommands.Add(Completion.Make());
        return root;
    }

    private static void Add(RootCommand root, string name, string description, Func<NodeSet, ParseResult, CancellationToken, Task<int>> run, params Symbol[] symbols)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument)
            {
                command.Arguments.Add(argument);
            }
            else
            {
                command.Options.Add((Option)symbol);
            }
        }

        command.SetAction(async (parsed, token) =>
        {
            try
            {
                using var nodes = NodeSet.Of(parsed.GetValue(Nodes) ?? [], parsed.GetValue(Headers) ?? [], parsed.GetValue(Json));
                return await run(nodes, parsed, token);
            }
            catch (Exception exception) when (NodeException.Is(exception))
            {
                await Console.Error.WriteLineAsync(NodeException.MessageOf(exception));
                return ExitCode.Unasked;
            }
        });
        root.Subcommands.Add(command);
    }
}

/// <summary>What the tool ends with.</summary>
internal static class ExitCode
{
    internal const int Well = 0;
    internal const int Wrong = 1;
    internal const int Unasked = 2;
}
