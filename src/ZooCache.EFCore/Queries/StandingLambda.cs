using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Query;

namespace ZooCache.EFCore.Queries;

/// <summary>
/// A lambda within a compiled query that uses no variable of what is around it, compiled once, together with the query. Left
/// as it is, each run of the code around it makes a delegate for it, which takes longer than many a lambda itself: twice for
/// every query, and for every row of an included collection.
/// </summary>
internal sealed class StandingLambda : Expression, IPrintableExpression
{
    private readonly LambdaExpression _lambda;
    private ConstantExpression? _compiled;

    private StandingLambda(LambdaExpression lambda) => _lambda = lambda;

    public override ExpressionType NodeType => ExpressionType.Extension;

    public override Type Type => _lambda.Type;

    public override bool CanReduce => true;

    /// <summary>The code with such lambdas in the place of those that use nothing of it.</summary>
    internal static Expression In(Expression code) => new Replacer().Visit(code);

    public override Expression Reduce() => _compiled ??= Constant(_lambda.Compile(), Type);

    public void Print(ExpressionPrinter expressionPrinter) => expressionPrinter.Visit(_lambda);

    // EF puts in its constants last of all.
    protected override Expression VisitChildren(ExpressionVisitor visitor)
        => visitor.Visit(_lambda) is var visited && visited != _lambda ? new StandingLambda((LambdaExpression)visited) : this;

    private sealed class Replacer : ExpressionVisitor
    {
        private Scope _scope = new();

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

            return free.Count == 0 ? new StandingLambda(visited) : visited;
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
