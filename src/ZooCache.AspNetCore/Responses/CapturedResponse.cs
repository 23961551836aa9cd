using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using ZooCache.AspNetCore.Inputs;

namespace ZooCache.AspNetCore.Responses;

/// <summary>
/// What an endpoint answers, held back until it is complete; or, if it becomes too long or is a stream, handed on as it comes. Used by one request.
/// </summary>
internal sealed class CapturedResponse : Stream, IHttpResponseBodyFeature, IHttpResponseFeature
{
    /// <summary>What is meant to be read while it is written.</summary>
    private static readonly string[] Streams =
        ["text/event-stream", "application/x-ndjson", "application/jsonl", "application/json-seq", "multipart/x-mixed-replace", "application/grpc"];

    private readonly IHttpResponseFeature response;
    private readonly IHttpResponseBodyFeature body;
    private readonly InputLog log;
    private readonly HeldHeaders headers;
    private readonly HeldWriter writer;
    private readonly Stack<(Func<object, Task> Callback, object State)> starting = new();
    private int statusCode;
    private string? reasonPhrase;
    private bool isStarting;

    /// <param name="context">Whose response it is.</param>
    /// <param name="log">Is told what the endpoint reads of the response.</param>
    /// <param name="most">Longer bodies are handed on, in bytes.</param>
    internal CapturedResponse(HttpContext context, InputLog log, long most)
    {
        this.log = log;
        response = context.Features.GetRequiredFeature<IHttpResponseFeature>();
        body = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        headers = new HeldHeaders(response.Headers, log);
        writer = new HeldWriter(this, () => body.Writer, most);
        statusCode = response.StatusCode;
    }

    /// <summary>Whether the response goes to the client as it comes.</summary>
    internal bool IsPassed { get; private set; }

    public Stream Stream => this;

    public PipeWriter Writer => writer;

    public int StatusCode
    {
        get => IsPassed ? response.StatusCode : statusCode;
        set
        {
            ThrowIfStarted();
            if (value != StatusCodes.Status200OK)
            {
                log.Refuse("status");
            }

            if (IsPassed)
            {
                response.StatusCode = value;
            }
            else
            {
                statusCode = value;
            }
        }
    }

    public string? ReasonPhrase
    {
        get => IsPassed ? response.ReasonPhrase : reasonPhrase;
        set
        {
            ThrowIfStarted();
            if (IsPassed)
            {
                response.ReasonPhrase = value;
            }
            else
            {
                reasonPhrase = value;
            }
        }
    }

    public IHeaderDictionary Headers
    {
        get => headers;
        set => throw new NotSupportedException("The headers of a cached response are set one by one.");
    }

#pragma warning disable CS0618 // The interface asks for it.
    Stream IHttpResponseFeature.Body
    {
        get => this;
        set => throw new NotSupportedException("The body of a cached response isn't replaced by way of this feature, but by HttpResponse.Body.");
    }
#pragma warning restore CS0618

    public bool HasStarted => headers.HasStarted || response.HasStarted;

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
        ThrowIfStarted();
        if (IsPassed)
        {
            response.OnStarting(callback, state);
        }
        else
        {
            starting.Push((callback, state));
        }
    }

    public void OnCompleted(Func<object, Task> callback, object state) => response.OnCompleted(callback, state);

    public void DisableBuffering()
    {
        // Somebody wants it to go out as it comes.
        Pass("streams");
        body.DisableBuffering();
    }

    /// <summary>The headers are complete: whoever wanted to be told, is, and may still change them.</summary>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (!IsPassed && Headers.ContentType is [{ } type] && Array.Exists(Streams, s => type.StartsWith(s, StringComparison.OrdinalIgnoreCase)))
        {
            Pass("streams");
        }

        if (IsPassed)
        {
            await body.StartAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        if (isStarting)
        {
            return;
        }

        isStarting = true;
        while (starting.TryPop(out var one))
        {
            await one.Callback(one.State).ConfigureAwait(false);
        }

        if (!IsPassed)
        {
            headers.HasStarted = true;
        }
    }

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default)
        => SendFileFallback.SendFileAsync(this, path, offset, count, cancellationToken);

    public async Task CompleteAsync()
    {
        // The endpoint goes on after its response.
        Pass("streams");
        writer.OwesFlush = false;
        await body.CompleteAsync().ConfigureAwait(false);
    }

    public override void Flush() => FlushAsync(CancellationToken.None).GetAwaiter().GetResult();

    public override async Task FlushAsync(CancellationToken cancellationToken) => await writer.FlushAsync(cancellationToken).ConfigureAwait(false);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        writer.Write(buffer);
        Flush();
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        => await writer.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);

    /// <summary>From now on the response goes out as it comes, and isn't kept.</summary>
    internal void Pass(string problem)
    {
        if (IsPassed)
        {
            return;
        }

        log.Refuse(problem);
        IsPassed = true;
        HandOn();
        writer.Pass();
    }

    /// <summary>The endpoint is done: its answer; null if that has gone out already, or has started to.</summary>
    internal async Task<MadeResponse?> EndAsync()
    {
        var hadStarted = HasStarted;
        if (!IsPassed)
        {
            await StartAsync().ConfigureAwait(false);
        }

        if (IsPassed && writer.OwesFlush)
        {
            await writer.FlushAsync().ConfigureAwait(false);
        }

        if (IsPassed || response.HasStarted)
        {
            return null;
        }

        return new MadeResponse(statusCode, reasonPhrase, headers.Changes, writer.Written.ToArray(), hadStarted);
    }

    /// <summary>The endpoint has failed: the response is as it has left it, for whoever makes something of it.</summary>
    internal void Fail()
    {
        if (!IsPassed && !response.HasStarted)
        {
            HandOn();
        }
    }

    private void HandOn()
    {
        response.StatusCode = statusCode;
        response.ReasonPhrase = reasonPhrase ?? response.ReasonPhrase;
        headers.Pass();
        foreach (var (callback, state) in starting.Reverse())
        {
            response.OnStarting(callback, state);
        }

        starting.Clear();
        if (headers.HasStarted)
        {
            // The endpoint can't change them any more; those who have waited for the response to go out still can, and come after this.
            response.OnStarting(
                static held =>
                {
                    ((HeldHeaders)held).HasStarted = false;
                    return Task.CompletedTask;
                },
                headers);
        }
    }

    private void ThrowIfStarted()
    {
        if (HasStarted)
        {
            throw new InvalidOperationException("The response has started already.");
        }
    }
}

/// <summary>What an endpoint has answered. Immutable.</summary>
/// <param name="StatusCode">The status.</param>
/// <param name="ReasonPhrase">What the endpoint calls that; null for the usual name.</param>
/// <param name="Headers">What it has made of the headers.</param>
/// <param name="Body">The body.</param>
/// <param name="HasStarted">Whether it has said that nobody adds anything.</param>
internal sealed record MadeResponse(int StatusCode, string? ReasonPhrase, HeaderChanges Headers, byte[] Body, bool HasStarted);
