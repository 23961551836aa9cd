using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;
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
    internal static Expression Wrap(Expression compiled, SetWriteRows rows)
        => Expression.Call(
            compiled.Type == typeof(int) ? ExecuteMethod : ExecuteAsyncMethod,
            QueryCompilationContext.QueryContextParameter,
            Expression.Constant(rows),
            Expression.Lambda(compiled));

    /// <summary>Called by compiled queries.</summary>
    public static int Execute(QueryContext context, SetWriteRows rows, Func<int> execute)
    {
        if (BypassedQuery.CacheOf(context) is not { } cache)
        {
            return execute();
        }

        Exception? failure = null;
        var outer = cache.UnderWay;
        var handle = Open(cache, context, rows);
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
            Ended(cache, outer);
            cache.Wait(handle?.End(failure));
        }
    }

    /// <summary>Called by compiled queries.</summary>
    public static async Task<int> ExecuteAsync(QueryContext context, SetWriteRows rows, Func<Task<int>> execute)
    {
        if (BypassedQuery.CacheOf(context) is not { } cache)
        {
            return await execute().ConfigureAwait(false);
        }

        Exception? failure = null;
        var outer = cache.UnderWay;
        var handle = Open(cache, context, rows);
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
            Ended(cache, outer);
            await cache.WaitAsync(handle?.End(failure)).ConfigureAwait(false);
        }
    }

    private static WriteHandle? Open(ContextCache cache, QueryContext context, SetWriteRows rows)
    {
        cache.Registry.Register(rows.Model);
        var handle = WriteHandle.Open(cache, ((RelationalQueryContext)context).Connection, InvalidationCauses.SetWrite);
        if (handle is not null)
        {
            rows.AddTo(handle.Write, context.Parameters);
        }

        cache.KnownSetWrites++;
        cache.UnderWay = handle?.Write;
        return handle;
    }

    private static void Ended(ContextCache cache, EFWrite? outer)
    {
        cache.KnownSetWrites--;
        cache.UnderWay = outer;
    }
}
