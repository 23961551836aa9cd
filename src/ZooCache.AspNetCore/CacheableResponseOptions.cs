using Microsoft.AspNetCore.Http;
using ZooCache.AspNetCore.Inputs;

namespace ZooCache.AspNetCore;

/// <summary>
/// How responses of an endpoint are kept. They vary by scheme, host, path, query, route values and culture, and by whatever else of the request the endpoint reads, by itself.
/// Not thread-safe.
/// </summary>
public sealed class CacheableResponseOptions
{
    private readonly List<RequestInput> inputs = [];
    private readonly List<Func<HttpContext, string?>> values = [];
    private readonly List<string> tags = [];

    /// <summary>How long a response may be served at most. Default: <see cref="ZooCacheOptions.DefaultExpiration"/>; <see cref="ZooCacheOptions.MaximumAge"/> holds in any
    /// case. Positive.</summary>
    public TimeSpan? AbsoluteExpiration { get; set; }

    /// <summary>How long a response may be served after it was last asked for. Default: no limit. Positive.</summary>
    public TimeSpan? SlidingExpiration { get; set; }

    /// <summary>Longer bodies aren't held back and not kept, in bytes. 0 to 64 MiB. Default: 1 MiB.</summary>
    public int MaximumBodyBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// Whether responses to users who are authenticated are kept, each for its user. Default: false, they aren't kept at all. Who the user is, is told by all his claims:
    /// each token has responses of its own, if its claims (<c>iat</c>, <c>jti</c>, <c>exp</c>) differ from those of the last.
    /// </summary>
    public bool ForEachUser { get; set; }

    /// <summary>
    /// Whether responses to users who are authenticated are kept and served to others who may use the endpoint. Those of an endpoint that looks at the user are kept for that user
    /// all the same. Default: false.
    /// </summary>
    public bool SharedByUsers { get; set; }

    /// <summary>Whether everything is named that the <c>DbContext</c>s which the endpoint uses differ by: see <see cref="CacheEntryOptions.KeyNamesContext"/>. Default: false.</summary>
    public bool KeyNamesContext { get; set; }

    internal IReadOnlyList<RequestInput> Inputs => inputs;

    internal IReadOnlyList<Func<HttpContext, string?>> Values => values;

    /// <summary>The names of the query that count; null if all do.</summary>
    internal bool NamesQuery { get; private set; }

    /// <summary>Says that responses vary by headers, also if they are read before the endpoint runs.</summary>
    /// <param name="names">The names.</param>
    /// <returns>These options.</returns>
    /// <exception cref="ArgumentException">A name is null or empty.</exception>
    public CacheableResponseOptions VaryByHeader(params string[] names) => Add(names, RequestInput.Header);

    /// <summary>Says that responses vary by cookies.</summary>
    /// <param name="names">The names.</param>
    /// <returns>These options.</returns>
    /// <exception cref="ArgumentException">A name is null or empty.</exception>
    public CacheableResponseOptions VaryByCookie(params string[] names) => Add(names, RequestInput.Cookie);

    /// <summary>Says that responses vary by these values of the query alone, and by those that the endpoint reads besides. Without it the whole query counts.</summary>
    /// <param name="names">The names; none if nothing of the query counts that the endpoint doesn't read.</param>
    /// <returns>These options.</returns>
    /// <exception cref="ArgumentException">A name is null or empty.</exception>
    public CacheableResponseOptions VaryByQuery(params string[] names)
    {
        NamesQuery = true;
        return Add(names, RequestInput.Query);
    }

    /// <summary>Says that responses vary by a value, which is asked for at each request: for what earlier parts of the pipeline have made of a request, such as its tenant.</summary>
    /// <param name="value">Gives the value.</param>
    /// <returns>These options.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="value"/> is null.</exception>
    public CacheableResponseOptions VaryBy(Func<HttpContext, string?> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        values.Add(value);
        return this;
    }

    /// <summary>Adds tags that responses depend on, besides what they are found to depend on.</summary>
    /// <param name="names">Such as <c>catalogue</c>.</param>
    /// <returns>These options.</returns>
    /// <exception cref="FormatException">One of them is not a tag.</exception>
    public CacheableResponseOptions DependsOn(params string[] names)
    {
        ArgumentNullException.ThrowIfNull(names);
        foreach (var name in names)
        {
            TagPath.Parse(name);
        }

        tags.AddRange(names);
        return this;
    }

    /// <summary>Throws <see cref="ArgumentException"/>, naming the property to change.</summary>
    internal CacheEntryOptions ToEntryOptions()
    {
        const int MostBytes = 64 * 1024 * 1024;
        if (MaximumBodyBytes is < 0 or > MostBytes)
        {
            throw new ArgumentOutOfRangeException(nameof(MaximumBodyBytes), MaximumBodyBytes, $"{nameof(CacheableResponseOptions)}.{nameof(MaximumBodyBytes)} must be 0 to 64 MiB.");
        }

        if (ForEachUser && SharedByUsers)
        {
            throw new ArgumentException($"Set either {nameof(CacheableResponseOptions)}.{nameof(ForEachUser)} or {nameof(SharedByUsers)}: responses are kept for each user by himself, or shared by all.");
        }

        return new CacheEntryOptions
        {
            Tags = tags, AbsoluteExpiration = AbsoluteExpiration, SlidingExpiration = SlidingExpiration, KeyNamesContext = KeyNamesContext, Form = Responses.ResponseForm.Instance,
        };
    }

    private CacheableResponseOptions Add(string[] names, Func<string, RequestInput> input)
    {
        ArgumentNullException.ThrowIfNull(names);
        foreach (var name in names)
        {
            ArgumentException.ThrowIfNullOrEmpty(name, nameof(names));
            inputs.Add(input(name));
        }

        return this;
    }
}
