using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;

namespace ZooCache.EFCore.Queries.Replays;

/// <summary>The command that EF rents for each command of a query: its execution is the replay's.</summary>
internal sealed class ReplayCommand(IRelationalConnection connection, Replay replay) : IRelationalCommand
{
    private IRelationalCommandTemplate _template = null!;
    private IRelationalCommand? _executed;
    private int? _number;

    public string CommandText => _template.CommandText;

    public string LogCommandText => _template.LogCommandText;

    public IReadOnlyList<IRelationalParameter> Parameters => _template.Parameters;

    public void PopulateFrom(IRelationalCommandTemplate commandTemplate)
    {
        var numbered = commandTemplate as NumberedCommand;
        _template = numbered?.Template ?? commandTemplate;
        _number = numbered?.Number;
    }

    public DbCommand CreateDbCommand(RelationalCommandParameterObject parameterObject, Guid commandId, DbCommandMethod commandMethod)
        => _template.CreateDbCommand(OnConnection(parameterObject), commandId, commandMethod);

    public RelationalDataReader ExecuteReader(RelationalCommandParameterObject parameterObject)
        => CompletedTask.Result(replay.ExecuteAsync(_number, this, parameterObject, async: false, CancellationToken.None));

    public Task<RelationalDataReader> ExecuteReaderAsync(
        RelationalCommandParameterObject parameterObject, CancellationToken cancellationToken = default)
        => replay.ExecuteAsync(_number, this, parameterObject, async: true, cancellationToken).AsTask();

    public int ExecuteNonQuery(RelationalCommandParameterObject parameterObject)
        => Rent().ExecuteNonQuery(OnConnection(parameterObject));

    public Task<int> ExecuteNonQueryAsync(RelationalCommandParameterObject parameterObject, CancellationToken cancellationToken = default)
        => Rent().ExecuteNonQueryAsync(OnConnection(parameterObject), cancellationToken);

    public object? ExecuteScalar(RelationalCommandParameterObject parameterObject)
        => Rent().ExecuteScalar(OnConnection(parameterObject));

    public Task<object?> ExecuteScalarAsync(RelationalCommandParameterObject parameterObject, CancellationToken cancellationToken = default)
        => Rent().ExecuteScalarAsync(OnConnection(parameterObject), cancellationToken);

    /// <summary>Asks the database.</summary>
    internal async ValueTask<RelationalDataReader> ReadDatabaseAsync(
        RelationalCommandParameterObject parameterObject, bool async, CancellationToken cancellationToken)
        => async
            ? await Rent().ExecuteReaderAsync(OnConnection(parameterObject), cancellationToken).ConfigureAwait(false)
            : Rent().ExecuteReader(OnConnection(parameterObject));

    /// <summary>Gives back what was rented from the connection.</summary>
    internal void Return()
    {
        if (_executed is { } executed)
        {
            _executed = null;
            connection.ReturnCommand(executed);
        }
    }

    private IRelationalCommand Rent()
    {
        Return();
        var command = connection.RentCommand();
        command.PopulateFrom(_template);
        return _executed = command;
    }

    private RelationalCommandParameterObject OnConnection(RelationalCommandParameterObject given)
        => new(
            connection, given.ParameterValues, given.ReaderColumns, given.Context, given.Logger, given.DetailedErrorsEnabled,
            given.CommandSource);
}
