using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using ZooCache.EFCore.Writes.Sql;

namespace ZooCache.EFCore.Dependencies;

/// <summary>
/// Reads off EF's final relational tree which tables a query asks, by which keys, from which parameters, and whether its
/// answer is a function of these alone. The walk goes through every node, so that tables in subqueries, set operations,
/// joins, projections and orderings are all found; a node that isn't known makes the query uncacheable.
/// </summary>
/// <remarks>
/// Anchor rule. A select with one table source and no join, whose WHERE has for each primary key column a conjunct
/// <c>column = constant or parameter</c>, is a function of the row with that key: the WHERE filters before anything else
/// in that select (grouping, windows, limits) happens, whatever stands around it. A change of another row, by its old or
/// its new image, can't affect it.
/// </remarks>
internal sealed class DependencyAnalyzer : ExpressionVisitor
{
    private readonly List<TableReference> _references = [];
    private readonly Dictionary<TableExpression, KeyAnchor> _anchors = new(ReferenceEqualityComparer.Instance);
    private readonly List<QueryParameter> _parameters = [];
    private readonly IModel _model;
    private string? _problem;
    private string? _undeclared;
    private readonly List<string> _unlisted = [];

    private DependencyAnalyzer(IModel model) => _model = model;

    /// <summary>What the commands of a query depend on together; null, with the reason, if it can't be cached.</summary>
    internal static QueryDependencies? Analyze(IReadOnlyList<SelectExpression> selects, IModel model, out string? problem)
    {
        var analyzer = new DependencyAnalyzer(model);
        foreach (var select in selects)
        {
            analyzer.Visit(select);
        }

        problem = analyzer._problem;
        return problem is null
            ? new QueryDependencies(
                analyzer._references, analyzer._parameters, selects is [var only] && IsOneRowByKey(analyzer._references, only), analyzer._undeclared,
                analyzer._unlisted)
            : null;
    }

    private static bool IsOneRowByKey(List<TableReference> references, SelectExpression select)
        => references is [{ Anchor: not null }]
            && select is { Tables: [TableExpression], GroupBy.Count: 0, Having: null }
            && select.Projection.All(p => p.Expression is ColumnExpression);

    protected override Expression VisitExtension(Expression node)
    {
        if (_problem is not null)
        {
            return node;
        }

        if (node is FromSqlExpression sql)
        {
            Add(sql);
            return node;
        }

        if (node is TableValuedFunctionExpression { StoreFunction: { } mapped })
        {
            AddUntold(mapped, $"{BypassReasons.TableFunction}: {mapped.Name}");
            return base.VisitExtension(node);
        }

        if (!DeterministicSql.IsKnownNode(node))
        {
            _problem = node is TableValuedFunctionExpression function ? $"{BypassReasons.TableFunction}: {function.Name}"
                : $"{BypassReasons.UnknownExpression}: {node.GetType().Name}";
            return node;
        }

        switch (node)
        {
            case SelectExpression select:
                FindAnchor(select);
                break;
            case TableExpression table:
                Add(table);
                break;
            case SqlParameterExpression parameter:
                Add(parameter);
                break;
            case ValuesExpression { ValuesParameter: { } values }:
                Add(values);
                break;
            case JsonScalarExpression json:
                foreach (var segment in json.Path)
                {
                    Visit(segment.ArrayIndex);
                }

                break;
            case SqlFunctionExpression function when !DeterministicSql.IsKnown(function):
                AddUnlisted(function);
                break;
            case SqlUnaryExpression unary when DeterministicSql.MayReadTheClock(unary):
                _problem = $"{BypassReasons.UnknownExpression}: text to {unary.Type.Name}";
                break;
            case SqlFragmentExpression fragment when !DeterministicSql.IsKnownFragment(fragment.Sql):
                // Not its text: reasons go into logs and metrics, and SQL may hold what nobody should read there.
                _problem = $"{BypassReasons.UnknownExpression}: {nameof(SqlFragmentExpression)}";
                break;
        }

        return base.VisitExtension(node);
    }

