using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Query;

namespace ZooCache.EFCore.Queries.Known;

/// <summary>
/// A query that EF has taken its parameters out of once: which of its captured variables is which parameter. EF's compiled
/// queries are kept with it, under EF's own keys, in which <see cref="StandIn"/> stands for the query's expression. Safe for
/// concurrent use.
/// </summary>
internal sealed class KnownQuery
{
    /// <summary>Contexts that differ in their settings have compiled queries of their own.</summary>
    private const int MostCompiled = 8;

    /// <summary>For each place of a parameter its name.</summary>
    private readonly string[] _names;

    private volatile (object Key, Delegate Compiled)[] _compiled = [];

    internal KnownQuery(string[] names) => _names = names;

    /// <summary>The names of the parameters, by their places.</summary>
    internal IReadOnlyList<string> Names => _names;

    /// <summary>Stands for any known query where EF makes a key of it: what is left is in what contexts differ.</summary>
    internal static Expression StandIn { get; } = new Token();

    /// <summary>The query as EF has compiled it for a context like this one; null if it hasn't.</summary>
    internal Func<QueryContext, TResult>? Find<TResult>(object key)
    {
        foreach (var (known, compiled) in _compiled)
        {
            if (known.Equals(key) && compiled is Func<QueryContext, TResult> found)
            {
                return found;
            }
        }

        return null;
    }

    internal void Add(object key, Delegate compiled)
    {
        lock (_names)
        {
            _compiled = [.. _compiled.Where(c => !c.Key.Equals(key)).TakeLast(MostCompiled - 1), (key, compiled)];
        }
    }

    /// <summary>
    /// Reads the values into the parameters; each as often as it is met, as EF does it, and the first counts. False if one is
    /// more than its type says. Throws what reading them throws.
    /// </summary>
    internal bool TryBind(Fingerprint query, Dictionary<string, object?> parameters)
    {
        for (var i = 0; i < _names.Length; i++)
        {
            var value = Fingerprint.ValueOf(query.Captures[i]);
            if (!CapturedTypes.IsPlain(value))
            {
                return false;
            }

            parameters.TryAdd(_names[i], value);
        }

        return true;
    }

    private sealed class Token : Expression
    {
        public override ExpressionType NodeType => ExpressionType.Extension;

        public override Type Type => typeof(void);
    }
}
