using System.Data.Common;
using System.Transactions;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Connections;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// A write together with what decides its outcome: itself, where each command commits alone or EF commits within the
/// call; otherwise the transaction or the session around it, which then outlives the call.
/// </summary>
/// <remarks>
/// A write in a transaction is marked and bumped when it is made, not when it commits: a commit on the raw
/// <see cref="DbTransaction"/> raises no event, and would otherwise leave old answers standing
/// (docs/adr/0005-writes-in-transactions.md).
/// </remarks>
internal sealed class WriteHandle
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    private WriteHandle(EFWrite write, bool endsWithCall)
    {
        Write = write;
        EndsWithCall = endsWithCall;
    }

    internal EFWrite Write { get; }

    /// <summary>Whether the outcome is certain once the command or the call that writes is over.</summary>
    internal bool EndsWithCall { get; }

    internal static WriteHandle Open(ContextCache context, IRelationalConnection connection)
    {
        var registry = context.Registry;
        if (connection.CurrentTransaction is { } current)
        {
            var state = ConnectionActivity.Of(connection.DbConnection);
            return new WriteHandle(state.WriteOf(current.GetDbTransaction(), registry), endsWithCall: false);
        }

        if (ConnectionProbe.AmbientTransaction(connection) is { } ambient)
        {
            var write = registry.Open();
            ambient.TransactionCompleted += (_, completed) => EndAmbient(write, completed);
            return new WriteHandle(write, endsWithCall: false);
        }

        if (ConnectionProbe.Existing(connection) is { } existing
            && ConnectionActivity.Find(existing) is { MayBeInTransaction: true } session)
        {
            var write = registry.Open();
            session.Add(new PendingWrite(SettledBy.Session, write));
            return new WriteHandle(write, endsWithCall: false);
        }

        return new WriteHandle(registry.Open(), endsWithCall: true);
    }

    /// <summary>The call is over; what it wrote is certain unless a surrounding transaction goes on.</summary>
    internal void End(Exception? failure)
    {
        if (!EndsWithCall)
        {
            return;
        }

        if (failure is not null && IsOutcomeUnknown(failure))
        {
            Write.CompleteAfter(Grace);
        }
        else
        {
            Write.Complete();
        }
    }

    /// <summary>A commit of the transaction was attempted and failed.</summary>
    internal static void EndUnknown(EFWrite write) => write.CompleteAfter(Grace);

    private static void EndAmbient(EFWrite write, TransactionEventArgs completed)
    {
        if (completed.Transaction?.TransactionInformation.Status == TransactionStatus.InDoubt)
        {
            write.CompleteAfter(Grace);
        }
        else
        {
            write.Complete();
        }
    }

    /// <summary>A lost connection or a time-out doesn't say whether the database has committed, or will.</summary>
    private static bool IsOutcomeUnknown(Exception failure)
    {
        for (var exception = failure; exception is not null; exception = exception.InnerException)
        {
            if (exception is TimeoutException or IOException or OperationCanceledException
                or DbException { IsTransient: true })
            {
                return true;
            }
        }

        return false;
    }
}
