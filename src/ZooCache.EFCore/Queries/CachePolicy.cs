using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Queries;

/// <summary>Whether a query is to be cached: its own word, then its entity types in the context's settings and in the
/// model, then the context's predicate, then the context's default.</summary>
internal static class CachePolicy
{
    /// <summary>Null if the cache is to be asked, else the reason why not.</summary>
    internal static string? ReasonAgainst(QueryPlan plan, ContextSettings settings, DbContext context) => plan.Marker.Wish switch
    {
        CacheWish.Cacheable => null,
        CacheWish.NotCacheable => BypassReasons.NotCacheable,
        CacheWish.DatabaseValues => BypassReasons.DatabaseValues,
        _ => ByTypes(plan.Types, settings) switch
        {
            true => null,
            false => BypassReasons.NotCacheable,
            null when settings.When is { } when => when(Candidate(plan.Types, context)) ? null : BypassReasons.NotRequested,
            null => settings.CacheAll ? null : BypassReasons.NotRequested,
        },
    };

    /// <summary>One type that says no is enough against; for, each table that has a type of its own must say yes.</summary>
    private static bool? ByTypes(QueriedTypes types, ContextSettings settings)
    {
        bool? all = null;
        var undecided = false;
        foreach (var table in types.Tables)
        {
            switch (Said(table, settings))
            {
                case false:
                    return false;
                case true:
                    all = true;
                    break;
                default:
                    undecided |= table.ClrTypes.Count > 0;
                    break;
            }
        }

        return undecided ? null : all;
    }

    private static bool? Said(QueriedTypes.TableTypes table, ContextSettings settings)
    {
        bool? said = null;
        foreach (var type in table.ClrTypes)
        {
            if (settings.EntityTypes.TryGetValue(type, out var cacheable))
            {
                said = (said ?? true) && cacheable;
            }
        }

        return said ?? table.InModel;
    }

    private static QueryCandidate Candidate(QueriedTypes types, DbContext context)
        => new(context, types.Names, types.ClrTypes);
}
