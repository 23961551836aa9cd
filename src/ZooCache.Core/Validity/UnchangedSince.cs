namespace ZooCache;

/// <summary>The condition that neither a path nor a prefix of it was bumped after a fence.</summary>
internal readonly record struct UnchangedSince(TagPath Path, long Fence);
