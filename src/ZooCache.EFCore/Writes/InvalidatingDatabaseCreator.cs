using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// Invalidates the whole database around everything that makes or drops it or its tables. Not all of that is a command
/// that an interceptor sees: SQLite deletes a file, PostgreSQL drops the database over a connection to another one.
/// </summary>
internal sealed class InvalidatingDatabaseCreator(IRelationalDatabaseCreator inner, ContextCache context) : IRelationalDatabaseCreator
{
    public bool EnsureDeleted() => SchemaWrite.Run(context, inner.EnsureDeleted);

    public Task<bool> EnsureDeletedAsync(CancellationToken cancellationToken = default)
        => SchemaWrite.RunAsync(context, () => inner.EnsureDeletedAsync(cancellationToken));

    public bool EnsureCreated() => SchemaWrite.Run(context, inner.EnsureCreated);

    public Task<bool> EnsureCreatedAsync(CancellationToken cancellationToken = default)
        => SchemaWrite.RunAsync(context, () => inner.EnsureCreatedAsync(cancellationToken));

    public void Create() => SchemaWrite.Run(context, inner.Create);

    public Task CreateAsync(CancellationToken cancellationToken = default)
        => SchemaWrite.RunAsync(context, () => inner.CreateAsync(cancellationToken));

    public void Delete() => SchemaWrite.Run(context, inner.Delete);

    public Task DeleteAsync(CancellationToken cancellationToken = default)
        => SchemaWrite.RunAsync(context, () => inner.DeleteAsync(cancellationToken));

    public void CreateTables() => SchemaWrite.Run(context, inner.CreateTables);

    public Task CreateTablesAsync(CancellationToken cancellationToken = default)
        => SchemaWrite.RunAsync(context, () => inner.CreateTablesAsync(cancellationToken));

    public bool CanConnect() => inner.CanConnect();

    public Task<bool> CanConnectAsync(CancellationToken cancellationToken = default) => inner.CanConnectAsync(cancellationToken);

    public bool Exists() => inner.Exists();

    public Task<bool> ExistsAsync(CancellationToken cancellationToken = default) => inner.ExistsAsync(cancellationToken);

    public bool HasTables() => inner.HasTables();

    public Task<bool> HasTablesAsync(CancellationToken cancellationToken = default) => inner.HasTablesAsync(cancellationToken);

    public string GenerateCreateScript() => inner.GenerateCreateScript();
}
