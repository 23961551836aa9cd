namespace ZooCache.EFCore.Explanations;

/// <summary>What explanations say in the same words.</summary>
internal static class ExplainTexts
{
    /// <summary>In which columns answers depend on rows: nothing, if in all.</summary>
    internal static string In(IReadOnlyList<string>? used)
        => used is null ? "" : used.Count == 0 ? " but for updates" : $" in {string.Join(", ", used)}";
}
