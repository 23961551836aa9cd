using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ZooCache.Integration.Tests.Support;

/// <summary>All tests together set EF up in more ways, each with a service provider, than one application ever would.</summary>
internal static class Quietness
{
    internal static TBuilder Quiet<TBuilder>(this TBuilder builder)
        where TBuilder : DbContextOptionsBuilder
    {
        builder.ConfigureWarnings(w => w.Ignore(CoreEventId.ManyServiceProvidersCreatedWarning));
        return builder;
    }
}
