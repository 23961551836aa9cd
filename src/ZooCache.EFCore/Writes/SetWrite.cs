using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Queries;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// <c>ExecuteUpdate</c> and <c>ExecuteDelete</c>: the compiled call is wrapped, so that the table is marked and bumped
/// before the command and bumped and unmarked after it.
/// </summary>
internal static class SetWrite
{
    private static readonly MethodInfo ExecuteMethod = typeof(SetWrite).GetMethod(nameof(Execute))!;
    private static readonly MethodInfo ExecuteAsyncMethod = typeof(SetWrite).GetMethod(nameof(ExecuteAsync))!;

    /// <summary>Wraps what EF compiled a set write to: a call that gives an <c>int</c> or a <c>Task&lt;int&gt;</c>.</summary>
    /// <param name="compiled">The call.</param>
    /// <param name="table">The table.</param>
    /// <param name="assigned">The columns that are set; null if rows are deleted.</param>
    internal static Expression Wrap(Expression compiled, ITableBase table, IReadOnlyList<string>? assigned)
    {
        var target = new Target(
            new TableWrite(TableName.Fold(table.Name), MayDelete: assigned is null, [.. (assigned ?? []).Select(TableName.Fold)]), table.Model);
        return Expression.Call(
            compiled.Type == typeof(int) ? ExecuteMethod : ExecuteAsyncMethod,
            QueryCompilationContext.QueryContextParameter,
            Expression.Constant(target),
            Expression.Lambda(compiled));
    }

    /// <summary>Called by compiled queries.</summary>
    public static int Execute(QueryContext context, Target target, Func<int> execute)
    {
        if (BypassedQuery.CacheOf(context) is not { } cache)
        {
            return execute();
        }

        Exception? failure = null;
        var handle = Open(cache, context, target);
        try
        {
            return execute();
        }
        catch (Exception exception)
        {
            failure = exception;
            throw;
        }
        finally
        {
            cache.KnownSetWrites--;
            handle?.End(failure);
        }
    }

    /// <summary>Called by compiled queries.</summary>
    public static async Task<int> ExecuteAsync(QueryContext context, Target target, Func<Task<int>> execute)
    {
        if (BypassedQuery.CacheOf(context) is not { } cache)
        {
            return await execute().ConfigureAwait(false);
        }

        Exception? failure = null;
        var handle = Open(cache, context, target);
        try
        {
            return await execute().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            failure = exception;
            throw;
        }
        finally
        {
            cache.KnownSetWrites--;
            handle?.End(failure);
        }
    }

    private static WriteHandle? Open(ContextCache cache, QueryContext context, Target target)
    {
        cache.Registry.Register(target.Model);
        var handle = WriteHandle.Open(cache, ((RelationalQueryContext)context).Connection, InvalidationCauses.SetWrite);
        handle?.Write.Add(target.Table);
        cache.KnownSetWrites++;
        return handle;
    }

    /// <summary>What a set write writes to.</summary>
    internal sealed record Target(TableWrite Table, IRelationalModel Model);
}
