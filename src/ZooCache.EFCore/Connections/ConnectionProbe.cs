using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore.Storage;

namespace ZooCache.EFCore.Connections;

/// <summary>
/// Looks at EF's connection without making one: <see cref="IRelationalConnection.DbConnection"/> creates the connection
/// object when it is asked for, and a hit must not.
/// </summary>
internal static class ConnectionProbe
{
    /// <summary>Whether this version of EF keeps its connection where it is looked for.</summary>
    internal static bool IsAsExpected { get; } = HasField();

    /// <summary>The ADO.NET connection, or null as long as EF hasn't needed one.</summary>
    internal static DbConnection? Existing(IRelationalConnection connection)
        => IsAsExpected && connection is RelationalConnection relational ? Field(relational) : connection.DbConnection;

    /// <summary>Whether EF, the application, or the surrounding code has a transaction open on the connection.</summary>
    internal static bool InTransaction(IRelationalConnection connection)
        => connection.CurrentTransaction is not null || AmbientTransaction(connection) is not null;

    /// <summary>The <see cref="System.Transactions.Transaction"/> that the connection takes part in, if any.</summary>
    internal static System.Transactions.Transaction? AmbientTransaction(IRelationalConnection connection)
        => connection is ITransactionEnlistmentManager manager
            ? manager.EnlistedTransaction ?? manager.CurrentAmbientTransaction
            : System.Transactions.Transaction.Current;

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_connection")]
    private static extern ref DbConnection? Field(RelationalConnection connection);

    /// <summary>Whether this version of EF keeps its connection where it is looked for; if not, the property serves.</summary>
    internal static bool HasField()
        => typeof(RelationalConnection)
            .GetField("_connection", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)
            ?.FieldType == typeof(DbConnection);
}
