using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Update;
using Microsoft.EntityFrameworkCore.Update.Internal;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Setup;
using ZooCache.EFCore.Writes.Sql;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// Invalidates what SaveChanges writes. The sequence of batches is wrapped and never materialised (keys that the store
/// makes flow from one batch into the next): each batch is marked and bumped before EF gets it, all are bumped and
/// unmarked when the outcome is certain: without a transaction after the last, before SaveChanges returns, whether it succeeded or not.
/// </summary>
/// <remarks>
/// Where EF begins a transaction for the call, it commits after the sequence has ended. By then the keys that the store has made are
/// known: they are bumped there, and look-ups that have found nothing are left alone.
/// </remarks>
internal sealed class InvalidatingBatchExecutor(IBatchExecutor inner, ContextCache context, ICurrentDbContext current) : IBatchExecutor
{
    private readonly bool _isEFs = inner.GetType() == typeof(BatchExecutor);

    public int Execute(IEnumerable<ModificationCommandBatch> commandBatches, IRelationalConnection connection)
    {
        var save = new Save(context, current, connection, _isEFs);
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
        var save = new Save(context, current, connection, _isEFs);
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
    /// <param name="context">The context's part of the cache.</param>
    /// <param name="current">The context.</param>
    /// <param name="connection">Its connection.</param>
    /// <param name="isEFs">Whether EF's own executor asks for the batches, of which it is known when it commits.</param>
    private sealed class Save(ContextCache context, ICurrentDbContext current, IRelationalConnection connection, bool isEFs)
    {
        private readonly RowImages _images = new(context.Registry, context.Origins.Take);
        private readonly List<(IReadOnlyModificationCommand Command, RowImage? Before)> _generated = [];
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

                    // Else a transaction was there before.
                    if (_handle is { EndsWithCall: true })
                    {
                        _handle.Write.AwaitsGenerated = isEFs && BeginsTransaction(batch);
                    }
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

            if (_handle is { Write.AwaitsGenerated: true })
            {
                AddGenerated(_handle.Write);
            }
        }

        internal Publication? End(Exception? failure)
        {
            if (_handle is null)
            {
                return null;
            }

            Publication? told;
            try
            {
                if (failure is not null)
                {
                    _handle.Write.EndDrafts();
                }

                if (!_handle.Write.AwaitsGenerated)
                {
                    AddGenerated(_handle.Write, failed: failure is not null);
                }
            }
            finally
            {
                told = _handle.End(failure);
            }

            return told;
        }

        /// <summary>Whether EF begins a transaction for the call, by the same condition; there is none yet.</summary>
        private bool BeginsTransaction(ModificationCommandBatch first) => current.Context.Database.AutoTransactionBehavior switch
        {
            AutoTransactionBehavior.Always => true,
            AutoTransactionBehavior.WhenNeeded => first.AreMoreBatchesExpected || first.RequiresTransaction,
            _ => false,
        };

        private void Invalidate(IReadOnlyList<IReadOnlyModificationCommand> commands, EFWrite write)
        {
            var images = new List<RowImage>(commands.Count);
            foreach (var command in commands)
            {
                if (command.StoreStoredProcedure is not null)
                {
                    AddProcedure(command, write);
                    continue;
                }

                var isGenerated = command.EntityState == EntityState.Added && command.ColumnModifications.Any(m => m.IsRead);
                var image = write.Covers(RowImages.TableOf(command), RowImages.ChangeOf(command)) ? null : _images.Of(command, executed: false);
                if (image is not null)
                {
                    image.IsDraft = isGenerated && write.AwaitsGenerated;
                    images.Add(image);
                }

                if (isGenerated)
                {
                    _generated.Add((command, image));
                }
            }

            Add(images, write);
        }

        /// <summary>Adds what the store has made; after a failure some of it is still temporary, which bumps nobody's tags, and completes nothing.</summary>
        private void AddGenerated(EFWrite write, bool failed = false)
        {
            var images = new List<RowImage>(_generated.Count);
            foreach (var (command, before) in _generated)
            {
                if (!write.Covers(RowImages.TableOf(command), RowChange.Insert))
                {
                    images.Add(_images.Of(command, executed: true) with { Completes = failed ? null : before });
                }
            }

            Add(images, write);
        }

        private static void Add(List<RowImage> images, EFWrite write)
        {
            if (images.Count > 0)
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
