using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace ZooCache.EFCore.Dependencies;

/// <summary>
/// What must hold, of the rows of each source of one SELECT, for a row to influence the result: which of their columns
/// have which values. Found once when the query is compiled.
/// </summary>
/// <remarks>
/// <para>Lemma: let a fact say <c>source.column = value</c>. A row of that source which doesn't satisfy it can be added,
/// changed into another such row, or taken away, and the result stays what it is. docs/invalidation.md has the argument for
/// each of the rules below.</para>
/// <list type="number">
/// <item>Conjuncts of WHERE and of inner joins give facts of preserved sources.</item>
/// <item>Conjuncts of a left join's own ON give facts of its nullable source, and of nothing else. WHERE gives facts of a
/// nullable source only with values that aren't NULL in the execution (<see cref="ColumnFact.UnlessNull"/>): a row that goes
/// away leaves a row of NULLs in its place.</item>
/// <item>Equality of columns carries facts between sources, from the rows of an outer query into a subquery, and in an ON to the
/// nullable source, never back. What is carried on from a nullable source holds when its own does.</item>
/// <item>What holds inside a derived table holds for the columns that it gives. What holds outside goes into it only if it
/// has no LIMIT or OFFSET, and only for columns by which it groups and by which all its windows are partitioned; into both
/// operands of a set operation, texts only if each operand gives a table's column of known collation.</item>
/// <item>Sources to the left of a RIGHT JOIN, and joins that aren't known, have no facts. Negations give none.</item>
/// </list>
/// </remarks>
internal sealed class SelectScope
{
    private readonly SelectScope? _parent;
    private readonly Dictionary<string, Source> _sources;
    private readonly Dictionary<ColumnName, ColumnFact> _facts;
    private readonly Dictionary<ColumnName, ColumnFact> _matched;
    private readonly List<(ColumnExpression Left, ColumnExpression Right)> _equal;
    private readonly List<SqlExpression> _alternatives = [];

    /// <param name="select">The SELECT.</param>
    /// <param name="parent">The scope that it stands in; its sources can be named.</param>
    /// <param name="pushed">What holds outside for the columns that it gives, as far as it may come in.</param>
    internal SelectScope(SelectExpression select, SelectScope? parent, IReadOnlyDictionary<string, ColumnFact>? pushed)
    {
        _parent = parent;
        _facts = [];
        _matched = [];
        _equal = [];
        Select = select;
        _sources = Sources.Of(select, out var conditions);
        foreach (var (alias, source) in _sources.Where(s => s.Value.Role == SourceRole.Preserved))
        {
            foreach (var (column, fact) in DerivedTable.Outputs(source.Table, parent))
            {
                _facts[new ColumnName(alias, column)] = fact;
            }
        }

        foreach (var condition in conditions)
        {
            Read(condition);
        }

        foreach (var projection in select.Projection)
        {
            if (projection.Expression is ColumnExpression column && pushed?.GetValueOrDefault(projection.Alias) is { } fact)
            {
                Add(column, fact);
            }
        }

        Carry();
        foreach (var (alias, source) in _sources.Where(s => s.Value is { Role: SourceRole.Nullable, On: not null }))
        {
            ReadOn(source.On!, alias);
        }
    }

    private SelectScope(SelectScope whole, SqlExpression branch)
    {
        _parent = whole._parent;
        _sources = whole._sources;
        _facts = new(whole._facts);
        _matched = whole._matched;
        _equal = [.. whole._equal];
        Select = whole.Select;
        Read(branch);
        Carry();
    }

    internal SelectExpression Select { get; }

    /// <summary>Whether each row of the whole result is made of rows of this SELECT: it stands outermost, or as a preserved source
    /// of one of which that is so, and neither groups nor computes.</summary>
    internal bool GivesRows
        => Select is { GroupBy.Count: 0, Having: null }
            && Select.Projection.All(p => p.Expression is ColumnExpression)
            && (_parent is null
                || (_parent.GivesRows && _parent._sources.Values.Any(s => s.Role == SourceRole.Preserved && ReferenceEquals(s.Table, Select))));

    /// <summary>The derived tables among the sources, with what holds outside of the columns that each gives.</summary>
    internal IEnumerable<(TableExpressionBase Table, Dictionary<string, ColumnFact> Facts)> Derived
        => _sources.Where(s => s.Value.Table is SelectExpression or SetOperationBase).Select(s => (s.Value.Table, FactsOf(s.Key, all: true)));

