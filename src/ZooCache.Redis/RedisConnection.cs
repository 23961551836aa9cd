using StackExchange.Redis;

namespace ZooCache.Redis;

/// <summary>
/// A connection to Redis: one that the application has and keeps, or one of the cache's own, which is made when it is first asked for, and asked
/// for again after a failure. Thread-safe.
/// </summary>
internal sealed class RedisConnection : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ConfigurationOptions? _configuration;
    private Task<IConnectionMultiplexer>? _connection;
    private bool _isDisposed;

    internal RedisConnection(IConnectionMultiplexer given) => _connection = Task.FromResult(given);

    internal RedisConnection(ConfigurationOptions configuration) => _configuration = configuration;

    /// <exception cref="RedisException">There is none.</exception>
    /// <exception cref="ObjectDisposedException">The cache has been disposed.</exception>
    internal Task<IConnectionMultiplexer> GetAsync()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _connection = _connection is null or { IsFaulted: true } or { IsCanceled: true } ? ConnectAsync(_configuration!) : _connection;
        }
    }

    public void Dispose()
    {
        Task<IConnectionMultiplexer>? own;
        lock (_gate)
        {
            (own, _isDisposed) = (_configuration is null ? null : _connection, true);
        }

        _ = own?.ContinueWith(static c => c.Result.DisposeAsync().AsTask(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
    }

    private static async Task<IConnectionMultiplexer> ConnectAsync(ConfigurationOptions configuration)
        => await ConnectionMultiplexer.ConnectAsync(configuration).ConfigureAwait(false);
}
