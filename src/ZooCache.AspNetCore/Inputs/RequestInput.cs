using System.Runtime.InteropServices;

namespace ZooCache.AspNetCore.Inputs;

/// <summary>A part of a request that an endpoint has read, or that its response is said to vary by.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name; empty where there is one only.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RequestInput(InputKind Kind, string Name)
{
    internal static RequestInput User { get; } = new(InputKind.User, "");

    internal static RequestInput QueryNames { get; } = new(InputKind.QueryNames, "");

    internal static RequestInput WholeQuery { get; } = new(InputKind.WholeQuery, "");

    /// <summary>Header names differ by case in nothing.</summary>
    internal static RequestInput Header(string name) => new(InputKind.Header, name.ToUpperInvariant());
}

/// <summary>The parts of a request.</summary>
internal enum InputKind
{
    /// <summary>A header.</summary>
    Header,

    /// <summary>A cookie.</summary>
    Cookie,

    /// <summary>A value of the query.</summary>
    Query,

    /// <summary>Which names there are in the query.</summary>
    QueryNames,

    /// <summary>The query as a whole.</summary>
    WholeQuery,

    /// <summary>Who asks.</summary>
    User,
}
