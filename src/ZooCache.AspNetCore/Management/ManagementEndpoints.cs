using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ZooCache.AspNetCore.Management;

/// <summary>What operators ask of a node, and tell it.</summary>
internal static class ManagementEndpoints
{
    internal const string Everything = "*";

    private const int MostListed = 1000;

    internal static void Map(RouteGroupBuilder group, ZooCache cache)
    {
        group.AddEndpointFilter(Permission.RequireAsync);
        group.MapGet("/statistics", () => NodeStatistics.Of(cache));
        group.MapGet("/node", () => NodeView.Of(cache));
        group.MapGet("/queries", (string? by, int? top) => Queries(cache, by ?? "hits", top ?? 20));
        group.MapGet("/queries/{id}", (string id) => QueryView.Find(cache, id) is { } query ? Results.Ok(query) : NoQuery(id));
        group.MapGet("/durations", () => DurationsView.Of(cache));
        group.MapGet("/inspect", (string? tag) => tag is null or Everything ? Results.Ok(TagView.Of(cache, TagPath.Root)) : TryRead(tag, out var path) ? Results.Ok(TagView.Of(cache, path)) : NoTag(tag));
        group.MapGet("/invalidations", (long? after, int? top) => top is < 1 or > MostListed ? NoTop(top.Value) : Results.Ok(InvalidationView.Last(cache, after ?? 0, top ?? 50)));
        group.MapGet("/confirm", (string? token) => ConfirmAsync(cache, token));
        group.MapPost("/invalidate", async (Invalidation asked, CancellationToken token) => await InvalidateAsync(cache, asked, token).ConfigureAwait(false));
    }

    internal static async Task<IResult> InvalidateAsync(ZooCache cache, Invalidation asked, CancellationToken cancellationToken)
    {
        Publication? told;
        if (asked.Tag == Everything)
        {
            told = cache.ClearAndTell();
        }
        else if (TryRead(asked.Tag, out var path))
        {
            told = cache.Publish([path], nameof(ZooCache.Invalidate));
            await cache.TellAsync(told, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            return NoTag(asked.Tag);
        }

        return Results.Ok(new Invalidated(told is null ? null : cache.Node!.TokenOf(told).ToString(), told is { Place: not null }));
    }

    internal static async Task<IResult> ConfirmAsync(ZooCache cache, string? text)
        => !ConsistencyToken.TryParse(text, out var token) ? Results.Problem($"'{text}' is no token: give what POST invalidate has answered.", statusCode: StatusCodes.Status400BadRequest)
            : Results.Ok(new Confirmation(cache.Node is { } node && await node.ReachAsync(token).ConfigureAwait(false) && node.IsConfirmed));

    /// <summary>Reads a tag as it is shown: the value of a row's columns, and the key of a call, have no name, but a number.</summary>
    private static bool TryRead([NotNullWhen(true)] string? tag, [NotNullWhen(true)] out TagPath? path)
    {
        if (!TagPath.TryParse(tag, out path))
        {
            return false;
        }

        if ((path.Segments[0].Name, path.Depth) is (FeedPaths.Root, FeedPaths.ValueDepth) or (CallPaths.Root, CallPaths.KeyDepth) && path.Segments[^1].Name is ['#', .. { Length: 16 } digits]
            && ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hash))
        {
            path = TagPath.Of([.. path.Segments[..^1], new TagSegment(hash)]);
        }

        return true;
    }

    private static IResult NoTag(string? tag)
        => Results.Problem($"'{tag}' is not a tag: 1 to 32 segments of 1 to 512 characters, joined by ':'; inside a segment ':' is written %3A and '%' is written %25.", statusCode: StatusCodes.Status400BadRequest);

    private static IResult NoQuery(string id) => Results.Problem($"'{id}' is no query that this process knows: GET queries tells their ids, and each process gives its own.", statusCode: StatusCodes.Status404NotFound);

    private static IResult NoTop(int top) => Results.Problem($"top is {top}, and must be 1 to {MostListed}.", statusCode: StatusCodes.Status400BadRequest);

    private static IResult Queries(ZooCache cache, string by, int top)
    {
        Func<QueryView, double>? order = by switch
        {
            "hits" => static q => q.Hits,
            "misses" => static q => q.Misses,
            "saved" => static q => q.SavedSeconds,
            "bytes" => static q => q.Bytes,
            "cold" => static q => -q.Hits,
            _ => null,
        };
        return order is null ? Results.Problem($"by is '{by}', and must be hits, misses, saved, bytes, or cold (the fewest hits first).", statusCode: StatusCodes.Status400BadRequest)
            : top is < 1 or > MostListed ? NoTop(top)
            : Results.Ok(QueryView.All(cache).OrderByDescending(order).ThenBy(static q => q.Id, StringComparer.Ordinal).Take(top));
    }

    /// <summary>What is to be invalidated, as a body of JSON: a page of somebody else's can't have a browser send that.</summary>
    internal sealed record Invalidation(string? Tag);

    /// <summary>What has been invalidated here.</summary>
    /// <param name="Token">What other nodes can be asked for, to know whether they have heard of it; null where there are none.</param>
    /// <param name="Told">Whether the log has it already; if not, it is yet to be told.</param>
    internal sealed record Invalidated(string? Token, bool Told);

    /// <summary>Whether a node has heard of what a token names.</summary>
    internal sealed record Confirmation(bool Confirmed);

    /// <summary>A node's figures.</summary>
    internal sealed record NodeStatistics(string Prefix, bool Enabled, CacheStatistics Statistics)
    {
        internal static NodeStatistics Of(ZooCache cache) => new(cache.Prefix, cache.Enabled, cache.GetStatistics());
    }
}
