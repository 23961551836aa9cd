using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Results;

namespace ZooCache.EFCore.Queries.Replays;

/// <summary>What EF gets as the reader of a command: recorded rows, and for a result that could not be recorded to its end
/// the provider's reader behind them, which is closed with this.</summary>
[SuppressMessage("Usage", "CA2215", Justification = "The base class is never initialised: it holds nothing to dispose.")]
internal sealed class ReplayReader(ResultReader reader, RelationalDataReader? source = null) : RelationalDataReader
{
    public override DbDataReader DbDataReader => reader;

    public override DbCommand DbCommand => source?.DbCommand ?? throw NoCommand();

    public override IRelationalConnection RelationalConnection => source?.RelationalConnection ?? throw NoCommand();

    public override Guid CommandId => source?.CommandId ?? Guid.Empty;

    public override bool Read() => reader.Read();

    public override Task<bool> ReadAsync(CancellationToken cancellationToken = default) => reader.ReadAsync(cancellationToken);

    public override void Close() => source?.Close();

    public override ValueTask CloseAsync() => source?.CloseAsync() ?? default;

    public override void Dispose() => source?.Dispose();

    public override ValueTask DisposeAsync() => source?.DisposeAsync() ?? default;

    private static InvalidOperationException NoCommand() => new("An answer of the cache was read without a command.");
}
