using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ZooCache.Consistency.Tests.World;

/// <summary>Calls when a transaction has been committed, while EF doesn't yet know.</summary>
internal sealed class CommitEar(Func<Task> committed) : DbTransactionInterceptor
{
    public override void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData)
        => committed().GetAwaiter().GetResult();

    public override Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
        => committed();
}
