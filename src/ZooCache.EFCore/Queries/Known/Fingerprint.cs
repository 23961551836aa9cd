using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore.Query;

namespace ZooCache.EFCore.Queries.Known;

/// <summary>
/// What a query is but for the values that it captures: its expression tree, node by node, as a row of tokens that are
/// compared one by one. Each node begins with its kind, which says how many tokens follow. The captured values stand apart.
/// Used by one thread at a time, for one tree after another.
/// </summary>
/// <remarks>
/// It reads only trees of which EF makes parameters and nothing else: captured variables of types that hold one value (or a
/// list of them), standing alone where they are used, and constants outside lambdas, as of <c>Skip</c> and <c>Take</c>. What
/// EF would compute beforehand, inline, or simplify by its value (a captured query, <c>flag &amp;&amp; …</c>, <c>id + 1</c>) isn't
/// read, and EF does with it what it always does.
/// </remarks>
internal sealed class Fingerprint
{
    private const int MostTokens = 512;

    private static readonly object[] Kinds = [.. Enum.GetValues<ExpressionType>().Select(k => (object)k)];
    private static readonly object[] Numbers = [.. Enumerable.Range(0, 64).Select(i => (object)i)];
    private static readonly object Captured = new();
    private static readonly object CapturedAgain = new();
    private static readonly object Options = new();

    private readonly List<ParameterExpression> _parameters = [];
    private readonly List<Expression> _captures = [];
    private readonly List<int> _firsts = [];
    private object?[] _tokens = new object?[64];
    private int _count;
    private HashCode _hash;
    private object? _provider;

    [ThreadStatic]
    private static Fingerprint? t_free;

    private Fingerprint()
    {
    }

    /// <summary>What the tree is but for its values; null if it is one that can't be told so. To be returned.</summary>
    internal static Fingerprint? Of(Expression query)
    {
        var fingerprint = t_free ?? new Fingerprint();
        t_free = null;
        fingerprint._hash = default;
        if (fingerprint.TryRead(query, out _))
        {
            return fingerprint;
        }

        fingerprint.Return();
        return null;
    }

    internal FingerprintSpan Span => new(_tokens.AsSpan(0, _count), _hash.ToHashCode());

    /// <summary>What becomes parameters, in the order in which it is met, each as often as it is met.</summary>
    internal IReadOnlyList<Expression> Captures => _captures;

    /// <summary>For each of <see cref="Captures"/> where it is met first.</summary>
    internal IReadOnlyList<int> Firsts => _firsts;

    /// <summary>Lets the next query of the thread use it; and keeps nothing of this one.</summary>
    internal void Return()
    {
        Array.Clear(_tokens, 0, _count);
        _count = 0;
        _parameters.Clear();
        _captures.Clear();
        _firsts.Clear();
        _provider = null;
        t_free = this;
    }

    /// <summary>The value of what becomes a parameter, as it is now. Throws what reading it throws.</summary>
    internal static object? ValueOf(Expression captured) => captured switch
    {
        CapturedOptions options => options.Value,
        MemberExpression { Member: FieldInfo field } member => field.GetValue(ValueOf(member.Expression!)),
        MemberExpression { Member: PropertyInfo property } member => property.GetValue(ValueOf(member.Expression!)),
        _ => ((ConstantExpression)captured).Value,
    };

    /// <summary>Whether EF makes one parameter of the two: by its own comparer, the hash first, as a dictionary does it.</summary>
    private static bool IsSame(Expression left, Expression right)
    {
        Expression a = left, b = right;
        while (a is MemberExpression x && b is MemberExpression y)
        {
            if (!x.Member.Equals(y.Member))
            {
                return false;
            }

            (a, b) = (x.Expression!, y.Expression!);
        }

        if (a is not ConstantExpression first || b is not ConstantExpression second || first.Type != second.Type)
        {
            return false;
        }

        var comparer = ExpressionEqualityComparer.Instance;
        return ReferenceEquals(first.Value, second.Value)
            || (comparer.GetHashCode(first) == comparer.GetHashCode(second) && comparer.Equals(first, second));
    }

