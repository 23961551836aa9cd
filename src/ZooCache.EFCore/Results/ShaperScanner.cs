using System.Collections;
using System.Data.Common;
using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore.Query;
using ZooCache.RowSets;

namespace ZooCache.EFCore.Results;

/// <summary>
/// Reads off EF's compiled shaper how it uses its <see cref="DbDataReader"/>. The shaper is the authority on which getter
/// reads which column; anything in it that a buffer could not answer exactly as the provider does (a cast to the
/// provider's own reader type, a getter of an unknown type, an ordinal found at run time, two getters for one column)
/// makes the query uncacheable, with a reason.
/// </summary>
internal sealed class ShaperScanner : ExpressionVisitor
{
    private readonly Dictionary<int, ValueKind> _kinds = [];
    private readonly Dictionary<int, HeldType> _others = [];
    private readonly HashSet<int> _objects = [];
    private readonly HashSet<int> _nullChecks = [];
    private string? _problem;

    private ShaperScanner()
    {
    }

    /// <summary>The use that all the lambdas make which read one command's result; null, with a reason, if one of them
    /// needs the provider's own reader.</summary>
    internal static ReaderUsage? Scan(IEnumerable<Expression> shapers, out string? problem)
    {
        var scanner = new ShaperScanner();
        foreach (var shaper in shapers)
        {
            scanner.Visit(shaper);
        }

        problem = scanner._problem;
        return problem is null ? scanner.Build() : null;
    }

    private ReaderUsage Build()
    {
        // GetFieldValue<object> is also what EF's detailed errors call; it decides only where nothing typed is called.
        foreach (var ordinal in _objects)
        {
            _kinds.TryAdd(ordinal, ValueKind.Object);
        }

        var count = _kinds.Keys.Concat(_nullChecks).Append(-1).Max() + 1;
        var kinds = new ValueKind[count];
        foreach (var (ordinal, kind) in _kinds)
        {
            kinds[ordinal] = kind;
        }

        // Only looked at for NULL: any getter would do, and object asks nothing of the value's type.
        foreach (var ordinal in _nullChecks.Where(o => kinds[o] == ValueKind.Unsupported))
        {
            kinds[ordinal] = ValueKind.Object;
        }

        var looksForNull = new BitArray(Math.Max(count, 1));
        foreach (var ordinal in _nullChecks)
        {
            looksForNull[ordinal] = true;
        }

        return new ReaderUsage(kinds, looksForNull, _others);
    }

    protected override Expression VisitMethodCall(MethodCallExpression node)
    {
        if (IsReader(node.Object))
        {
            Record(node.Method, node.Arguments);
            return node;
        }

        foreach (var argument in node.Arguments)
        {
            if (IsReader(argument) && !IsEFMethod(node.Method))
            {
                _problem ??= $"the shaper passes its reader to {node.Method.DeclaringType?.Name}.{node.Method.Name}";
            }
        }

        return base.VisitMethodCall(node);
    }

    protected override Expression VisitUnary(UnaryExpression node)
    {
        if (IsReader(node.Operand) && node.Type != typeof(DbDataReader))
        {
            _problem ??= $"the provider reads through its own {node.Type.Name}";
        }

        return base.VisitUnary(node);
    }

    protected override Expression VisitMember(MemberExpression node)
    {
        if (IsReader(node.Expression))
        {
            _problem ??= $"the shaper asks its reader for {node.Member.Name}";
        }

        return base.VisitMember(node);
    }

    protected override Expression VisitIndex(IndexExpression node)
    {
        if (IsReader(node.Object))
        {
            _problem ??= "the shaper uses its reader's indexer";
        }

        return base.VisitIndex(node);
    }

    // A liftable constant stands for a compiled delegate; the identifiers of collections are read in such delegates, and
    // of columns that nothing else in the shaper may read. Its resolver is the expression that the delegate was made from.
    protected override Expression VisitExtension(Expression node)
    {
        if (node is LiftableConstantExpression constant)
        {
            Visit(constant.ResolverExpression.Body);
        }

        return node;
    }

    protected override Expression VisitConstant(ConstantExpression node)
    {
        if (node.Value is Delegate compiled && compiled.Method.GetParameters().Any(p => p.ParameterType == typeof(DbDataReader)))
        {
            _problem ??= "the shaper hands its reader to a compiled delegate";
        }

        return node;
    }

    private void Record(MethodInfo method, IReadOnlyList<Expression> arguments)
    {
        if (arguments is not [var argument] || OrdinalOf(argument) is not { } ordinal || ordinal < 0)
        {
            _problem ??= $"the shaper calls {method.Name} with an ordinal that is not constant";
            return;
        }

        if (method.DeclaringType != typeof(DbDataReader))
        {
            _problem ??= $"the provider reads through its own {method.DeclaringType?.Name}.{method.Name}";
            return;
        }

        if (method.Name == nameof(DbDataReader.IsDBNull))
        {
            _nullChecks.Add(ordinal);
            return;
        }

        var type = method.ReturnType;
        var kind = IsTypedGetter(method) ? ValueKinds.Of(type) : ValueKind.Unsupported;
        if (kind == ValueKind.Unsupported && method.Name == nameof(DbDataReader.GetFieldValue) && HeldType.Of(type) is { } other)
        {
            kind = ValueKind.Other;
            if (!_others.TryAdd(ordinal, other) && _others[ordinal] != other)
            {
                _problem ??= $"column {ordinal} is read as {type.Name} and as {_others[ordinal].Type.Name}";
            }
        }

        if (kind == ValueKind.Unsupported)
        {
            _problem ??= $"columns of type {type.Name} can't be held";
        }
        else if (kind == ValueKind.Object)
        {
            _objects.Add(ordinal);
        }
        else if (!_kinds.TryAdd(ordinal, kind) && _kinds[ordinal] != kind)
        {
            _problem ??= $"column {ordinal} is read as {kind} and as {_kinds[ordinal]}";
        }
    }

    /// <summary>The ordinal; for a result whose columns are found by name, the place in the list of names.</summary>
    private static int? OrdinalOf(Expression argument) => argument switch
    {
        ConstantExpression { Value: int ordinal } => ordinal,
        BinaryExpression
        {
            NodeType: ExpressionType.ArrayIndex, Left: ParameterExpression { Type: var map }, Right: ConstantExpression { Value: int place },
        } when map == typeof(int[]) => place,
        _ => null,
    };

    /// <summary>The getters that <see cref="RowRecorder"/> calls for the type that they return.</summary>
    private static bool IsTypedGetter(MethodInfo method)
        => method.Name is nameof(DbDataReader.GetFieldValue)
            or nameof(DbDataReader.GetBoolean) or nameof(DbDataReader.GetByte) or nameof(DbDataReader.GetInt16)
            or nameof(DbDataReader.GetInt32) or nameof(DbDataReader.GetInt64) or nameof(DbDataReader.GetFloat)
            or nameof(DbDataReader.GetDouble) or nameof(DbDataReader.GetChar) or nameof(DbDataReader.GetDateTime)
            or nameof(DbDataReader.GetDecimal) or nameof(DbDataReader.GetGuid) or nameof(DbDataReader.GetString);

    // Include and collection helpers take the reader only to hand it to lambdas that stand in the same shaper.
    private static bool IsEFMethod(MethodInfo method)
        => method.DeclaringType is { } type
            && (type.Assembly == typeof(RelationalQueryContext).Assembly || typeof(Delegate).IsAssignableFrom(type));

    private static bool IsReader(Expression? node) => node is ParameterExpression && node.Type == typeof(DbDataReader);
}
