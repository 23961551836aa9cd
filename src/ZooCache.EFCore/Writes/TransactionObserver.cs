using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ZooCache.EFCore.Writes;

/// <summary>Completes the writes of a transaction when EF reports its end. Ends that EF doesn't see are found by
/// <see cref="Connections.ConnectionState"/>.</summary>
internal sealed class TransactionObserver : DbTransactionInterceptor
{
    public override void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData)
        => Completed(transaction, eventData);

    public override Task TransactionCommittedAsync(
        DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Completed(transaction, eventData);
        return Task.CompletedTask;
    }

    public override void TransactionRolledBack(DbTransaction transaction, TransactionEndEventData eventData)
        => Completed(transaction, eventData);

    public override Task TransactionRolledBackAsync(
        DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Completed(transaction, eventData);
        return Task.CompletedTask;
    }

    public override void TransactionFailed(DbTransaction transaction, TransactionErrorEventData eventData)
        => Failed(transaction, eventData);

    public override Task TransactionFailedAsync(
        DbTransaction transaction, TransactionErrorEventData eventData, CancellationToken cancellationToken = default)
    {
        Failed(transaction, eventData);
        return Task.CompletedTask;
    }

    private static void Completed(DbTransaction transaction, TransactionEndEventData eventData)
        => Find(eventData)?.Take(transaction)?.Complete();

    private static void Failed(DbTransaction transaction, TransactionErrorEventData eventData)
    {
        if (eventData.Action == "Commit" && Find(eventData)?.Take(transaction) is { } write)
        {
            WriteHandle.EndUnknown(write);
        }
    }

    private static Connections.ConnectionState? Find(TransactionEventData eventData)
        => eventData.Context is { } context && Connections.ConnectionProbe.Existing(context) is { } connection
            ? Connections.ConnectionState.Find(connection)
            : null;

    private static Connections.ConnectionState? Find(TransactionErrorEventData eventData)
        => Find((TransactionEventData)eventData);
}
