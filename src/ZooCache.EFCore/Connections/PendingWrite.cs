using System.Data.Common;
using ZooCache.EFCore.Writes;

namespace ZooCache.EFCore.Connections;

/// <summary>What will settle a write whose outcome isn't known yet. Closing the connection settles every one.</summary>
internal enum SettledBy
{
    /// <summary>The end of its transaction, as EF reports it or as the next command with another transaction shows.</summary>
    Transaction,

    /// <summary>The next command on the connection (an <c>INSERT … RETURNING</c> commits when its reader is disposed).</summary>
    NextCommand,

    /// <summary>Only the end of the session: a statement that EF didn't write may have begun a transaction.</summary>
    Session,
}

/// <summary>A write whose outcome isn't known yet.</summary>
internal sealed record PendingWrite(SettledBy SettledBy, DbTransaction? Transaction, EFWrite Write);
