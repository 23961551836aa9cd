using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Update;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Setup;
using ZooCache.EFCore.Writes.Sql;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// Invalidates what SaveChanges writes. The sequence of batches is wrapped and never materialised (keys that the store
/// makes flow from one batch into the next): each batch is marked and bumped before EF gets it, all are bumped and
/// unmarked when the outcome is certain: without a transaction after the last, before SaveChanges returns, whether it succeeded or not.
/// </summary>
internal sealed class InvalidatingBatchExecutor(IBatchExecutor inner, ContextCache context, ICurrentDbContext current) : IBatchExecutor
{
    public int Execute(IEnumerable<ModificationCommandBatch> commandBatches, IRelationalConnection connection)
    {
        var save = new Save(context, current, connection);
        Exception? failure = null;
        var outer = context.UnderWay;
        try
        {
            return inner.Execute(save.Observe(commandBatches), connection);
        }
        catch (Exception exception)
        {
            failure = exception;
            throw;
        }
        finally
        {
            (context.NextCommand, context.UnderWay) = (KnownCommand.None, outer);
            context.Wait(save.End(failure));
        }
    }

    public async Task<int> ExecuteAsync(
        IEnumerable<ModificationCommandBatch> commandBatches,
        IRelationalConnection connection,
        CancellationToken cancellationToken = default)
    {
        var save = new Save(context, current, connection);
        Exception? failure = null;
        var outer = context.UnderWay;
        try
        {
            return await inner.ExecuteAsync(save.Observe(commandBatches), connection, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            failure = exception;
            throw;
        }
        finally
        {
            (context.NextCommand, context.UnderWay) = (KnownCommand.None, outer);
            await context.WaitAsync(save.End(failure)).ConfigureAwait(false);
        }
    }

    /// <summary>One call of SaveChanges.</summary>
    private sealed class Save(ContextCache context, ICurrentDbContext current, IRelationalConnection connection)
    {
        private readonly RowImages _images = new(context.Registry, context.Origins.Take);
        private readonly List<IReadOnlyModificationCommand> _generated = [];
        private WriteHandle? _handle;
        private bool _begun;

        internal IEnumerable<ModificationCommandBatch> Observe(IEnumerable<ModificationCommandBatch> batches)
        {
            var isFirst = true;
            foreach (var batch in batches)
            {
                if (!_begun)
                {
                    _begun = true;
                    context.Registry.Register(current.Context.Model.GetRelationalModel());
                    _handle = WriteHandle.Open(context, connection, InvalidationCauses.SaveChanges);
                }

                if (_handle is not null)
                {
                    Invalidate(batch.ModificationCommands, _handle.Write);
                }
                else
                {
                    context.Origins.Forget(batch.ModificationCommands);
                }

                // After the first, for which EF opens its connection and begins its transaction, where others may have a hand: EF
                // asks for a batch right before it sends it.
                context.NextCommand = isFirst || _handle is null || context.IsStrict ? KnownCommand.None : KnownCommand.Change;
                context.UnderWay = _handle?.Write;
                isFirst = false;
                yield return batch;
            }
        }

        internal Publication? End(Exception? failure)
        {
            if (_handle is null)
            {
                return null;
            }

            // Keys that the store has made; after a failure some are still temporary, which bumps nobody's tags.
            AddImages(_generated, _handle.Write, executed: true);
            return _handle.End(failure);
        }

        private void Invalidate(IReadOnlyList<IReadOnlyModificationCommand> commands, EFWrite write)
        {
            for (var i = 0; i < commands.Count; i++)
            {
                var command = commands[i];
                if (command.EntityState == EntityState.Added && command.ColumnModifications.Any(m => m.IsRead))
                {
                    _generated.Add(command);
                }
            }

            AddImages(commands, write, executed: false);
        }

        private void AddImages(IReadOnlyList<IReadOnlyModificationCommand> commands, EFWrite write, bool executed)
        {
            List<RowImage>? images = null;
            for (var i = 0; i < commands.Count; i++)
            {
                var command = commands[i];
                if (command.StoreStoredProcedure is not null)
                {
                    AddProcedure(command, write);
                }
                else if (!write.Covers(RowImages.TableOf(command), RowImages.ChangeOf(command)))
                {
                    (images ??= new List<RowImage>(commands.Count - i)).Add(_images.Of(command, executed));
                }
            }

            if (images is not null)
            {
                write.Add(images);
            }
        }

        /// <summary>What a stored procedure writes, as far as the model says; the tables of its entities in any case.</summary>
        private static void AddProcedure(IReadOnlyModificationCommand command, EFWrite write)
        {
            write.Add(SqlEffect.Call(TableName.Fold(command.StoreStoredProcedure!.Name)));
            foreach (var table in command.Entries.SelectMany(e => MappedTables.Of(e.EntityType)).Distinct(StringComparer.Ordinal))
            {
                write.Add(new TableWrite(table, MayDelete: true, Assigned: null));
            }
        }
    }
}
