using System.Text.Json;

namespace Storefront.Load;

/// <summary>Requests that weren't answered as they should. Thread-safe.</summary>
internal sealed class Failures
{
    private int count;

    public int Count => Volatile.Read(ref count);

    public string? First { get; private set; }

    /// <returns>Whether the exception is a request's failure.</returns>
    public bool Note(Exception exception)
    {
        if (exception is not (HttpRequestException or TaskCanceledException or JsonException))
        {
            return false;
        }

        if (Interlocked.Increment(ref count) == 1)
        {
            First = exception.Message;
        }

        return true;
    }
}
