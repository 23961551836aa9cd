using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Query;

namespace ZooCache.EFCore.Queries;

/// <summary>
/// Code within a compiled query that uses no variable of what is around it, run once, together with the compilation of the
/// query: most of all lambdas. Left as they are, each run of the code around them makes delegates for them, which takes longer
/// than many a lambda itself: twice for every query, and for every row of an included collection.
/// </summary>
internal sealed class StandingCode : Expression, IPrintableExpression
{
    private readonly Expression _code;
    private ConstantExpression? _value;

    private StandingCode(Expression code) => _code = code;

    public override ExpressionType NodeType => ExpressionType.Extension;

    public override Type Type => _code.Type;

    public override bool CanReduce => true;

    /// <summary>The code with such lambdas in the place of those that use nothing of it.</summary>
    internal static Expression In(Expression code) => new Replacer().Visit(code);

    /// <summary>Whether the code uses no variable that it doesn't declare.</summary>
    internal static bool IsClosed(Expression code) => VariablesOf(code).Count == 0;

    /// <summary>Whether the code uses the variable, which it doesn't declare.</summary>
    internal static bool Uses(Expression code, ParameterExpression variable) => VariablesOf(code).Contains(variable);

    /// <summary>The value of closed code that gives the same each time.</summary>
    internal static Expression Once(Expression code) => new StandingCode(code);

    private static HashSet<ParameterExpression> VariablesOf(Expression code)
    {
        var replacer = new Replacer();
        replacer.Visit(code);
        return replacer.Free;
    }

    public override Expression Reduce() => _value ??= Constant(_code is LambdaExpression lambda ? lambda.Compile() : Lambda<Func<object>>(_code).Compile()(), Type);

    public void Print(ExpressionPrinter expressionPrinter) => expressionPrinter.Visit(_code);

    // EF puts in its constants last of all.
    protected override Expression VisitChildren(ExpressionVisitor visitor)
        => visitor.Visit(_code) is var visited && visited != _code ? new StandingCode(visited) : this;

    private sealed class Replacer : ExpressionVisitor
    {
        private Scope _scope = new();

        internal HashSet<ParameterExpression> Free => _scope.Free;

        protected override Expression VisitParameter(ParameterExpression node)
        {
            _scope.Use(node);
            return node;
        }

        protected override Expression VisitLambda<T>(Expression<T> node)
        {
            var outer = _scope;
            _scope = new Scope();
            _scope.Declare(node.Parameters);
            var visited = node.Update(Visit(node.Body), node.Parameters);
            var free = _scope.Free;
            _scope = outer;
            foreach (var variable in free)
            {
                outer.Use(variable);
            }

            return free.Count == 0 ? new StandingCode(visited) : visited;
        }

        // A lambda that is wanted as an expression stays one; which variables it uses is of interest.
        protected override Expression VisitUnary(UnaryExpression node)
            => base.VisitUnary(node) is var visited && node.NodeType == ExpressionType.Quote ? node : visited;

        protected override Expression VisitBlock(BlockExpression node)
        {
            _scope.Declare(node.Variables);
            var visited = node.Update(node.Variables, Visit(node.Expressions));
            _scope.Leave(node.Variables);
            return visited;
        }

        protected override CatchBlock VisitCatchBlock(CatchBlock node)
        {
            ParameterExpression[] variables = node.Variable is { } variable ? [variable] : [];
            _scope.Declare(variables);
            var visited = node.Update(node.Variable, Visit(node.Filter), Visit(node.Body));
            _scope.Leave(variables);
            return visited;
        }

        // What resolves a constant stands for itself.
        protected override Expression VisitExtension(Expression node)
            => node is LiftableConstantExpression ? node : base.VisitExtension(node);
    }

    /// <summary>The variables of one lambda.</summary>
    private sealed class Scope
    {
        private readonly Dictionary<ParameterExpression, int> _declared = [];

        internal HashSet<ParameterExpression> Free { get; } = [];

        internal void Declare(IEnumerable<ParameterExpression> variables)
        {
            foreach (var variable in variables)
            {
                _declared[variable] = _declared.GetValueOrDefault(variable) + 1;
            }
        }

        internal void Leave(IEnumerable<ParameterExpression> variables)
        {
            foreach (var variable in variables)
            {
                _declared[variable]--;
            }
        }

        internal void Use(ParameterExpression variable)
        {
            if (_declared.GetValueOrDefault(variable) == 0)
            {
                Free.Add(variable);
            }
        }
    }
}
