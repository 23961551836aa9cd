namespace ZooCache.Cli;

/// <summary>Tags, for people.</summary>
internal static class TagName
{
    /// <summary>What nodes call the root when they are told to invalidate it.</summary>
    internal const string Everything = "*";

    internal static string Of(string tag) => tag is "" or Everything ? "everything" : tag;

    internal static string Count(long number, string one, string several) => $"{number} {(number == 1 ? one : several)}";
}
