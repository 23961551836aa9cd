using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace ZooCache.EFCore.Queries.Replays;

/// <summary>EF's connection as one replayed query sees it: the commands that it rents are the replay's. Nothing else differs.</summary>
internal sealed class ReplayConnection(IRelationalConnection inner, Replay replay) : IRelationalConnection
{
    public IRelationalCommand RentCommand() => new ReplayCommand(inner, replay);

    public void ReturnCommand(IRelationalCommand command) => ((ReplayCommand)command).Return();

    public string? ConnectionString
    {
        get => inner.ConnectionString;
        set => inner.ConnectionString = value;
    }

    [AllowNull]
    public DbConnection DbConnection
    {
        get => inner.DbConnection;
        set => inner.DbConnection = value;
    }

    public DbContext Context => inner.Context;

    public Guid ConnectionId => inner.ConnectionId;

    public int? CommandTimeout
    {
        get => inner.CommandTimeout;
        set => inner.CommandTimeout = value;
    }

    public IDbContextTransaction? CurrentTransaction => inner.CurrentTransaction;

    public void SetDbConnection(DbConnection? value, bool contextOwnsConnection) => inner.SetDbConnection(value, contextOwnsConnection);

    public bool Open(bool errorsExpected = false) => inner.Open(errorsExpected);

    public Task<bool> OpenAsync(CancellationToken cancellationToken, bool errorsExpected = false) => inner.OpenAsync(cancellationToken, errorsExpected);

    public bool Close() => inner.Close();

    public Task<bool> CloseAsync() => inner.CloseAsync();

    public IDbContextTransaction BeginTransaction() => inner.BeginTransaction();

    public IDbContextTransaction BeginTransaction(System.Data.IsolationLevel isolationLevel) => inner.BeginTransaction(isolationLevel);

    public Task<IDbContextTransaction> BeginTransactionAsync(CancellationToken cancellationToken = default)
        => inner.BeginTransactionAsync(cancellationToken);

    public Task<IDbContextTransaction> BeginTransactionAsync(
        System.Data.IsolationLevel isolationLevel, CancellationToken cancellationToken = default)
        => inner.BeginTransactionAsync(isolationLevel, cancellationToken);

    public void CommitTransaction() => inner.CommitTransaction();

    public Task CommitTransactionAsync(CancellationToken cancellationToken = default) => inner.CommitTransactionAsync(cancellationToken);

    public void RollbackTransaction() => inner.RollbackTransaction();

    public Task RollbackTransactionAsync(CancellationToken cancellationToken = default) => inner.RollbackTransactionAsync(cancellationToken);

    public IDbContextTransaction? UseTransaction(DbTransaction? transaction) => inner.UseTransaction(transaction);

    public IDbContextTransaction? UseTransaction(DbTransaction? transaction, Guid transactionId)
        => inner.UseTransaction(transaction, transactionId);

    public Task<IDbContextTransaction?> UseTransactionAsync(DbTransaction? transaction, CancellationToken cancellationToken = default)
        => inner.UseTransactionAsync(transaction, cancellationToken);

    public Task<IDbContextTransaction?> UseTransactionAsync(
        DbTransaction? transaction, Guid transactionId, CancellationToken cancellationToken = default)
        => inner.UseTransactionAsync(transaction, transactionId, cancellationToken);

    public void ResetState() => inner.ResetState();

    public Task ResetStateAsync(CancellationToken cancellationToken = default) => inner.ResetStateAsync(cancellationToken);

    // The context owns its connection.
    public void Dispose()
    {
    }

    public ValueTask DisposeAsync() => default;
}
