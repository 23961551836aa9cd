using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using ZooCache.EFCore.Dependencies;

namespace ZooCache.EFCore.Origins;

/// <summary>
/// Finds the collections that a query includes as a whole: EF joins the table itself by nothing but the foreign key, on the
/// left, and nothing after that takes rows away. A filter, a limit, a query filter or a further include puts a subquery in
/// the table's place or a condition into the join; then the collection isn't found, and nothing is said of it.
/// </summary>
internal sealed class IncludeReader : ExpressionVisitor
{
    private readonly SelectExpression _select;
    private readonly List<INavigationBase> _included = [];
    private readonly List<IncludedRows> _found = [];

    private IncludeReader(SelectExpression select) => _select = select;

    internal static IReadOnlyList<IncludedRows> Of(ShapedQueryExpression shaped)
    {
        if (shaped.QueryExpression is not SelectExpression { Limit: null, Offset: null, IsDistinct: false, GroupBy.Count: 0, Having: null } select)
        {
            return [];
        }

        var reader = new IncludeReader(select);
        reader.Visit(shaped.ShaperExpression);

        // A row that is read in two ways may be met in the one and not counted in the other; and a collection that is included
        // in two ways may be filtered in the one.
        return
        [
            .. reader._found.Where(f => reader._included.Count(n => n == f.Navigation) == 1
                && reader._found.Count(o => o.Family.Table == f.Family.Table) == 1
                && f.Key.All(k => k.Table != f.Family.Table)),
        ];
    }

    protected override Expression VisitExtension(Expression node)
    {
        if (node is IncludeExpression included)
        {
            _included.Add(included.Navigation);
        }

        if (node is IncludeExpression
            {
                Navigation: INavigation { IsCollection: true } navigation,
                NavigationExpression: RelationalCollectionShaperExpression collection,
            } include
            && PropertiesOf(include.EntityExpression) is { } principal
            && PropertiesOf(collection.InnerShaper) is { } dependent
            && Find(navigation, principal, dependent) is { } rows)
        {
            _found.Add(rows);
        }

        // What a split query shapes comes from other commands.
        return node is SelectExpression or RelationalSplitCollectionShaperExpression ? node : base.VisitExtension(node);
    }

    private IncludedRows? Find(
        INavigation navigation, IDictionary<IPropertyBase, int> principal, IDictionary<IPropertyBase, int> dependent)
    {
        var key = navigation.ForeignKey;
        var pairs = new List<(ColumnExpression Principal, ColumnExpression Dependent)>();
        for (var i = 0; i < key.Properties.Count; i++)
        {
            if (ColumnOf(principal, key.PrincipalKey.Properties[i]) is not { } to || ColumnOf(dependent, key.Properties[i]) is not { } from)
            {
                return null;
            }

            pairs.Add((to, from));
        }

        var at = _select.Tables.ToList().FindIndex(t => t is LeftJoinExpression { Table.Alias: { } alias } && alias == pairs[0].Dependent.TableAlias);
        return at > 0
            && _select.Tables[at] is LeftJoinExpression { Table: TableExpression { Table: ITable table } read, JoinPredicate: var on }
            && !read.GetAnnotations().Any()
            && _select.Tables.Skip(at + 1).All(t => t is LeftJoinExpression)
            && IsEquality(on, [.. pairs])
            && !Mentions(_select.Predicate, read.Alias)
            ? RowsOf(navigation, table)
            : null;
    }

    private static IncludedRows? RowsOf(INavigation navigation, ITable table)
    {
        if (navigation.ForeignKey.GetMappedConstraints().FirstOrDefault(c => c.Table == table) is not { } constraint)
        {
            return null;
        }

        var (name, columns, principal) = (TableName.Fold(table.Name), TableColumns.Of(table), TableColumns.Of((ITable)constraint.PrincipalTable));
        var (from, to) = (new List<FamilyColumn>(), new List<OriginColumn>());
        foreach (var (column, i) in constraint.Columns.Select((c, i) => (Family.Fold(c.Name), i)).OrderBy(c => c.Item1, StringComparer.Ordinal))
        {
            var target = Family.Fold(constraint.PrincipalColumns[i].Name);
            if (columns.KindOf(column) is not ({ } kind and not StoreKind.Text) || principal.KindOf(target) != kind)
            {
                return null;
            }

            from.Add(new FamilyColumn(column, kind));
            to.Add(new OriginColumn(principal.Table, target, kind));
        }

        var types = navigation.TargetEntityType.GetConcreteDerivedTypesInclusive();
        // What an insert will make of a column with a default isn't bumped before the insert.
        return columns.FamilyOf(from.Select(c => c.Name)) is { MayBeGenerated: false } family && columns.Key is { } key
            && types.All(t => !table.IsOptional(t) && HasExactKey(t) && from.TrueForAll(c => OriginShape.Of(t).Columns.Contains(new OriginColumn(name, c.Name, c.Kind))))
            ? new IncludedRows(navigation, family, family.Witness(new ValueList<string>(key.Columns.Select(c => c.Name))), new ValueList<OriginColumn>(to))
            : null;
    }

    /// <summary>Whether two rows are two entities to EF.</summary>
    private static bool HasExactKey(IEntityType type)
        => type.FindPrimaryKey() is { } key
            && key.Properties.All(p => StoreValue.KindOf(p.GetTypeMapping()) is { } and not StoreKind.Text
                && ReferenceEquals(p.GetKeyValueComparer(), p.GetTypeMapping().KeyComparer));

    private ColumnExpression? ColumnOf(IDictionary<IPropertyBase, int> properties, IProperty property)
        => properties.TryGetValue(property, out var index) ? _select.Projection[index].Expression as ColumnExpression : null;

    /// <summary>Where in the projection the properties of a shaped entity stand.</summary>
    private IDictionary<IPropertyBase, int>? PropertiesOf(Expression shaper)
    {
        while (shaper is IncludeExpression include)
        {
            shaper = include.EntityExpression;
        }

        return shaper is StructuralTypeShaperExpression { ValueBufferExpression: ProjectionBindingExpression binding }
            && _select.GetProjection(binding) is ConstantExpression { Value: IDictionary<IPropertyBase, int> properties }
            ? properties
            : null;
    }

    private static bool IsEquality(SqlExpression on, List<(ColumnExpression Principal, ColumnExpression Dependent)> pairs)
    {
        var open = new Stack<SqlExpression>([on]);
        while (open.TryPop(out var next))
        {
            switch (next)
            {
                case SqlBinaryExpression { OperatorType: ExpressionType.AndAlso } and:
                    open.Push(and.Left);
                    open.Push(and.Right);
                    break;
                case SqlBinaryExpression { OperatorType: ExpressionType.Equal, Left: ColumnExpression left, Right: ColumnExpression right }
                    when pairs.RemoveAll(p => (Same(p.Principal, left) && Same(p.Dependent, right)) || (Same(p.Principal, right) && Same(p.Dependent, left))) > 0:
                    break;
                default:
                    return false;
            }
        }

        return pairs.Count == 0;
    }

    private static bool Same(ColumnExpression one, ColumnExpression other) => one.TableAlias == other.TableAlias && one.Name == other.Name;

    private static bool Mentions(SqlExpression? condition, string alias)
    {
        var search = new AliasSearch(alias);
        search.Visit(condition);
        return search.Found;
    }

    private sealed class AliasSearch(string alias) : ExpressionVisitor
    {
        internal bool Found { get; private set; }

        protected override Expression VisitExtension(Expression node)
        {
            Found |= node is ColumnExpression column && column.TableAlias == alias;
            return base.VisitExtension(node);
        }
    }
}