    /// <summary>A function that isn't on the list: the model vouches for it, or else the settings of each context that asks.</summary>
    private void AddUnlisted(SqlFunctionExpression function)
    {
        if (!DeclaredFunctions.AreDeterministic(function, _model)
            && DeclaredFunctions.NameOf(function.Schema, function.Name) is var name && !_unlisted.Contains(name))
        {
            _unlisted.Add(name);
        }
    }

    private void Add(TableExpression table)
    {
        if (table.GetAnnotations().Any())
        {
            // Temporal tables and table hints: the answer isn't a function of the present rows, or locks them.
            _problem = $"{BypassReasons.UnknownExpression}: annotated table {table.Name}";
        }
        else if (table.Table is not ITable)
        {
            AddUntold(table.Table, $"{BypassReasons.View}: {table.Name}");
        }
        else
        {
            _references.Add(new TableReference(TableName.Fold(table.Name), _anchors.GetValueOrDefault(table)));
        }
    }

    private void Add(FromSqlExpression sql)
    {
        if (!SqlReader.IsRepeatableRead(sql.Sql))
        {
            _problem = $"{BypassReasons.RawSql}: not known to only read";
            return;
        }

        if (sql.Arguments is QueryParameterExpression arguments)
        {
            _parameters.Add(new QueryParameter(arguments.Name, null));
        }

        AddUntold(sql.Table, BypassReasons.RawSql);
    }

    /// <summary>A source that doesn't tell which tables it reads: the model does, or else the query must.</summary>
    private void AddUntold(ITableBase? source, string reason)
    {
        var told = source is null ? [] : DeclaredDependencies.Of(source, _model);
        if (told.Count == 0)
        {
            _undeclared ??= reason;
        }

        foreach (var table in told)
        {
            _references.Add(new TableReference(table, null));
        }
    }

    private void Add(SqlParameterExpression parameter)
    {
        // One parameter may be used with two mappings, and be converted to two store values: both make the SQL.
        if (!_parameters.Exists(p => p.Name == parameter.InvariantName && ReferenceEquals(p.Mapping, parameter.TypeMapping)))
        {
            _parameters.Add(new QueryParameter(parameter.InvariantName, parameter.TypeMapping));
        }
    }

    private void FindAnchor(SelectExpression select)
    {
        if (select is not { Tables: [TableExpression { Table: ITable table } reference], Predicate: { } predicate }
            || Family.OfKey(table) is not { } family)
        {
            return;
        }

        var found = new Dictionary<string, AnchorValue>(StringComparer.Ordinal);
        Collect(predicate, reference.Alias, found);
        if (family.Columns.All(found.ContainsKey))
        {
            _anchors[reference] = new KeyAnchor(family, new ValueList<AnchorValue>(family.Columns.Select(c => found[c])));
        }
    }

    /// <summary>The conjuncts <c>column = value</c>; anything else in the conjunction only narrows further.</summary>
    private static void Collect(SqlExpression condition, string alias, Dictionary<string, AnchorValue> found)
    {
        switch (condition)
        {
            case SqlBinaryExpression { OperatorType: ExpressionType.AndAlso } and:
                Collect(and.Left, alias, found);
                Collect(and.Right, alias, found);
                break;
            case SqlBinaryExpression { OperatorType: ExpressionType.Equal } equal:
                if (!TryAdd(equal.Left, equal.Right, alias, found))
                {
                    TryAdd(equal.Right, equal.Left, alias, found);
                }

                break;
        }
    }

    private static bool TryAdd(SqlExpression left, SqlExpression right, string alias, Dictionary<string, AnchorValue> found)
    {
        if (left is not ColumnExpression column || column.TableAlias != alias || !StoreValue.IsExact(column.TypeMapping))
        {
            return false;
        }

        AnchorValue? value = right switch
        {
            SqlConstantExpression constant => new AnchorValue(constant.Value, null, constant.TypeMapping),
            SqlParameterExpression parameter => new AnchorValue(null, parameter.InvariantName, parameter.TypeMapping),
            _ => null,
        };

        return value is not null && found.TryAdd(Family.Fold(column.Name), value);
    }
}
