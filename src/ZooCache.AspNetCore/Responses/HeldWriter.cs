using System.Buffers;
using System.IO.Pipelines;

namespace ZooCache.AspNetCore.Responses;

/// <summary>The body that an endpoint writes, held back until it is handed on. Used by one request.</summary>
internal sealed class HeldWriter(CapturedResponse response, Func<PipeWriter> target, long most) : PipeWriter
{
    private readonly ArrayBufferWriter<byte> held = new();
    private PipeWriter? passed;
    private int flushed;

    internal ReadOnlyMemory<byte> Written => held.WrittenMemory;

    /// <summary>Whether something that was held has been handed on which the endpoint takes to be on its way.</summary>
    internal bool OwesFlush { get; set; }

    public override bool CanGetUnflushedBytes => passed?.CanGetUnflushedBytes ?? true;

    public override long UnflushedBytes => passed?.UnflushedBytes ?? held.WrittenCount - flushed;

    public override Memory<byte> GetMemory(int sizeHint = 0) => passed?.GetMemory(sizeHint) ?? held.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => passed is null ? held.GetSpan(sizeHint) : passed.GetSpan(sizeHint);

    public override void Advance(int bytes)
    {
        if (passed is not null)
        {
            passed.Advance(bytes);
            return;
        }

        held.Advance(bytes);
        if (held.WrittenCount > most)
        {
            response.Pass("too-long");
        }
    }

    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (passed is null)
        {
            await response.StartAsync(cancellationToken).ConfigureAwait(false);
        }

        if (passed is not null)
        {
            OwesFlush = false;
            return await passed.FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        flushed = held.WrittenCount;
        return default;
    }

    public override void CancelPendingFlush() => passed?.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        if (exception is not null)
        {
            response.Pass("body-failed");
        }

        OwesFlush = false;
        passed?.Complete(exception);
    }

    /// <summary>What was held goes on its way, and so does all that comes.</summary>
    internal void Pass()
    {
        passed = target();
        passed.Write(held.WrittenSpan);
        OwesFlush = flushed > 0;
        held.ResetWrittenCount();
    }
}
