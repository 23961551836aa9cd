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

    /// <summary>Only the end of the session: a statement that EF didn't write may have begun a transaction.</summary>
    Session,
}

/// <summary>A write whose outcome isn't known yet.</summary>
/// <param name="SettledBy">What will settle it.</param>
/// <param name="Write">The write.</param>
/// <param name="Transaction">The transaction that it is part of, if that settles it.</param>
/// <param name="Owner">The EF connection that began the transaction; null if the application began it.</param>
internal sealed record PendingWrite(
    SettledBy SettledBy, EFWrite Write, DbTransaction? Transaction = null, IRelationalConnection? Owner = null)
{
    /// <summary>
    /// Whether the transaction is over although EF reported nothing (disposed without a commit, committed on the raw
    /// object). EF's own connection forgets a transaction that it began when that is disposed. Of a transaction that the
    /// application began only a successor is proof: <see cref="DbTransaction.Connection"/> isn't, with drivers that reuse
    /// the object.
    /// </summary>
    internal bool HasEnded(DbTransaction? current)
        => (current is not null && !ReferenceEquals(Transaction, current))
            || (Owner is not null && !ReferenceEquals(Owner.CurrentTransaction?.GetDbTransaction(), Transaction));
}
