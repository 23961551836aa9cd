using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ZooCache.AspNetCore.Management;

/// <summary>What operators ask of a node, and tell it.</summary>
internal static class ManagementEndpoints
{
    private const string Everything = "*";

    internal static void Map(RouteGroupBuilder group, ZooCache cache)
    {
        group.AddEndpointFilter(Permission.RequireAsync);
        group.MapGet("/statistics", () => NodeStatistics.Of(cache));
        group.MapGet("/inspect", (string tag) => TagPath.TryParse(tag, out var path) ? Results.Ok(Inspect(cache, path)) : NoTag(tag));
        group.MapPost("/invalidate", async (Invalidation asked, CancellationToken token) => await InvalidateAsync(cache, asked, token).ConfigureAwait(false));
    }

    private static async Task<IResult> InvalidateAsync(ZooCache cache, Invalidation asked, CancellationToken cancellationToken)
    {
        if (asked.Tag == Everything)
        {
            cache.Clear();
        }
        else if (TagPath.TryParse(asked.Tag, out var path))
        {
            await cache.InvalidateAsync(path, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            return NoTag(asked.Tag);
        }

        return Results.NoContent();
    }

    private static IResult NoTag(string? tag)
        => Results.Problem($"'{tag}' is not a tag: 1 to 32 segments of 1 to 512 characters, joined by ':'; inside a segment ':' is written %3A and '%' is written %25.", statusCode: StatusCodes.Status400BadRequest);

    private static TagInspection Inspect(ZooCache cache, TagPath path)
    {
        var (count, bytes) = (0, 0L);
        foreach (var entry in cache.Entries)
        {
            if (entry.Dependencies.Any(d => IsAtOrBelow(d.Node, path)))
            {
                count++;
                bytes += entry.Size;
            }
        }

        return new TagInspection(path.ToString(), cache.Trie.VersionOf(path), count, bytes);
    }

    private static bool IsAtOrBelow(TrieNode node, TagPath path)
    {
        for (var above = node; above is not null; above = above.Parent)
        {
            if (above.PathHash == path.PrefixHash(path.Depth))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What is to be invalidated, as a body of JSON: a page of somebody else's can't have a browser send that.</summary>
    internal sealed record Invalidation(string? Tag);

    /// <summary>What a node knows of a tag.</summary>
    internal sealed record TagInspection(string Tag, long Version, int Entries, long Bytes);

    /// <summary>A node's figures.</summary>
    internal sealed record NodeStatistics(string Prefix, bool Enabled, CacheStatistics Statistics)
    {
        internal static NodeStatistics Of(ZooCache cache) => new(cache.Prefix, cache.Enabled, cache.GetStatistics());
    }
}
