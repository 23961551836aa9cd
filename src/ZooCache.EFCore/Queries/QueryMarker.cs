using System.Linq.Expressions;

namespace ZooCache.EFCore.Queries;

/// <summary>What a query says of caching itself.</summary>
internal enum CacheWish
{
    None,
    Cacheable,
    NotCacheable,

    /// <summary><c>Reload()</c> and <c>GetDatabaseValues()</c>: the caller asks for what the database holds now.</summary>
    DatabaseValues,
}

/// <summary>A query's own word, with its options as a constant or as the name of a query parameter.</summary>
internal sealed record QueryMarker(CacheWish Wish, CacheableOptions? Options, string? OptionsParameter)
{
    internal static QueryMarker None { get; } = new(CacheWish.None, null, null);

    internal CacheableOptions? OptionsFor(Dictionary<string, object?> parameters)
        => OptionsParameter is null
            ? Options
            : parameters[OptionsParameter] switch
            {
                CacheableOptions options => options,
                TimeSpan expiration => new CacheableOptions { AbsoluteExpiration = expiration },
                Action<CacheableOptions> configure => Configured(configure),
                _ => null,
            };

    internal static CacheableOptions Configured(Action<CacheableOptions> configure)
    {
        var options = new CacheableOptions();
        configure(options);
        return options;
    }
}

/// <summary>A query without its markers, what they said, and whether its identity may be shared with equal queries.</summary>
internal sealed record MarkedQuery(Expression Query, QueryMarker Marker);
