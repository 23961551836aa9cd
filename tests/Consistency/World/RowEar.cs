using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ZooCache.Consistency.Tests.World;

/// <summary>Calls when a save without a transaction has written, and its command has ended, which commits it; EF is still busy with its result.</summary>
internal sealed class RowEar(Func<Task> committed) : DbCommandInterceptor
{
    private static readonly string[] Writes = ["INSERT", "UPDATE", "DELETE"];

    public override InterceptionResult DataReaderDisposing(DbCommand command, DataReaderDisposingEventData eventData, InterceptionResult result)
    {
        if (eventData.Context?.Database.CurrentTransaction is null && command.Transaction is null
            && Writes.Any(w => command.CommandText.StartsWith(w, StringComparison.Ordinal)))
        {
            committed().GetAwaiter().GetResult();
        }

        return result;
    }
}
