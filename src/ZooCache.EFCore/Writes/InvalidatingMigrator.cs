using Microsoft.EntityFrameworkCore.Migrations;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Writes;

/// <summary>Invalidates the whole database around migrations.</summary>
internal sealed class InvalidatingMigrator(IMigrator inner, ContextCache context) : IMigrator
{
    public void Migrate(string? targetMigration = null) => SchemaWrite.Run(context, () => inner.Migrate(targetMigration));

    public Task MigrateAsync(string? targetMigration = null, CancellationToken cancellationToken = default)
        => SchemaWrite.RunAsync(context, () => inner.MigrateAsync(targetMigration, cancellationToken));

    public string GenerateScript(
        string? fromMigration = null, string? toMigration = null, MigrationsSqlGenerationOptions options = MigrationsSqlGenerationOptions.Default)
        => inner.GenerateScript(fromMigration, toMigration, options);

    public bool HasPendingModelChanges() => inner.HasPendingModelChanges();
}
