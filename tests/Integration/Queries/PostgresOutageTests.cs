using System.Net;
using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;

namespace ZooCache.Integration.Tests.Queries;

/// <summary>Hits while nobody listens where the server was, and while all connections of the pool are taken.</summary>
[NeedsPostgres]
public sealed class PostgresOutageTests : IDisposable
{
    private readonly ShopDatabase _shop = new(provider: Provider.Postgres);

    public void Dispose() => _shop.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenTheServerIsStopped_HitsAreServed(bool async)
    {
        using var server = new Forwarder(new NpgsqlConnectionStringBuilder(_shop.ConnectionString));
        var text = server.ConnectionString;
        (await AskAsync(text, async)).ShouldBe(("Customer 1", QueryResultSource.Miss));
        (await AskAsync(text, async)).ShouldBe(("Customer 1", QueryResultSource.Hit));

        server.Stop();
        using (var connection = new NpgsqlConnection(text))
        {
            NpgsqlConnection.ClearPool(connection);
            Should.Throw<NpgsqlException>(connection.Open);
        }

        (await AskAsync(text, async)).ShouldBe(("Customer 1", QueryResultSource.Hit));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhenThePoolIsExhausted_HitsAreServed(bool async)
    {
        var text = new NpgsqlConnectionStringBuilder(_shop.ConnectionString) { MaxPoolSize = 1, Timeout = 1 }.ConnectionString;
        (await AskAsync(text, async)).ShouldBe(("Customer 1", QueryResultSource.Miss));

        await using var taken = new NpgsqlConnection(text);
        await taken.OpenAsync();
        using (var another = new NpgsqlConnection(text))
        {
            Should.Throw<NpgsqlException>(another.Open).InnerException.ShouldBeOfType<TimeoutException>();
        }

        (await AskAsync(text, async)).ShouldBe(("Customer 1", QueryResultSource.Hit));
    }

    private async Task<(string, QueryResultSource)> AskAsync(string connectionString, bool async)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await using var db = _shop.OpenOn(connection);
        var one = db.Customers.Where(c => c.Id == 1).Cacheable();
        var name = async ? (await one.SingleAsync()).Name : one.Single().Name;
        return (name, db.Cache().LastQuery!.Source);
    }

    /// <summary>A port that leads to the server, until it is closed.</summary>
    private sealed class Forwarder : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly List<TcpClient> _open = [];
        private readonly NpgsqlConnectionStringBuilder _server;

        internal Forwarder(NpgsqlConnectionStringBuilder server)
        {
            _server = server;
            _listener.Start();
            ConnectionString = new NpgsqlConnectionStringBuilder(server.ConnectionString)
            {
                Host = "127.0.0.1",
                Port = ((IPEndPoint)_listener.LocalEndpoint).Port,
            }.ConnectionString;
            _ = AcceptAsync();
        }

        internal string ConnectionString { get; }

        internal void Stop()
        {
            _listener.Stop();
            lock (_open)
            {
                _open.ForEach(c => c.Dispose());
            }
        }

        public void Dispose() => Stop();

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    var client = await _listener.AcceptTcpClientAsync();
                    var server = new TcpClient();
                    lock (_open)
                    {
                        _open.AddRange([client, server]);
                    }

                    await server.ConnectAsync(_server.Host!, _server.Port);
                    _ = PumpAsync(client, server);
                    _ = PumpAsync(server, client);
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // It was stopped.
            }
        }

        private static async Task PumpAsync(TcpClient from, TcpClient to)
        {
            try
            {
                await from.GetStream().CopyToAsync(to.GetStream());
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidOperationException)
            {
                // It was closed.
            }
        }
    }
}
