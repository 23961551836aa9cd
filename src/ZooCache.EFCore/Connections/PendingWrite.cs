using System.Data.Common;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Writes;

namespace ZooCache.EFCore.Connections;

/// <summary>What will settle a write whose outcome isn't known yet. Closing the connection settles every one.</summary>
internal enum SettledBy
{
    /// <summary>The end of its transaction, as EF reports it or as it shows at the next command.</summary>
    Transaction,

    /// <summary>The disposal of its reader (an <c>INSERT … RETURNING</c> commits then), as it shows at the next command.</summary>
    Reader,

    /// <summary>The end of a transaction that EF knows nothing of, as the connection tells; where it can't, a raw
    /// <c>COMMIT</c> or the end of the session.</summary>
    Session,
}

/// <summary>A write whose outcome isn't known yet.</summary>
/// <param name="SettledBy">What will settle it.</param>
/// <param name="Write">The write.</param>
/// <param name="Grace">How long the write stays marked if its outcome turns out to be unknown.</param>
/// <param name="Transaction">The transaction that it is part of, if that settles it.</param>
/// <param name="Owner">The EF connection that began the transaction; null if the application began it.</param>
internal sealed record PendingWrite(
    SettledBy SettledBy, EFWrite Write, TimeSpan Grace, DbTransaction? Transaction = null, IRelationalConnection? Owner = null)
{
    /// <summary>When a write of which nobody may see the end is counted as overdue.</summary>
    internal static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    /// <summary>EF has begun to commit the transaction and hasn't told yet how that went.</summary>
    internal bool IsCommitting { get; set; }

    /// <summary>The owner has been seen with the transaction: EF tells of one that it has begun before its connection has it.</summary>
    internal bool IsHeld { get; set; } = Holds(Owner, Transaction);

    /// <summary>
    /// Whether the transaction is over although EF reported nothing (disposed without a commit, committed on the raw
    /// object). EF's own connection forgets a transaction that it began when that is disposed. Of a transaction that the
    /// application began only a successor is proof, or that the connection says that there is none:
    /// <see cref="DbTransaction.Connection"/> isn't, with drivers that reuse the object.
    /// </summary>
    /// <param name="current">The transaction of the command that is about to run.</param>
    /// <param name="isOpen">What the connection says of transactions; null where it can't be asked.</param>
    internal bool HasEnded(DbTransaction? current, bool? isOpen)
    {
        var isHeld = Holds(Owner, Transaction);
        var wasHeld = IsHeld;
        IsHeld |= isHeld;
        return isOpen == false || (current is not null && !ReferenceEquals(Transaction, current)) || (wasHeld && !isHeld);
    }

    private static bool Holds(IRelationalConnection? owner, DbTransaction? transaction)
        => owner is not null && ReferenceEquals(owner.CurrentTransaction?.GetDbTransaction(), transaction);

    internal void Settle(bool isOutcomeUnknown)
    {
        if (isOutcomeUnknown)
        {
            Write.CompleteAfter(Grace);
        }
        else
        {
            Write.Complete();
        }
    }
}
