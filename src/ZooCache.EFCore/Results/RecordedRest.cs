using ZooCache.RowSets;

namespace ZooCache.EFCore.Results;

/// <summary>Who wants the rest of a large result.</summary>
internal interface IRecording
{
    /// <summary>The result was read to its end, and all of it could be recorded.</summary>
    ValueTask EndedAsync(RowSet rows, bool async);

    /// <summary>It can't be recorded to its end.</summary>
    void Dropped();
}

/// <summary>The recording of a large result whose rows are handed out already.</summary>
internal sealed class RecordedRest(RowRecorder recorder, IRecording recording)
{
    /// <summary>Takes the row that the provider's reader stands on. False if nothing more is recorded.</summary>
    internal bool TryTake()
    {
        if (!recorder.IsTooLarge && recorder.TryRecord())
        {
            return true;
        }

        recording.Dropped();
        return false;
    }

    internal ValueTask EndAsync(bool async)
    {
        if (!recorder.IsTooLarge)
        {
            return recording.EndedAsync(recorder.Build(), async);
        }

        recording.Dropped();
        return default;
    }
}
