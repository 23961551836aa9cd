using System.Buffers;
using System.Runtime.InteropServices;

namespace ZooCache.AspNetCore.Inputs;

/// <summary>A part of a request that an endpoint has read, or that its response is said to vary by.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name; empty where there is one only.</param>
/// <param name="Subject">What it is found by, if that isn't a name.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RequestInput(InputKind Kind, string Name, object? Subject = null)
{
    private const int LongestName = 64;

    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    internal static RequestInput User { get; } = new(InputKind.User, "");

    internal static RequestInput QueryNames { get; } = new(InputKind.QueryNames, "");

    internal static RequestInput WholeQuery { get; } = new(InputKind.WholeQuery, "");

    internal static RequestInput AllCookies { get; } = new(InputKind.AllCookies, "");

    internal static RequestInput RawTarget { get; } = new(InputKind.RawTarget, "");

    internal static RequestInput Protocol { get; } = new(InputKind.Protocol, "");

    /// <summary>The header that it is read from, for caches on the way; null if it is none.</summary>
    internal string? HeaderName => Kind switch
    {
        InputKind.Header => Name,
        InputKind.Cookie or InputKind.AllCookies => "COOKIE",
        _ => null,
    };

    /// <summary>Whether it is that something isn't there. It is no part of a key: where the thing is there, nothing is served at all.</summary>
    internal bool IsAbsence => Kind is InputKind.ResponseHeader or InputKind.Item or InputKind.Feature;

    /// <summary>Whether an endpoint that has read it may make it known: names may come from whoever asks.</summary>
    internal bool CanBeLearnt => Name.Length <= LongestName && (Kind is not (InputKind.Header or InputKind.ResponseHeader) || IsToken(Name));

    /// <summary>Whether a text may be the name of a header.</summary>
    internal static bool IsToken(string name) => !name.AsSpan().ContainsAnyExcept(TokenCharacters);

    /// <summary>Header names differ by case in nothing.</summary>
    internal static RequestInput Header(string name) => new(InputKind.Header, name.ToUpperInvariant());

    internal static RequestInput Cookie(string name) => new(InputKind.Cookie, name);

    /// <summary>As it is read: whether case counts is a matter of the collection.</summary>
    internal static RequestInput Query(string name) => new(InputKind.Query, name);

    internal static RequestInput ResponseHeader(string name) => new(InputKind.ResponseHeader, name.ToUpperInvariant());

    internal static RequestInput Item(object key) => new(InputKind.Item, "", key);

    internal static RequestInput Feature(Type type) => new(InputKind.Feature, "", type);
}

/// <summary>The parts of a request.</summary>
internal enum InputKind
{
    /// <summary>A header.</summary>
    Header,

    /// <summary>A cookie.</summary>
    Cookie,

    /// <summary>All cookies, in their order.</summary>
    AllCookies,

    /// <summary>A value of the query.</summary>
    Query,

    /// <summary>Which names there are in the query, in their order.</summary>
    QueryNames,

    /// <summary>The query as a whole.</summary>
    WholeQuery,

    /// <summary>The target as it was sent.</summary>
    RawTarget,

    /// <summary>The version of HTTP.</summary>
    Protocol,

    /// <summary>Who asks.</summary>
    User,

    /// <summary>That a header isn't in the response yet.</summary>
    ResponseHeader,

    /// <summary>That nobody has left an item of a key.</summary>
    Item,

    /// <summary>That there is no feature of a type.</summary>
    Feature,
}
