using Microsoft.EntityFrameworkCore.Query.Internal;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Queries;

/// <summary>Recognises an answer that somebody's interceptor had a hand in: it is its caller's alone.</summary>
internal static class ForeignInterception
{
    /// <summary>Whether the command was changed, or another reader put in the place of the provider's.</summary>
    internal static bool Of(RelationalDataReader reader, IRelationalCommand command, ContextCache context)
        => context.ForeignCommandInterceptors != 0
            ? !context.Witness.HasSeenUnaltered(reader.DbCommand)
            : reader.DbCommand.CommandText != command.CommandText
                || (reader.DbDataReader is not BufferedDataReader
                    && reader.DbDataReader.GetType().Assembly != reader.DbCommand.GetType().Assembly);
}
