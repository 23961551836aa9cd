using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;

namespace ZooCache.EFCore.Queries;

/// <summary>
/// The options of one <c>Cacheable(options)</c>: a parameter of EF's compiled query, so that one compilation serves all
/// options. EF would make a captured variable such a parameter, too, but names and numbers parameters as it meets them,
/// and the names stand in the SQL: <c>@p1</c> would become <c>@p2</c>. This one is given to EF with its name, which is
/// none that EF makes, and so leaves the application's parameters their own.
/// </summary>
internal sealed class CapturedOptions(CacheableOptions options) : Expression, IPrintableExpression
{
    private const string Name = "zoocache:options:";

    private static readonly bool FieldIsThere = HasField();

    public override ExpressionType NodeType => ExpressionType.Extension;

    public override Type Type => typeof(CacheableOptions);

    internal CacheableOptions Value => options;

    /// <summary>Whether this version of EF collects parameters where they are looked for.</summary>
    internal static bool HasField()
        => typeof(ExpressionTreeFuncletizer).GetField("_parameters", BindingFlags.Instance | BindingFlags.NonPublic)
            ?.FieldType == typeof(Dictionary<string, object?>);

    /// <summary>The argument that stands for <paramref name="options"/> in a query.</summary>
    internal static Expression Of(CacheableOptions options)
    {
        Expression<Func<CacheableOptions>> variable = () => options;
        return FieldIsThere ? new CapturedOptions(options) : variable.Body;
    }

    public void Print(ExpressionPrinter expressionPrinter) => expressionPrinter.Append("options");

    public override string ToString() => "options";

    // EF takes the parameters out of a query before anything else happens to it; every other visitor passes by.
    protected override Expression VisitChildren(ExpressionVisitor visitor)
    {
        if (visitor is not ExpressionTreeFuncletizer extraction)
        {
            return this;
        }

        var parameters = Parameters(extraction);
        var number = 0;
        while (!parameters.TryAdd(Name + number, options))
        {
            number++;
        }

        return visitor.Visit(new QueryParameterExpression(Name + number, typeof(CacheableOptions)));
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_parameters")]
    private static extern ref Dictionary<string, object?> Parameters(ExpressionTreeFuncletizer extraction);
}
