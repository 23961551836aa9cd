using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Connections;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Writes;

/// <summary>Completes the writes of a transaction when EF reports its end. Ends that EF doesn't see are found by
/// <see cref="ConnectionActivity"/>.</summary>
internal sealed class TransactionObserver : DbTransactionInterceptor
{
    public override DbTransaction TransactionStarted(DbConnection connection, TransactionEndEventData eventData, DbTransaction result)
    {
        Begun(connection, eventData, result);
        return result;
    }

    public override ValueTask<DbTransaction> TransactionStartedAsync(
        DbConnection connection, TransactionEndEventData eventData, DbTransaction result, CancellationToken cancellationToken = default)
    {
        Begun(connection, eventData, result);
        return new(result);
    }

    public override InterceptionResult TransactionCommitting(
        DbTransaction transaction, TransactionEventData eventData, InterceptionResult result)
    {
        Committing(transaction, eventData);
        return result;
    }

    public override ValueTask<InterceptionResult> TransactionCommittingAsync(
        DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        Committing(transaction, eventData);
        return new(result);
    }

    public override void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData)
    {
        foreach (var told in Completed(transaction, eventData))
        {
            ContextOf(eventData)?.Wait(told);
        }
    }

    public override async Task TransactionCommittedAsync(
        DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        foreach (var told in Completed(transaction, eventData))
        {
            await (ContextOf(eventData)?.WaitAsync(told) ?? Task.CompletedTask).ConfigureAwait(false);
        }
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

    private static void Begun(DbConnection connection, TransactionEndEventData eventData, DbTransaction transaction)
    {
        if (eventData.Context?.GetService<IRelationalConnection>() is { } owner)
        {
            ConnectionActivity.Of(connection).TransactionBegun(transaction, owner);
        }
    }

    private static ContextCache? ContextOf(TransactionEventData eventData) => eventData.Context?.GetService<ContextCache>();

    private static void Committing(DbTransaction transaction, TransactionEventData eventData)
    {
        if (ContextOf(eventData) is { } context)
        {
            context.CommitBegun = true;
        }

        Find(eventData)?.Committing(transaction);
    }

    /// <returns>What other nodes are told of the transaction's writes.</returns>
    private static Publication[] Completed(DbTransaction transaction, TransactionEndEventData eventData)
    {
        if (ContextOf(eventData) is { } context)
        {
            context.CommitBegun = false;
        }

        return Take(transaction, eventData, isOutcomeUnknown: false);
    }

    private static void Failed(DbTransaction transaction, TransactionErrorEventData eventData)
    {
        if (eventData.Action == "Commit")
        {
            Take(transaction, eventData, isOutcomeUnknown: true);
        }
    }

    private static Publication[] Take(DbTransaction transaction, TransactionEventData eventData, bool isOutcomeUnknown)
    {
        List<Publication>? told = null;
        foreach (var pending in Find(eventData)?.Take(transaction) ?? [])
        {
            pending.Settle(isOutcomeUnknown);
            if (pending.Write.Told is { } publication)
            {
                (told ??= []).Add(publication);
            }
        }

        return told is null ? [] : [.. told];
    }

    // The transaction no longer names its connection once it has ended; the context does.
    private static ConnectionActivity? Find(TransactionEventData eventData)
        => eventData.Context?.GetService<IRelationalConnection>() is { } connection
            && ConnectionProbe.Existing(connection) is { } existing
                ? ConnectionActivity.Find(existing)
                : null;
}
