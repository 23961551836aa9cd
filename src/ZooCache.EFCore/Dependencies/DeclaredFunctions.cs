using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace ZooCache.EFCore.Dependencies;

/// <summary>The functions of which the model says that they are deterministic: an annotation of the database function.</summary>
internal static class DeclaredFunctions
{
    internal const string Annotation = "ZooCache:Deterministic";

    /// <summary>A function as settings and reasons name it.</summary>
    internal static string NameOf(string? schema, string name) => schema is null ? name : $"{schema}.{name}";

    /// <summary>Whether every function of the model that is called this way is declared so: overloads share a name in the tree.</summary>
    internal static bool AreDeterministic(SqlFunctionExpression function, IModel model)
    {
        var named = model.GetDbFunctions().Where(f => f.IsScalar && f.Name == function.Name && f.Schema == function.Schema).ToList();
        return named.Count > 0 && named.TrueForAll(f => f.FindAnnotation(Annotation)?.Value is true);
    }
}