    /// <summary>Whether each row of the whole result is made of a row of this reference.</summary>
    internal bool IsInEachRow(TableExpression reference)
        => GivesRows && _sources.TryGetValue(reference.Alias, out var source) && source.Role == SourceRole.Preserved;

    /// <summary>The anchors of a table reference, the best first; with the reason if there is none.</summary>
    internal ValueList<Anchor> AnchorsOf(TableExpression reference, ITable table, out string? reason)
    {
        var columns = TableColumns.Of(table);
        reason = null;
        if (!_sources.TryGetValue(reference.Alias, out var source) || !ReferenceEquals(source.Table, reference) || source.Role == SourceRole.Opaque)
        {
            reason = ExplainReasons.OuterJoin;
            return new ValueList<Anchor>([]);
        }

        var anchors = new List<Anchor>();
        foreach (var all in (bool[])[true, false])
        {
            if (TermOf(reference.Alias, columns, all) is { } term && !anchors.Exists(a => a.Terms[0] == term))
            {
                anchors.Add(new Anchor(new ValueList<AnchorTerm>([term])));
            }
        }

        if (anchors.Count == 0 && _alternatives.Select(a => OfAlternatives(a, reference.Alias, columns)).FirstOrDefault(a => a is not null) is { } union)
        {
            anchors.Add(union);
        }

        reason = anchors.Count == 0 ? ExplainReasons.NoEquality : null;
        return new ValueList<Anchor>(anchors);
    }

    /// <summary>All that is known of the rows of a table reference that count, by folded column name: one set of facts, or one
    /// for each branch of an OR; none if nothing is.</summary>
    internal IReadOnlyList<IReadOnlyDictionary<string, ColumnFact>> RowsOf(TableExpression reference, ITable table)
    {
        var columns = TableColumns.Of(table);
        if (!_sources.TryGetValue(reference.Alias, out var source) || source.Role != SourceRole.Preserved)
        {
            return [];
        }

        var known = BoundOf(reference.Alias, columns, all: false);
        if (known.Count > 0)
        {
            return [known];
        }

        foreach (var either in _alternatives)
        {
            var rows = Conditions.Branches(either).Select(b => new SelectScope(this, b).BoundOf(reference.Alias, columns, all: false)).ToList();
            if (rows.Count <= Anchor.MaximumValues && rows.TrueForAll(r => r.Count > 0))
            {
                return rows;
            }
        }

        return [];
    }

    /// <summary>What holds for the columns that the SELECT gives.</summary>
    internal Dictionary<string, ColumnFact> Outputs()
    {
        var outputs = new Dictionary<string, ColumnFact>(StringComparer.Ordinal);
        foreach (var projection in Select.Projection)
        {
            if (projection.Expression is ColumnExpression column && _sources.ContainsKey(column.TableAlias) && Find(column) is { } fact)
            {
                outputs[projection.Alias] = fact;
            }
        }

        return outputs;
    }

    private StoreKind? KindOf(ColumnExpression column)
        => _sources.TryGetValue(column.TableAlias, out var source) ? Collated.KindOf(source.Table, column) : _parent?.KindOf(column);

    private ColumnFact? Find(ColumnExpression column)
        => _sources.ContainsKey(column.TableAlias) ? _facts.GetValueOrDefault(ColumnName.Of(column)) : _parent?.Find(column);

    /// <summary>One term for each branch of an OR; null if one has none.</summary>
    private Anchor? OfAlternatives(SqlExpression either, string alias, TableColumns columns)
    {
        var terms = new List<AnchorTerm>();
        foreach (var branch in Conditions.Branches(either))
        {
            if (terms.Count == Anchor.MaximumValues || new SelectScope(this, branch).TermOf(alias, columns, all: true) is not { } term)
            {
                return null;
            }

            terms.Add(term);
        }

        return new Anchor(new ValueList<AnchorTerm>(terms));
    }

    private AnchorTerm? TermOf(string alias, TableColumns columns, bool all)
    {
        var bound = BoundOf(alias, columns, all);
        return columns.Best(bound.Keys) is { } family
            ? new AnchorTerm(family, new ValueList<ColumnFact>(family.Columns.Select(c => bound[c.Name])))
            : null;
    }

