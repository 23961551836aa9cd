using System.Data.Common;
using ZooCache.EFCore.Queries;
using ZooCache.RowSets;

namespace ZooCache.EFCore.Results;

/// <summary>
/// A <see cref="ResultReader"/> for what needs more than the rows: the names of the columns, or, for a result that is handed out while
/// it is still recorded, or could not be recorded to its end, the rest of the provider's reader.
/// </summary>
/// <param name="rows">The first rows of the result, or all.</param>
/// <param name="columns">The names of the columns, for EF to find them by; null where it knows their ordinals.</param>
/// <param name="live">The provider's reader with the rest; null if there is none.</param>
/// <param name="places">The ordinals of the columns in <paramref name="live"/>; null where they are the same.</param>
/// <param name="onRow">Whether <paramref name="live"/> already stands on a row that is not in <paramref name="rows"/>.</param>
internal sealed class ContinuedReader(
    RowSet rows, IReadOnlyList<string>? columns, DbDataReader? live = null, int[]? places = null, bool onRow = false) : ResultReader(rows)
{
    private bool _onLiveRow;
    private bool _liveRowPending = onRow;
    private bool _hasEnded;

    /// <summary>The recording that goes on while rows are handed out; null if nothing more is recorded.</summary>
    internal RecordedRest? Rest { get; set; }

    internal override bool IsBuffered => live is null;

    public override bool Read() => CompletedTask.Result(ReadAsync(async: false, CancellationToken.None));

    public override Task<bool> ReadAsync(CancellationToken cancellationToken) => ReadAsync(async: true, cancellationToken).AsTask();

    private async ValueTask<bool> ReadAsync(bool async, CancellationToken cancellationToken)
    {
        if (base.Read() || TakePendingLiveRow())
        {
            return true;
        }

        if (live is null || _hasEnded)
        {
            return false;
        }

        _onLiveRow = async ? await live.ReadAsync(cancellationToken).ConfigureAwait(false) : live.Read();
        if (!_onLiveRow)
        {
            await EndAsync(async).ConfigureAwait(false);
        }
        else if (Rest is { } rest && !rest.TryTake())
        {
            Rest = null;
        }

        return _onLiveRow;
    }

    private ValueTask EndAsync(bool async)
    {
        _hasEnded = true;
        var rest = Rest;
        Rest = null;
        return rest?.EndAsync(async) ?? default;
    }

    private bool TakePendingLiveRow()
    {
        if (!_liveRowPending)
        {
            return false;
        }

        _liveRowPending = false;
        return _onLiveRow = true;
    }

    public override bool IsDBNull(int ordinal) => _onLiveRow ? live!.IsDBNull(Place(ordinal)) : base.IsDBNull(ordinal);

    public override bool GetBoolean(int ordinal) => _onLiveRow ? live!.GetBoolean(Place(ordinal)) : base.GetBoolean(ordinal);

    public override byte GetByte(int ordinal) => _onLiveRow ? live!.GetByte(Place(ordinal)) : base.GetByte(ordinal);

    public override short GetInt16(int ordinal) => _onLiveRow ? live!.GetInt16(Place(ordinal)) : base.GetInt16(ordinal);

    public override int GetInt32(int ordinal) => _onLiveRow ? live!.GetInt32(Place(ordinal)) : base.GetInt32(ordinal);

    public override long GetInt64(int ordinal) => _onLiveRow ? live!.GetInt64(Place(ordinal)) : base.GetInt64(ordinal);

    public override float GetFloat(int ordinal) => _onLiveRow ? live!.GetFloat(Place(ordinal)) : base.GetFloat(ordinal);

    public override double GetDouble(int ordinal) => _onLiveRow ? live!.GetDouble(Place(ordinal)) : base.GetDouble(ordinal);

    public override char GetChar(int ordinal) => _onLiveRow ? live!.GetChar(Place(ordinal)) : base.GetChar(ordinal);

    public override DateTime GetDateTime(int ordinal) => _onLiveRow ? live!.GetDateTime(Place(ordinal)) : base.GetDateTime(ordinal);

    public override decimal GetDecimal(int ordinal) => _onLiveRow ? live!.GetDecimal(Place(ordinal)) : base.GetDecimal(ordinal);

    public override Guid GetGuid(int ordinal) => _onLiveRow ? live!.GetGuid(Place(ordinal)) : base.GetGuid(ordinal);

    public override string GetString(int ordinal) => _onLiveRow ? live!.GetString(Place(ordinal)) : base.GetString(ordinal);

    public override T GetFieldValue<T>(int ordinal) => _onLiveRow ? live!.GetFieldValue<T>(Place(ordinal)) : base.GetFieldValue<T>(ordinal);

    public override object GetValue(int ordinal) => _onLiveRow ? live!.GetValue(Place(ordinal)) : base.GetValue(ordinal);

    public override int FieldCount => columns?.Count ?? base.FieldCount;

    public override bool HasRows => base.HasRows || live is { HasRows: true };

    public override string GetName(int ordinal) => columns is null ? base.GetName(ordinal) : columns[ordinal];

    private int Place(int ordinal) => places is null ? ordinal : places[ordinal];
}
