using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Query.Internal;
using Microsoft.EntityFrameworkCore.Storage;

namespace ZooCache.EFCore.Queries.Replays;

/// <summary>A command of a query together with its place among the query's commands.</summary>
internal sealed class NumberedCommand(IRelationalCommandTemplate template, int number) : IRelationalCommandTemplate
{
    internal IRelationalCommandTemplate Template => template;

    internal int Number => number;

    public string CommandText => template.CommandText;

    public string LogCommandText => template.LogCommandText;

    public IReadOnlyList<IRelationalParameter> Parameters => template.Parameters;

    public DbCommand CreateDbCommand(RelationalCommandParameterObject parameterObject, Guid commandId, DbCommandMethod commandMethod)
        => template.CreateDbCommand(parameterObject, commandId, commandMethod);

    /// <summary>Called by compiled queries in place of the resolver that EF made.</summary>
    public static RelationalCommandResolver Resolver(RelationalCommandResolver resolver, int number)
        => parameters => new NumberedCommand(resolver(parameters), number);
}
