using System.Data.Common;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>Makes every post one of the third blog's.</summary>
internal sealed class MovesPosts : IMaterializationInterceptor
{
    public object InitializedInstance(MaterializationInterceptionData materializationData, object entity)
    {
        if (entity is Post post)
        {
            post.BlogId = 3;
        }

        return entity;
    }
}

/// <summary>Asks for another blog than the post's: changes the command, or answers itself.</summary>
internal sealed class ChangesSql(bool answers) : DbCommandInterceptor
{
    public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
    {
        if (!command.CommandText.StartsWith("SELECT", StringComparison.Ordinal))
        {
            return result;
        }

        var changed = Regex.Replace(command.CommandText, "\"?p\"?\\.\"BlogId\"", "3 AS \"BlogId\"", RegexOptions.None, TimeSpan.FromSeconds(5));
        if (!answers)
        {
            command.CommandText = changed;
            return result;
        }

        var own = command.Connection!.CreateCommand();
        own.CommandText = changed;
        return InterceptionResult<DbDataReader>.SuppressWithResult(own.ExecuteReader());
    }
}
