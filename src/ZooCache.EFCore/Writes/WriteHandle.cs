using System.Data.Common;
using System.Net.Sockets;
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
    /// <summary>How long a write whose outcome is unknown stays marked, at least.</summary>
    internal static readonly TimeSpan MinimumGrace = TimeSpan.FromSeconds(60);

    private readonly ContextCache _context;

    private WriteHandle(ContextCache context, EFWrite write, TimeSpan grace, bool endsWithCall)
    {
        _context = context;
        Write = write;
        Grace = grace;
        EndsWithCall = endsWithCall;
    }

    internal EFWrite Write { get; }

    /// <summary>How long the write stays marked if its outcome is unknown.</summary>
    internal TimeSpan Grace { get; }

    /// <summary>Whether the outcome is certain once the command or the call that writes is over.</summary>
    internal bool EndsWithCall { get; }

    /// <summary>Opens a write of the context; null while it is not to invalidate anything.</summary>
    /// <param name="context">The context's part of the cache.</param>
    /// <param name="connection">Its connection.</param>
    /// <param name="cause">What writes.</param>
    /// <param name="mayBegin">Whether the command that writes may itself begin a transaction and leave it open.</param>
    internal static WriteHandle? Open(
        ContextCache context, IRelationalConnection connection, InvalidationCauses cause, bool mayBegin = false)
    {
        if (context.InvalidatesNothing)
        {
            return null;
        }

        context.CommitBegun = false;
        var handle = Open(context, connection, GraceOf(connection), mayBegin);
        handle.Write.CausedBy(cause, context.Settings.OnInvalidated);
        context.Writes(handle.Write);
        return handle;
    }

    /// <summary>Opens a write of which no connection of EF's is known.</summary>
    internal static WriteHandle OpenAlone(ContextCache context, InvalidationCauses cause)
    {
        var handle = new WriteHandle(context, context.Registry.Open(), MinimumGrace, endsWithCall: true);
        handle.Write.CausedBy(cause, context.Settings.OnInvalidated);
        context.Writes(handle.Write);
        return handle;
    }

    /// <summary>A time-out of the command may leave the server at work for about as long again.</summary>
    internal static TimeSpan GraceOf(IRelationalConnection connection)
    {
        var twice = TimeSpan.FromSeconds(2L * (connection.CommandTimeout ?? 0));
        return twice > MinimumGrace ? twice : MinimumGrace;
    }

    /// <summary>The call is over; what it wrote is certain unless a surrounding transaction goes on.</summary>
    /// <returns>What other nodes are told of it; null if there are none, or the transaction goes on.</returns>
    internal Publication? End(Exception? failure)
    {
        if (!EndsWithCall)
        {
            return null;
        }

        if (failure is not null && (_context.CommitBegun || IsOutcomeUnknown(failure)))
        {
            Write.CompleteAfter(Grace);
        }
        else
        {
            Write.Complete();
        }

        return Write.Told;
    }

    /// <summary>
    /// A lost connection or a time-out doesn't say whether the database has committed, or will. A transaction that the
    /// database itself rolled back (SQLSTATE class 40: deadlocks, serialisation failures) is settled, whether it is worth
    /// another attempt or not.
    /// </summary>
    internal static bool IsOutcomeUnknown(Exception failure)
    {
        for (var exception = failure; exception is not null; exception = exception.InnerException)
        {
            if (exception is DbException { SqlState: ['4', '0', ..] state } && state != "40003")
            {
                return false;
            }

            if (exception is TimeoutException or IOException or SocketException or OperationCanceledException
                or DbException { IsTransient: true })
            {
                return true;
            }
        }

        return false;
    }

    private static WriteHandle Open(ContextCache context, IRelationalConnection connection, TimeSpan grace, bool mayBegin)
    {
        var registry = context.Registry;
        if (connection.CurrentTransaction is { } current)
        {
            var state = ConnectionActivity.Of(connection.DbConnection);
            return new WriteHandle(context, state.WriteOf(current.GetDbTransaction(), registry, grace), grace, endsWithCall: false);
        }

        var write = registry.Open();
        if (ConnectionProbe.AmbientTransaction(connection) is { } ambient)
        {
            ambient.TransactionCompleted += (_, completed) => EndAmbient(write, completed, grace);
            return new WriteHandle(context, write, grace, endsWithCall: false);
        }

        if (ConnectionProbe.Existing(connection) is { } existing && (mayBegin || ConnectionActivity.MayBeInTransaction(existing)))
        {
            ConnectionActivity.Of(existing).Add(new PendingWrite(SettledBy.Session, write, grace));
            write.Watch(PendingWrite.Deadline);
            return new WriteHandle(context, write, grace, endsWithCall: false);
        }

        return new WriteHandle(context, write, grace, endsWithCall: true);
    }

    private static void EndAmbient(EFWrite write, TransactionEventArgs completed, TimeSpan grace)
    {
        if (completed.Transaction?.TransactionInformation.Status == TransactionStatus.InDoubt)
        {
            write.CompleteAfter(grace);
        }
        else
        {
            write.Complete();
        }
    }
}
