namespace ZooCache;

/// <summary>What a result turned out to depend on, beside what its load began with. Immutable.</summary>
/// <param name="Unneeded">The indexes of dependencies, among those of the fill, that it doesn't have.</param>
/// <param name="Found">The dependencies that it has besides.</param>
internal sealed record Refinement(int[] Unneeded, DependencyPath[] Found)
{
    internal static readonly Refinement None = new([], []);

    /// <summary>What the result depends on.</summary>
    internal DependencyPath[] Of(DependencyPath[] begun) => ReferenceEquals(this, None) ? begun : [.. begun.Where((_, i) => !Unneeded.Contains(i)), .. Found];
}
