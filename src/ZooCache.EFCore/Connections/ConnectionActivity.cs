using System.Data;
using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Writes;

namespace ZooCache.EFCore.Connections;

/// <summary>
/// What is going on on one ADO.NET connection, whichever contexts share it: open readers, statements that changed the
/// session, and writes whose end hasn't been seen yet. Safe for concurrent use.
/// </summary>
internal sealed class ConnectionActivity
{
    private static readonly ConditionalWeakTable<DbConnection, ConnectionActivity> States = [];
    private static long s_lastPrivateId;

    private readonly Lock _gate = new();
    private readonly List<PendingWrite> _pending = [];
    private (WeakReference<DbTransaction> Transaction, WeakReference<IRelationalConnection> Owner)? _begun;
    private int _openReaders;
    private long _privateId;
    private volatile bool _settingsChanged;
    private volatile bool _mayBeInTransaction;

    private ConnectionActivity(DbConnection connection) => connection.StateChange += OnStateChange;

    /// <summary>The state of a connection on which something worth remembering may have happened, or null.</summary>
    internal static ConnectionActivity? Find(DbConnection connection) => States.TryGetValue(connection, out var state) ? state : null;

    internal static ConnectionActivity Of(DbConnection connection) => States.GetValue(connection, static c => new ConnectionActivity(c));

    /// <summary>Whether a reader that passed EF is still open on the connection.</summary>
    internal bool HasOpenReader => Volatile.Read(ref _openReaders) > 0;

    /// <summary>Whether a statement that EF didn't write has run that may have changed what the session's queries answer.</summary>
    internal bool SettingsChanged => _settingsChanged;

    /// <summary>Whether a statement that EF didn't write has run that may have begun a transaction.</summary>
    internal bool MayBeInTransaction => _mayBeInTransaction;

    /// <summary>An identity for a database that lives only as long as this connection stays open.</summary>
    internal long PrivateId
    {
        get
        {
            lock (_gate)
            {
                return _privateId != 0 ? _privateId : _privateId = Interlocked.Increment(ref s_lastPrivateId);
            }
        }
    }

    internal void ReaderOpened() => Interlocked.Increment(ref _openReaders);

    internal void ReaderClosed()
    {
        if (Interlocked.Decrement(ref _openReaders) < 0)
        {
            // The connection was closed meanwhile, which closed its readers.
            Interlocked.Increment(ref _openReaders);
        }
    }

    /// <summary>EF has begun <paramref name="transaction"/> itself, through <paramref name="owner"/>.</summary>
    internal void TransactionBegun(DbTransaction transaction, IRelationalConnection owner)
    {
        lock (_gate)
        {
            _begun = (new(transaction), new(owner));
        }
    }

    internal void MarkSessionChanged(bool mayBeInTransaction)
    {
        _settingsChanged = true;
        _mayBeInTransaction |= mayBeInTransaction;
    }

    internal void Add(PendingWrite pending)
    {
        lock (_gate)
        {
            _pending.Add(pending);
        }
    }

    /// <summary>The one write that collects everything written in <paramref name="transaction"/> for one cache and
    /// database: contexts with different caches may share a transaction.</summary>
    internal EFWrite WriteOf(DbTransaction transaction, TableRegistry registry)
    {
        lock (_gate)
        {
            if (_pending.Find(p => ReferenceEquals(p.Transaction, transaction) && p.Write.Registry == registry) is { } known)
            {
                return known.Write;
            }

            var write = registry.Open();
            _pending.Add(new PendingWrite(SettledBy.Transaction, write, transaction, OwnerOf(transaction)));
            return write;
        }
    }

    /// <summary>Takes out the writes of <paramref name="transaction"/>, which has ended.</summary>
    internal IReadOnlyList<EFWrite> Take(DbTransaction transaction)
    {
        lock (_gate)
        {
            var taken = _pending.FindAll(p => ReferenceEquals(p.Transaction, transaction));
            _pending.RemoveAll(taken.Contains);
            return [.. taken.Select(p => p.Write)];
        }
    }

    /// <summary>A command is about to run with <paramref name="current"/> as its transaction.</summary>
    internal void CommandStarting(DbTransaction? current)
        => Settle(p => p.SettledBy switch
        {
            SettledBy.Transaction => p.HasEnded(current),
            SettledBy.Reader => !HasOpenReader,
            _ => false,
        });

    private IRelationalConnection? OwnerOf(DbTransaction transaction)
        => _begun is { } begun
            && begun.Transaction.TryGetTarget(out var known) && ReferenceEquals(known, transaction)
            && begun.Owner.TryGetTarget(out var owner)
                ? owner
                : null;

    private void OnStateChange(object sender, StateChangeEventArgs change)
    {
        if (change.CurrentState is ConnectionState.Closed or ConnectionState.Broken)
        {
            lock (_gate)
            {
                _privateId = 0;
                _settingsChanged = false;
                _mayBeInTransaction = false;
                Volatile.Write(ref _openReaders, 0);
            }

            Settle(static _ => true);
        }
    }

    private void Settle(Predicate<PendingWrite> which)
    {
        List<PendingWrite> settled;
        lock (_gate)
        {
            if (_pending.Count == 0)
            {
                return;
            }

            settled = _pending.FindAll(which);
            _pending.RemoveAll(which);
        }

        foreach (var pending in settled)
        {
            pending.Write.Complete();
        }
    }
}
