using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using ZooCache.AspNetCore.Inputs;

namespace ZooCache.AspNetCore.Responses;

/// <summary>
/// What an endpoint answers, held back until it is complete; or, if it becomes too long or is a stream of events, handed on as it comes. Used by one request.
/// </summary>
internal sealed class CapturedResponse : Stream, IHttpResponseBodyFeature, IHttpResponseFeature
{
    private readonly HttpContext context;
    private readonly IHttpResponseFeature response;
    private readonly IHttpResponseBodyFeature body;
    private readonly long most;
    private readonly MemoryStream held = new();
    private readonly Stack<(Func<object, Task> Callback, object State)> starting = new();
    private readonly Dictionary<string, StringValues> before;
    private PipeWriter? writer;
    private bool hasStarted;

    internal CapturedResponse(HttpContext context, long most)
    {
        this.context = context;
        this.most = most;
        response = context.Features.GetRequiredFeature<IHttpResponseFeature>();
        body = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        before = response.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase);
        context.Features.Set<IHttpResponseFeature>(this);
        context.Features.Set<IHttpResponseBodyFeature>(this);
    }

    /// <summary>Whether the response goes to the client as it comes.</summary>
    internal bool IsPassed { get; private set; }

    public Stream Stream => this;

    public PipeWriter Writer => writer ??= PipeWriter.Create(this, new StreamPipeWriterOptions(leaveOpen: true));

    public int StatusCode
    {
        get => response.StatusCode;
        set => response.StatusCode = value;
    }

    public string? ReasonPhrase
    {
        get => response.ReasonPhrase;
        set => response.ReasonPhrase = value;
    }

    public IHeaderDictionary Headers
    {
        get => response.Headers;
        set => response.Headers = value;
    }

#pragma warning disable CS0618 // The interface asks for it.
    Stream IHttpResponseFeature.Body
    {
        get => this;
        set => throw new NotSupportedException("The body of a cached response can't be replaced by way of this feature.");
    }
#pragma warning restore CS0618

    public bool HasStarted => hasStarted || response.HasStarted;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public void OnStarting(Func<object, Task> callback, object state)
    {
        if (HasStarted)
        {
            throw new InvalidOperationException("The response has started already.");
        }

        starting.Push((callback, state));
    }

    public void OnCompleted(Func<object, Task> callback, object state) => response.OnCompleted(callback, state);

    public void DisableBuffering()
    {
        // Somebody wants it to go out as it comes.
        Pass();
        body.DisableBuffering();
    }

    public Task StartAsync(CancellationToken cancellationToken = default) => StartHeldAsync();

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default)
        => SendFileFallback.SendFileAsync(this, path, offset, count, cancellationToken);

    public async Task CompleteAsync()
    {
        await StartHeldAsync().ConfigureAwait(false);
        await FlushWriterAsync().ConfigureAwait(false);
    }

    public override void Flush()
    {
        if (IsPassed)
        {
            body.Stream.Flush();
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => IsPassed ? body.Stream.FlushAsync(cancellationToken) : Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (TryHold(buffer))
        {
            return;
        }

        body.Stream.Write(held.GetBuffer().AsSpan(0, (int)held.Length));
        held.SetLength(0);
        body.Stream.Write(buffer);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await StartHeldAsync().ConfigureAwait(false);
        if (TryHold(buffer.Span))
        {
            return;
        }

        if (held.Length > 0)
        {
            var first = held.ToArray();
            held.SetLength(0);
            await body.Stream.WriteAsync(first, cancellationToken).ConfigureAwait(false);
        }

        await body.Stream.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The endpoint is done: its answer, and the request is as it was; null if the answer has gone out already, or has started to.</summary>
    /// <param name="inputs">What it varies by, for caches on the way.</param>
    internal async Task<StoredResponse?> EndAsync(IReadOnlyCollection<RequestInput> inputs)
    {
        await FlushWriterAsync().ConfigureAwait(false);
        await StartHeldAsync().ConfigureAwait(false);
        Restore();
        if (IsPassed || response.HasStarted)
        {
            return null;
        }

        if (response.StatusCode == StatusCodes.Status200OK)
        {
            TellCaches(inputs);
        }

        return new StoredResponse(response.StatusCode, [.. response.Headers.Where(h => !before.TryGetValue(h.Key, out var value) || value != h.Value)], held.ToArray());
    }

    /// <summary>Whoever keeps the response, such as a browser, is to ask each time whether it still holds, unless the endpoint says something else; and what it varies by.</summary>
    private void TellCaches(IReadOnlyCollection<RequestInput> inputs)
    {
        if (response.Headers.CacheControl.Count == 0)
        {
            response.Headers.CacheControl = inputs.Contains(RequestInput.User) ? "private, no-cache" : "no-cache";
        }

        var names = inputs.Where(i => i.Kind == InputKind.Header).Select(i => i.Name).Concat(inputs.Any(i => i.Kind == InputKind.Cookie) ? [HeaderNames.Cookie] : []).ToArray();
        if (names.Length > 0)
        {
            response.Headers.AppendCommaSeparatedValues(HeaderNames.Vary, names);
        }
    }

    /// <summary>The endpoint has failed: the request is as it was.</summary>
    internal void Restore()
    {
        context.Features.Set(response);
        context.Features.Set(body);
    }

    protected override void Dispose(bool disposing)
    {
        held.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>What the endpoint wanted to be called at the beginning of its response, it is called now: it may set headers.</summary>
    private async Task StartHeldAsync()
    {
        if (hasStarted)
        {
            return;
        }

        hasStarted = true;
        while (starting.TryPop(out var one))
        {
            await one.Callback(one.State).ConfigureAwait(false);
        }
    }

    private async Task FlushWriterAsync()
    {
        if (writer is not null)
        {
            await writer.FlushAsync().ConfigureAwait(false);
        }
    }

    private bool TryHold(ReadOnlySpan<byte> bytes)
    {
        if (!IsPassed && held.Length + bytes.Length <= most && response.Headers.ContentType.ToString() is var type && !type.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase))
        {
            held.Write(bytes);
            return true;
        }

        Pass();
        return false;
    }

    private void Pass() => IsPassed = true;
}
