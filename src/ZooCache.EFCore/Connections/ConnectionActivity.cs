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
    private volatile bool _sessionChanged;
    private volatile bool _mayBeInTransaction;

    private ConnectionActivity(DbConnection connection) => connection.StateChange += OnStateChange;

    /// <summary>The state of a connection on which something worth remembering may have happened, or null.</summary>
    internal static ConnectionActivity? Find(DbConnection connection) => States.TryGetValue(connection, out var state) ? state : null;

    internal static ConnectionActivity Of(DbConnection connection) => States.GetValue(connection, static c => new ConnectionActivity(c));

    /// <summary>Whether a transaction is open, or may be, of which EF needn't know.</summary>
    internal static bool MayBeInTransaction(DbConnection connection)
        => TransactionProbe.IsOpen(connection) ?? Find(connection) is { _mayBeInTransaction: true };

    /// <summary>Whether a reader that passed EF is still open on the connection.</summary>
    internal bool HasOpenReader => Volatile.Read(ref _openReaders) > 0;

    /// <summary>Whether a statement that EF didn't write has run that may have changed settings on which answers depend.</summary>
    internal bool SettingsChanged => _settingsChanged;

    /// <summary>Whether one has run that may have changed more: what names mean, what a transaction reads.</summary>
    internal bool SessionChanged => _sessionChanged;

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

    internal void MarkSession(bool settingsOnly)
    {
        _settingsChanged = true;
        _sessionChanged |= !settingsOnly;
    }

    /// <summary>A raw statement may begin a transaction. Only of interest where the connection can't be asked.</summary>
    internal void MarkTransaction() => _mayBeInTransaction = true;

    internal void Add(PendingWrite pending)
    {
        lock (_gate)
        {
            _pending.Add(pending);
        }
    }

    internal void Remove(PendingWrite pending)
    {
        lock (_gate)
        {
            _pending.RemoveAll(p => ReferenceEquals(p, pending));
        }
    }

    /// <summary>The one write that collects everything written in <paramref name="transaction"/> for one cache and
    /// database: contexts with different caches may share a transaction.</summary>
    internal EFWrite WriteOf(DbTransaction transaction, TableRegistry registry, TimeSpan grace)
    {
        lock (_gate)
        {
            if (_pending.Find(p => ReferenceEquals(p.Transaction, transaction) && p.Write.Registry == registry) is { } known)
            {
                return known.Write;
            }

            var pending = new PendingWrite(SettledBy.Transaction, registry.Open(), grace, transaction, OwnerOf(transaction));
            _pending.Add(pending);
            if (!pending.IsHeld)
            {
                pending.Write.Watch(PendingWrite.Deadline);
            }

            return pending.Write;
        }
    }

    /// <summary>EF begins to commit <paramref name="transaction"/>.</summary>
    internal void Committing(DbTransaction transaction)
    {
        lock (_gate)
        {
            foreach (var pending in _pending)
            {
                pending.IsCommitting |= ReferenceEquals(pending.Transaction, transaction);
            }
        }
    }

    /// <summary>Takes out the writes of <paramref name="transaction"/>, which has ended.</summary>
    internal IReadOnlyList<PendingWrite> Take(DbTransaction transaction)
    {
        lock (_gate)
        {
            var taken = _pending.FindAll(p => ReferenceEquals(p.Transaction, transaction));
            _pending.RemoveAll(taken.Contains);
            return taken;
        }
    }

    /// <summary>A command is about to run with <paramref name="current"/> as its transaction.</summary>
    internal void CommandStarting(DbConnection connection, DbTransaction? current)
    {
        if (HasPending)
        {
            var isOpen = TransactionProbe.IsOpen(connection);
            Settle(p => p.SettledBy switch
            {
                SettledBy.Transaction => p.HasEnded(current, isOpen),
                SettledBy.Reader => !HasOpenReader,
                _ => isOpen == false && !HasOpenReader,
            });
        }
    }

    /// <summary>A raw command has run that may have ended a transaction of which EF knows nothing.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="endsTransaction">Whether it was a <c>COMMIT</c> or <c>ROLLBACK</c> and nothing else, and succeeded.</param>
    internal void RawCommandEnded(DbConnection connection, bool endsTransaction)
    {
        if (TransactionProbe.IsOpen(connection) is { } isOpen ? !isOpen && !HasOpenReader : endsTransaction)
        {
            _mayBeInTransaction = false;
            Settle(static p => p.SettledBy == SettledBy.Session);
        }
    }

    /// <summary>A raw command has failed in a way that doesn't tell whether its transaction was committed.</summary>
    internal void RawCommandLost() => Settle(static p => p.SettledBy == SettledBy.Session, isOutcomeUnknown: true);

    private bool HasPending
    {
        get
        {
            lock (_gate)
            {
                return _pending.Count > 0;
            }
        }
    }

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
                _sessionChanged = false;
                _mayBeInTransaction = false;
                Volatile.Write(ref _openReaders, 0);
            }

            // A connection that is lost while it commits doesn't tell whether the database will. Of a commit that EF doesn't
            // make nobody tells that it has begun.
            Settle(static p => p.IsCommitting, isOutcomeUnknown: true);
            Settle(static _ => true, isOutcomeUnknown: TransactionProbe.IsLost((DbConnection)sender, change.CurrentState));
        }
    }

    private void Settle(Predicate<PendingWrite> which, bool isOutcomeUnknown = false)
    {
        List<PendingWrite> settled;
        lock (_gate)
        {
            if (_pending.Count == 0)
            {
                return;
            }

            settled = _pending.FindAll(which);
            _pending.RemoveAll(settled.Contains);
        }

        foreach (var pending in settled)
        {
            pending.Settle(isOutcomeUnknown);
        }
    }
}
