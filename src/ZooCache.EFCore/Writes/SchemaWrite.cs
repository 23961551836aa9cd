using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// The creation, deletion or migration of a database: the whole of it is marked and bumped before, bumped and unmarked
/// after, whether that succeeds, fails or is cancelled.
/// </summary>
internal static class SchemaWrite
{
    internal static void Run(ContextCache context, Action change)
        => Run(context, () =>
        {
            change();
            return true;
        });

    internal static TResult Run<TResult>(ContextCache context, Func<TResult> change)
    {
        var write = Begin(context);
        try
        {
            write.Announce();
            return change();
        }
        finally
        {
            write.Complete();
        }
    }

    internal static Task RunAsync(ContextCache context, Func<Task> change)
        => RunAsync(context, async () =>
        {
            await change().ConfigureAwait(false);
            return true;
        });

    internal static async Task<TResult> RunAsync<TResult>(ContextCache context, Func<Task<TResult>> change)
    {
        var write = Begin(context);
        try
        {
            await write.AnnounceAsync().ConfigureAwait(false);
            return await change().ConfigureAwait(false);
        }
        finally
        {
            write.Complete();
        }
    }

    private static EFWrite Begin(ContextCache context)
    {
        var write = context.Registry.Open();
        write.CausedBy(InvalidationCauses.Schema, context.Settings.OnInvalidated);
        write.AddDatabase();
        context.Writes(write);
        return write;
    }
}
