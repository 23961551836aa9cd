using System.Collections.ObjectModel;
using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Query;

namespace ZooCache.EFCore.Queries.Known;

/// <summary>
/// Compares a query with what EF has made of it by taking its parameters out, node by node: all must be as it was, but for
/// parameters in the places where <see cref="Fingerprint"/> expects them, which both meet in the same order.
/// </summary>
internal sealed class ParameterFinder
{
    private readonly List<string> _names = [];

    private ParameterFinder()
    {
    }

    /// <summary>The names of the query's parameters, by their places; null if EF has made more of it.</summary>
    /// <param name="query">The query.</param>
    /// <param name="firsts">For each place for a parameter the first one of the same variable.</param>
    /// <param name="extracted">What EF has made of it.</param>
    /// <param name="parameters">The parameters that EF has taken out.</param>
    internal static string[]? Find(Expression query, IReadOnlyList<int> firsts, Expression extracted, Dictionary<string, object?> parameters)
    {
        var finder = new ParameterFinder();
        return finder.IsSame(query, extracted)
            && finder._names.Count == firsts.Count

            // One parameter for two variables would be one by chance of their values.
            && finder._names.Index().All(name => firsts[finder._names.IndexOf(name.Item)] == firsts[name.Index])
            && parameters.Keys.All(finder._names.Contains)
            ? [.. finder._names]
            : null;
    }

    private bool IsSame(Expression? query, Expression? extracted) => (query, extracted) switch
    {
        (null, null) => true,
        (null, _) or (_, null) => false,
        (_, QueryParameterExpression parameter) => IsParameter(query, parameter),
        _ when query.NodeType != extracted.NodeType || query.Type != extracted.Type => false,
        (MethodCallExpression a, MethodCallExpression b) when Fingerprint.SpanOf(a, 0) is { } span => IsSameContains(a, span, b),
        (MethodCallExpression a, MethodCallExpression b) => a.Method.Equals(b.Method) && IsSame(a.Object, b.Object) && IsSame(a.Arguments, b.Arguments),
        (LambdaExpression a, LambdaExpression b) => a.Parameters.SequenceEqual(b.Parameters) && IsSame(a.Body, b.Body),
        (ParameterExpression a, ParameterExpression b) => a == b,
        (MemberExpression a, MemberExpression b) => a.Member.Equals(b.Member) && a.Expression is not null && IsSame(a.Expression, b.Expression),
        (ConstantExpression a, ConstantExpression b) => Equals(a.Value, b.Value),
        (UnaryExpression a, UnaryExpression b) => Equals(a.Method, b.Method) && IsSame(a.Operand, b.Operand),
        (BinaryExpression a, BinaryExpression b) => Equals(a.Method, b.Method) && a.IsLiftedToNull == b.IsLiftedToNull && IsSame(a.Left, b.Left) && IsSame(a.Right, b.Right),
        (ConditionalExpression a, ConditionalExpression b) => IsSame(a.Test, b.Test) && IsSame(a.IfTrue, b.IfTrue) && IsSame(a.IfFalse, b.IfFalse),
        (NewExpression a, NewExpression b) => IsSameNew(a, b),
        (MemberInitExpression a, MemberInitExpression b) => IsSameNew(a.NewExpression, b.NewExpression) && IsSame(a.Bindings, b.Bindings),
        (TypeBinaryExpression a, TypeBinaryExpression b) => a.TypeOperand == b.TypeOperand && IsSame(a.Expression, b.Expression),
        (EntityQueryRootExpression a, EntityQueryRootExpression b) => a.EntityType == b.EntityType,
        _ => false,
    };

    /// <summary>What C# takes for a method of spans, EF takes for one of sequences.</summary>
    private bool IsSameContains(MethodCallExpression query, MethodCallExpression span, MethodCallExpression extracted)
        => extracted.Method.DeclaringType == typeof(Enumerable)
            && extracted.Method.Name == nameof(Enumerable.Contains)
            && extracted.Arguments.Count == 2
            && query.Arguments.Skip(2).All(a => a is ConstantExpression { Value: null })
            && IsSame(span.Arguments[0], extracted.Arguments[0])
            && IsSame(query.Arguments[1], extracted.Arguments[1]);

    private bool IsParameter(Expression query, QueryParameterExpression parameter)
    {
        switch (query)
        {
            case UnaryExpression { NodeType: ExpressionType.Convert, Method: null, Operand: MemberExpression captured } unary
                when captured.Type == (Nullable.GetUnderlyingType(unary.Type) ?? unary.Type):
            case MemberExpression or ConstantExpression or CapturedOptions:
                _names.Add(parameter.Name);
                return true;

            default:
                return false;
        }
    }

    private bool IsSame(ReadOnlyCollection<Expression> query, ReadOnlyCollection<Expression> extracted)
        => query.Count == extracted.Count && query.Zip(extracted).All(pair => IsSame(pair.First, pair.Second));

    private bool IsSameNew(NewExpression query, NewExpression extracted)
        => Equals(query.Constructor, extracted.Constructor)
            && (query.Members ?? []).SequenceEqual(extracted.Members ?? [])
            && IsSame(query.Arguments, extracted.Arguments);

    private bool IsSame(ReadOnlyCollection<MemberBinding> query, ReadOnlyCollection<MemberBinding> extracted)
        => query.Count == extracted.Count && query.Zip(extracted).All(pair
            => pair is (MemberAssignment a, MemberAssignment b) && a.Member.Equals(b.Member) && IsSame(a.Expression, b.Expression));
}
