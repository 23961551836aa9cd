using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ZooCache.Benchmarks.Precision;

/// <summary>
/// Asks the database again and again, without EF and so without the cache: the very command that EF sent once, prepared,
/// and all columns of all rows that come.
/// </summary>
internal sealed class DatabaseAnswers(string connectionString) : IDisposable
{
    private readonly SqliteConnection connection = new(connectionString);
    private readonly Dictionary<string, SqliteCommand> prepared = new(StringComparer.Ordinal);

    public List<object> Ask(RecordedCommand recorded)
    {
        var command = Prepare(recorded);
        for (var i = 0; i < recorded.Values.Length; i++)
        {
            command.Parameters[i].Value = recorded.Values[i];
        }

        var values = new List<object>();
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            for (var i = 0; i < reader.FieldCount; i++)
            {
                values.Add(reader.GetValue(i));
            }
        }

        return values;
    }

    public void Dispose()
    {
        foreach (var command in prepared.Values)
        {
            command.Dispose();
        }

        connection.Dispose();
    }

    private SqliteCommand Prepare(RecordedCommand recorded)
    {
        if (!prepared.TryGetValue(recorded.Text, out var command))
        {
            connection.Open();
            command = connection.CreateCommand();
#pragma warning disable CA2100 // the text is EF's
            command.CommandText = recorded.Text;
#pragma warning restore CA2100
            for (var i = 0; i < recorded.Names.Length; i++)
            {
                command.Parameters.AddWithValue(recorded.Names[i], recorded.Values[i]);
            }

            command.Prepare();
            prepared.Add(recorded.Text, command);
        }

        return command;
    }
}

/// <summary>A command as EF sent it.</summary>
internal sealed record RecordedCommand(string Text, string[] Names, object?[] Values);

/// <summary>Notes what the contexts that have it send.</summary>
internal sealed class CommandRecorder : DbCommandInterceptor
{
    private RecordedCommand? last;
    private int count;

    /// <summary>The command that was sent since the last call: a single one, or an answer would be known in part only.</summary>
    public RecordedCommand Take()
    {
        if (count != 1)
        {
            throw new InvalidOperationException($"A query sent {count} commands; the benchmark compares those that send one.");
        }

        count = 0;
        return last!;
    }

    public void Forget() => count = 0;

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        var parameters = command.Parameters.Cast<DbParameter>().ToList();
        last = new RecordedCommand(
            command.CommandText, [.. parameters.Select(p => p.ParameterName)], [.. parameters.Select(p => p.Value)]);
        count++;
        return new(result);
    }
}
