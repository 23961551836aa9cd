using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Results;

namespace ZooCache.EFCore.Queries.Replays;

/// <summary>
/// Numbers the commands of a compiled query, in the order in which they stand in it, and reads off how the result of each
/// is used. A call that runs a command has the command's resolver among its arguments: the one that makes EF's
/// enumerable, and within its loaders of related data one for each collection of a split query.
/// </summary>
internal sealed class CommandNumbering : ExpressionVisitor
{
    private static readonly MethodInfo ResolverMethod = typeof(NumberedCommand).GetMethod(nameof(NumberedCommand.Resolver))!;

    private readonly IReadOnlyList<string>? _columns;
    private readonly List<CommandUsage?> _commands = [];
    private string? _problem;

    private CommandNumbering(IReadOnlyList<string>? columns) => _columns = columns;

    /// <summary>The call with its commands numbered; null, with a reason, if the result of one of them can't be held.</summary>
    /// <param name="create">The call that makes EF's enumerable.</param>
    /// <param name="columns">The names by which the columns of raw SQL are found; null for any other query.</param>
    /// <param name="commands">How the result of each command is used.</param>
    /// <param name="problem">The reason.</param>
    internal static MethodCallExpression? Number(
        MethodCallExpression create, IReadOnlyList<string>? columns, out IReadOnlyList<CommandUsage> commands, out string? problem)
    {
        if (columns is not null && columns.Distinct(StringComparer.OrdinalIgnoreCase).Count() < columns.Count)
        {
            commands = [];
            problem = "two columns of one name";
            return null;
        }

        var numbering = new CommandNumbering(columns);
        var numbered = (MethodCallExpression)numbering.Visit(create);
        commands = numbering._problem is null ? [.. numbering._commands.Select(c => c!)] : [];
        problem = numbering._problem;
        return problem is null ? numbered : null;
    }

    protected override Expression VisitMethodCall(MethodCallExpression node)
    {
        if (!node.Arguments.Any(a => a.Type == typeof(RelationalCommandResolver)))
        {
            return base.VisitMethodCall(node);
        }

        var number = _commands.Count;
        _commands.Add(null);
        var readers = new List<Expression>();
        var arguments = node.Arguments.Select(argument =>
        {
            if (argument.Type == typeof(RelationalCommandResolver))
            {
                return Expression.Call(ResolverMethod, argument, Expression.Constant(number));
            }

            if (LoadsRelatedData(argument.Type))
            {
                return Visit(argument);
            }

            readers.Add(argument);
            return argument;
        }).ToArray();
        var usage = ShaperScanner.Scan(readers, out var problem);
        _problem ??= problem;
        _commands[number] = usage is null ? null : new CommandUsage(usage, _columns);
        return node.Update(node.Object, arguments);
    }

    protected override Expression VisitExtension(Expression node) => node;

    private static bool LoadsRelatedData(Type type)
        => type == typeof(Action<QueryContext, IExecutionStrategy, SplitQueryResultCoordinator>)
            || type == typeof(Func<QueryContext, IExecutionStrategy, SplitQueryResultCoordinator, Task>);
}