    /// <summary>Reads a node; says whether it depends on the database, so that EF can't compute it beforehand.</summary>
    private bool TryRead(Expression node, out bool usesDatabase)
    {
        usesDatabase = false;
        switch (node)
        {
            case MethodCallExpression call:
                return TryReadCall(call, out usesDatabase) && usesDatabase;

            case LambdaExpression lambda:
                usesDatabase = true;
                return TryReadLambda(lambda);

            case ParameterExpression parameter:
                usesDatabase = true;
                return Begin(parameter) && _parameters.LastIndexOf(parameter) is >= 0 and var index && Add(Numbers[index]);

            case MemberExpression { Expression: { } instance } member:
                return IsCapture(member)
                    ? CapturedTypes.IsHeld(member.Type) && TryCapture(member)
                    : Begin(member) && Add(member.Member) && TryRead(instance, out usesDatabase) && usesDatabase;

            case ConstantExpression constant:
                return Begin(constant) && (constant.Value is null || CapturedTypes.IsScalar(constant.Value.GetType())) && Add(constant.Value, hashed: true);

            case UnaryExpression unary:
                return TryReadUnary(unary, out usesDatabase);

            case BinaryExpression { Conversion: null } binary:
                return TryReadBinary(binary, out usesDatabase);

            case ConditionalExpression conditional:
                usesDatabase = true;
                return Begin(conditional) && TryRead(conditional.Test, out var testUses) && testUses
                    && TryRead(conditional.IfTrue, out _) && TryRead(conditional.IfFalse, out _);

            case NewExpression @new:
                return TryReadNew(@new, out usesDatabase) && usesDatabase;

            case MemberInitExpression init:
                return TryReadInit(init, out usesDatabase) && usesDatabase;

            case TypeBinaryExpression type:
                return Begin(type) && Add(type.TypeOperand) && TryRead(type.Expression, out usesDatabase) && usesDatabase;

            case EntityQueryRootExpression root when root.GetType() == typeof(EntityQueryRootExpression):
                usesDatabase = true;

                // Of two contexts in one query EF complains.
                _provider ??= root.QueryProvider;
                return ReferenceEquals(_provider, root.QueryProvider) && Begin(root) && Add(root.EntityType);

            case CapturedOptions options:
                _firsts.Add(_captures.Count);
                _captures.Add(options);
                return Add(Options);

            default:
                return false;
        }
    }

    private bool TryReadCall(MethodCallExpression call, out bool usesDatabase)
    {
        usesDatabase = false;
        if (!Begin(call) || !Add(call.Method) || (call.Object is { } instance && !TryRead(instance, out usesDatabase)))
        {
            return false;
        }

        // Its list of arguments would be made for us.
        IArgumentProvider arguments = call;
        for (var i = 0; i < arguments.ArgumentCount; i++)
        {
            var argument = arguments.GetArgument(i);

            // Outside lambdas EF makes parameters of constants, too: of numbers of rows, and of what is looked for.
            var argumentUses = false;
            var isParameter = _parameters.Count == 0 && call.Method.DeclaringType == typeof(Queryable)
                && argument is ConstantExpression { Value: var value } && (value is null || CapturedTypes.IsScalar(value.GetType()));
            if (!(isParameter ? TryCapture(argument) : SpanOf(call, i) is { } span ? TryReadSpan(span) : TryRead(argument, out argumentUses)))
            {
                return false;
            }

            usesDatabase |= argumentUses;
        }

        return true;
    }

    /// <summary>What an argument of <c>MemoryExtensions.Contains</c> makes a span of: C# takes that for <c>array.Contains(…)</c>, and EF
    /// the other way round.</summary>
    internal static MethodCallExpression? SpanOf(MethodCallExpression call, int argument)
        => argument == 0 && call.Method.DeclaringType == typeof(MemoryExtensions) && call.Method.Name == nameof(MemoryExtensions.Contains)
            && call.Arguments[0] is MethodCallExpression { Object: null, Method.Name: "op_Implicit", Arguments.Count: 1 } span
                ? span
                : null;

    private bool TryReadSpan(MethodCallExpression span)
        => Begin(span) && Add(span.Method) && TryRead(span.Arguments[0], out var usesDatabase) && !usesDatabase;