    /// <summary>The facts of the columns whose values can be hashed.</summary>
    private Dictionary<string, ColumnFact> BoundOf(string alias, TableColumns columns, bool all)
    {
        var bound = new Dictionary<string, ColumnFact>(StringComparer.Ordinal);
        foreach (var (name, fact) in FactsOf(alias, all))
        {
            var folded = Family.Fold(name);
            if (columns.KindOf(folded) is { } kind && fact.Values.All(v => v.IsOf(kind)))
            {
                bound[folded] = fact;
            }
        }

        return bound;
    }

    private Dictionary<string, ColumnFact> FactsOf(string alias, bool all)
    {
        var facts = new Dictionary<string, ColumnFact>(StringComparer.Ordinal);
        IEnumerable<KeyValuePair<ColumnName, ColumnFact>> known = _sources[alias].Role switch
        {
            SourceRole.Opaque => [],
            SourceRole.Nullable => _matched.Concat(_facts),
            _ => _facts,
        };
        foreach (var (column, fact) in known)
        {
            if (column.Alias == alias && (all || !fact.UnlessNull))
            {
                facts.TryAdd(column.Name, fact);
            }
        }

        return facts;
    }

    private void Read(SqlExpression condition)
    {
        switch (condition)
        {
            case SqlBinaryExpression { OperatorType: ExpressionType.AndAlso } and:
                Read(and.Left);
                Read(and.Right);
                break;
            case SqlBinaryExpression { OperatorType: ExpressionType.OrElse }:
                _alternatives.Add(condition);
                break;
            default:
                if (Conditions.ReadFact(condition) is ({ } column, { } values))
                {
                    Add(column, new ColumnFact(values, UnlessNull: false));
                }
                else if (Conditions.ReadEquality(condition, KindOf) is { } pair)
                {
                    _equal.Add(pair);
                }

                break;
        }
    }

    /// <summary>The conjuncts of a left join's ON, as far as they restrict which of the nullable source's rows match.</summary>
    private void ReadOn(SqlExpression condition, string alias)
    {
        if (condition is SqlBinaryExpression { OperatorType: ExpressionType.AndAlso } and)
        {
            ReadOn(and.Left, alias);
            ReadOn(and.Right, alias);
        }
        else if (Conditions.ReadFact(condition) is ({ } column, { } values))
        {
            Match(column, new ColumnFact(values, UnlessNull: false));
        }
        else if (Conditions.ReadEquality(condition, KindOf) is var (left, right))
        {
            Match(left, Find(right));
            Match(right, Find(left));
        }

        void Match(ColumnExpression matched, ColumnFact? fact)
        {
            if (matched.TableAlias == alias && fact is not null)
            {
                _matched.TryAdd(ColumnName.Of(matched), fact);
            }
        }
    }

    private void Add(ColumnExpression column, ColumnFact fact)
    {
        if (!_sources.TryGetValue(column.TableAlias, out var source) || source.Role == SourceRole.Opaque)
        {
            return;
        }

        var name = ColumnName.Of(column);
        var added = fact with { UnlessNull = fact.UnlessNull || source.Role == SourceRole.Nullable };
        if (!_facts.TryGetValue(name, out var known) || Weight(added) < Weight(known))
        {
            _facts[name] = added;
        }
    }

    /// <summary>Carries facts over equal columns until there is nothing new.</summary>
    private void Carry()
    {
        var before = -1;
        while (before != _facts.Count)
        {
            before = _facts.Count;
            foreach (var (left, right) in _equal)
            {
                Carry(left, right);
                Carry(right, left);
            }
        }
    }

    private void Carry(ColumnExpression from, ColumnExpression to)
    {
        if (!_facts.ContainsKey(ColumnName.Of(to)) && Find(from) is { } fact)
        {
            Add(to, fact);
        }
    }

    /// <summary>The fewer values the better, and the fewer conditions.</summary>
    private static int Weight(ColumnFact fact) => fact.Values.Sum(v => v.IsList ? 8 : 2) + (fact.UnlessNull ? 1 : 0);

    private readonly record struct ColumnName(string Alias, string Name)
    {
        internal static ColumnName Of(ColumnExpression column) => new(column.TableAlias, column.Name);
    }
}
