using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using ZooCache.EFCore.Dependencies;

namespace ZooCache.EFCore.Queries;

/// <summary>The tables that a query reads and the types mapped to them, as caching policies see them.</summary>
internal sealed class QueriedTypes
{
    private readonly List<TableTypes> _tables = [];

    private QueriedTypes()
    {
    }

    internal IReadOnlyList<TableTypes> Tables => _tables;

    /// <summary>The names of the tables.</summary>
    internal IReadOnlyCollection<string> Names => [.. _tables.Select(t => t.Name)];

    /// <summary>The CLR types of all the tables.</summary>
    internal IReadOnlyCollection<Type> ClrTypes => [.. _tables.SelectMany(t => t.ClrTypes).Distinct()];

    internal static QueriedTypes Of(IEnumerable<SelectExpression> selects)
    {
        var types = new QueriedTypes();
        var collector = new Collector(types._tables);
        foreach (var select in selects)
        {
            collector.Visit(select);
        }

        return types;
    }

    /// <summary>One table: the types mapped to it, and what the model says of them (a "no" wins over a "yes").</summary>
    /// <param name="Name">The folded table name.</param>
    /// <param name="ClrTypes">The CLR types; none for a join table without a type of its own.</param>
    /// <param name="InModel">What <c>IsCacheable()</c> says in the model.</param>
    internal sealed record TableTypes(string Name, IReadOnlyList<Type> ClrTypes, bool? InModel);

    private sealed class Collector(List<TableTypes> tables) : ExpressionVisitor
    {
        protected override Expression VisitExtension(Expression node)
        {
            if (node is ITableBasedExpression { Table: { } table })
            {
                var name = TableName.Fold(table.Name);
                if (!tables.Exists(t => t.Name == name))
                {
                    tables.Add(Describe(name, table));
                }
            }

            return node is ITableBasedExpression or SelectExpression or SqlExpression or TableExpressionBase or ProjectionExpression or OrderingExpression
                ? base.VisitExtension(node)
                : node;
        }

        private static TableTypes Describe(string name, ITableBase table)
        {
            var entityTypes = table.EntityTypeMappings.Select(m => m.TypeBase).OfType<IEntityType>().ToList();
            var said = entityTypes.Select(t => t.FindAnnotation(ZooCacheEntityTypeBuilderExtensions.Annotation)?.Value as bool?).ToList();
            return new TableTypes(
                name,
                [.. entityTypes.Where(t => !t.HasSharedClrType).Select(t => t.ClrType).Distinct()],
                said.Contains(false) ? false : said.Contains(true) ? true : null);
        }
    }
}
