namespace ZooCache.EFCore.Queries;

/// <summary>Why a query had to go a longer way than others.</summary>
internal static class FallBackReasons
{
    /// <summary>EF's own enumerable runs, over commands that are answered from the cache: split queries, groups as results, raw SQL.</summary>
    internal const string ReplayedCommands = "replayed-commands";

    /// <summary>EF makes more than parameters of the expression tree, and takes it apart each time.</summary>
    internal const string QueryTree = "query-tree";

    /// <summary>The query compiler isn't EF's own: queries aren't found by their expression trees.</summary>
    internal const string QueryCompiler = "query-compiler";

    /// <summary>The query context isn't EF's own: the context's part of the cache is looked up among its services.</summary>
    internal const string QueryContext = "query-context";

    /// <summary>EF keeps its connection elsewhere: looking at it makes it.</summary>
    internal const string Connection = "connection";
}
