using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Query.Internal;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Queries;

/// <summary>Queries that EF compiles to source code when the application is built (<c>dotnet ef dbcontext optimize
/// --precompile-queries</c>).</summary>
public abstract class PrecompiledTests(Provider provider)
{
    public sealed class OnSqlite() : PrecompiledTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : PrecompiledTests(Provider.Postgres);

    // Guards CachingShapedQueryCompiler.VisitExtension: IsPrecompiling. EF can't write a constant of a type that it doesn't
    // know to source code and gives up on the query.
    [Fact]
    public void WhenAQueryIsPrecompiled_ItIsEFsOwn()
    {
        using var shop = new ShopDatabase(provider: provider);
        using var db = shop.Open(z => z.CacheAll());

        Precompile<IEnumerable<Customer>>(db.Customers.Where(c => c.Name != "nobody"));
        Precompile<IEnumerable<Customer>>(db.Customers.Include(c => c.Orders).AsSplitQuery());
        Precompile<IEnumerable<IGrouping<string?, Customer>>>(db.Customers.GroupBy(c => c.City));
        Precompile<IEnumerable<Customer>>(db.Customers.Where(c => c.Name != "nobody").Cacheable());
        Precompile<int>(db.Customers, q => q.ExecuteDelete());

        void Precompile<TResult>(IQueryable query, Expression<Func<IQueryable<Customer>, int>>? terminal = null)
        {
            var expression = terminal is null
                ? query.Expression
                : Microsoft.EntityFrameworkCore.Query.ReplacingExpressionVisitor.Replace(terminal.Parameters[0], query.Expression, terminal.Body);
#pragma warning disable EF9100 // Precompiled queries are experimental in EF Core.
            var compiled = db.GetService<IQueryCompiler>().PrecompileQuery<TResult>(expression, async: false);
#pragma warning restore EF9100
            var constants = new Constants();
            constants.Visit(compiled);
            constants.Types.ShouldNotBeEmpty();
            constants.Types.ShouldAllBe(t => t.Assembly != typeof(ZooCacheQueryableExtensions).Assembly, expression.ToString());
        }
    }

    private sealed class Constants : ExpressionVisitor
    {
        internal List<Type> Types { get; } = [];

        protected override Expression VisitConstant(ConstantExpression node)
        {
            Types.Add(node.Value?.GetType() ?? node.Type);
            return node;
        }

        protected override Expression VisitExtension(Expression node) => node;
    }
}
