namespace ZooCache.Cli.Live;

/// <summary>What the live view shows.</summary>
internal enum Pane
{
    /// <summary>Rates, nodes, and the hottest queries beside the last invalidations.</summary>
    Overview,

    /// <summary>The queries of a node.</summary>
    Queries,

    /// <summary>The tags that a node's entries depend on.</summary>
    Tags,

    /// <summary>The last invalidations of a node.</summary>
    Invalidations,
}