    private bool TryReadLambda(LambdaExpression lambda)
    {
        var outer = _parameters.Count;
        var parameters = lambda.Parameters;
        if (outer + parameters.Count >= Numbers.Length || !Begin(lambda) || !Add(Numbers[parameters.Count]))
        {
            return false;
        }

        for (var i = 0; i < parameters.Count; i++)
        {
            _parameters.Add(parameters[i]);
            Add(parameters[i].Type);
            Add(parameters[i].Name);
        }

        var isRead = TryRead(lambda.Body, out var usesDatabase) && usesDatabase;
        _parameters.RemoveRange(outer, _parameters.Count - outer);
        return isRead;
    }

    private bool TryReadUnary(UnaryExpression unary, out bool usesDatabase)
    {
        usesDatabase = false;

        // Of a captured value EF takes a conversion for a part, or leaves it; anything else it computes.
        return Begin(unary) && Add(unary.Method) && TryRead(unary.Operand, out usesDatabase)
            && (usesDatabase || unary is { NodeType: ExpressionType.Convert, Method: null, Operand: MemberExpression or ConstantExpression });
    }

    private bool TryReadBinary(BinaryExpression binary, out bool usesDatabase)
    {
        usesDatabase = false;
        if (!Begin(binary) || !Add(binary.Method) || !Add(Numbers[binary.IsLiftedToNull ? 1 : 0])
            || !TryRead(binary.Left, out var leftUses) || !TryRead(binary.Right, out var rightUses))
        {
            return false;
        }

        usesDatabase = leftUses || rightUses;
        return usesDatabase
            && ((leftUses && rightUses) || binary.NodeType is not (ExpressionType.AndAlso or ExpressionType.OrElse or ExpressionType.Coalesce));
    }

    private bool TryReadNew(NewExpression @new, out bool usesDatabase)
    {
        usesDatabase = false;
        if (!Begin(@new) || !Add(@new.Constructor) || !Add(Numbers[@new.Members is null ? 0 : 1]))
        {
            return false;
        }

        foreach (var member in @new.Members ?? [])
        {
            Add(member);
        }

        IArgumentProvider arguments = @new;
        for (var i = 0; i < arguments.ArgumentCount; i++)
        {
            if (!TryRead(arguments.GetArgument(i), out var argumentUses))
            {
                return false;
            }

            usesDatabase |= argumentUses;
        }

        return true;
    }

    private bool TryReadInit(MemberInitExpression init, out bool usesDatabase)
    {
        usesDatabase = false;
        if (!Begin(init) || init.Bindings.Count >= Numbers.Length || !Add(Numbers[init.Bindings.Count]) || !TryReadNew(init.NewExpression, out usesDatabase))
        {
            return false;
        }

        foreach (var binding in init.Bindings)
        {
            if (binding is not MemberAssignment assignment || !Add(assignment.Member) || !TryRead(assignment.Expression, out var assignedUses))
            {
                return false;
            }

            usesDatabase |= assignedUses;
        }

        return true;
    }

    private static bool IsCapture(MemberExpression member)
    {
        var instance = member.Expression;
        while (instance is MemberExpression { Expression: { } next })
        {
            instance = next;
        }

        return instance is ConstantExpression;
    }

    private bool TryCapture(Expression captured)
    {
        for (var i = 0; i < _captures.Count; i++)
        {
            if (IsSame(_captures[i], captured))
            {
                _firsts.Add(_firsts[i]);
                _captures.Add(captured);
                return Add(CapturedAgain) && Add(Numbers[i]);
            }
        }

        _firsts.Add(_captures.Count);
        _captures.Add(captured);
        Add(Captured);
        for (; captured is MemberExpression next; captured = next.Expression!)
        {
            Add(next.Member);
        }

        return Add(captured.Type) && _captures.Count < Numbers.Length;
    }

    private bool Begin(Expression node)
    {
        Add(Kinds[(int)node.NodeType]);
        return Add(node.Type, hashed: true);
    }

    private bool Add(object? token, bool hashed = false)
    {
        if (_count == _tokens.Length)
        {
            Array.Resize(ref _tokens, _count * 2);
        }

        _tokens[_count++] = token;
        if (hashed)
        {
            _hash.Add(token);
        }

        return _count < MostTokens;
    }
}
