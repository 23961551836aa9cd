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
internal sealed class DependencyAnalyzer : ExpressionVisitor
{
    private readonly List<TableReference> _references = [];
    private readonly Dictionary<SelectExpression, Dictionary<string, ColumnFact>> _pushed = new(ReferenceEqualityComparer.Instance);
    private readonly List<QueryParameter> _parameters = [];
    private readonly IModel _model;
    private SelectScope? _scope;
    private string? _problem;
    private string? _undeclared;
    private bool _readsRowsAsStored = true;
    private bool _isFirst;
    private IReadOnlyDictionary<TableExpression, ColumnUse>? _uses;
    private readonly List<string> _unlisted = [];

    private DependencyAnalyzer(IModel model) => _model = model;

    /// <summary>What the commands of a query depend on together; null, with the reason, if it can't be cached.</summary>
    internal static QueryDependencies? Analyze(IReadOnlyList<SelectExpression> selects, IModel model, out string? problem)
    {
        var analyzer = new DependencyAnalyzer(model) { _uses = selects.Count == 1 ? ColumnUses.Of(selects[0]) : null };
        foreach (var select in selects)
        {
            analyzer._isFirst = ReferenceEquals(select, selects[0]);
            analyzer.Visit(select);
        }

        problem = analyzer._problem;
        return problem is null
            ? new QueryDependencies(analyzer._references, analyzer._parameters)
            {
                Undeclared = analyzer._undeclared,
                UnlistedFunctions = analyzer._unlisted,
                ReadsRowsAsStored = analyzer._readsRowsAsStored,
            }
            : null;
    }

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
                return VisitSelect(select);
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

    private SelectExpression VisitSelect(SelectExpression select)
    {
        var outer = _scope;
        _scope = new SelectScope(select, outer, _pushed.GetValueOrDefault(select));
        foreach (var (derived, facts) in _scope.Derived)
        {
            foreach (var (inner, pushed) in DerivedTable.Push(derived, facts))
            {
                _pushed[inner] = pushed;
            }
        }

        base.VisitExtension(select);
        _scope = outer;
        return select;
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
            _readsRowsAsStored = false;
            // Temporal tables and table hints: the answer isn't a function of the present rows, or locks them.
            _problem = $"{BypassReasons.UnknownExpression}: annotated table {table.Name}";
        }
        else if (table.Table is not ITable known)
        {
            AddUntold(table.Table, $"{BypassReasons.View}: {table.Name}");
        }
        else
        {
            string? reason = ExplainReasons.NoEquality;
            var anchors = _scope?.AnchorsOf(table, known, out reason) ?? new ValueList<Anchor>([]);
            _references.Add(new TableReference(TableName.Fold(table.Name), anchors, reason)
            {
                RequiredKey = _isFirst && _scope?.IsInEachRow(table) == true ? TableColumns.Of(known).Key : null,
                ByUse = _uses?.GetValueOrDefault(table) is { } use ? UsedAndShown.Of(use, TableColumns.Of(known), anchors) : null,
            });
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
        _readsRowsAsStored = false;
        var told = source is null ? [] : DeclaredDependencies.Of(source, _model);
        if (told.Count == 0)
        {
            _undeclared ??= reason;
        }

        foreach (var table in told)
        {
            _references.Add(new TableReference(table, new ValueList<Anchor>([]), ExplainReasons.Declared));
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
}
