using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ZooCache.Integration.Tests;

/// <summary>
/// A node's way to Redis: it can be cut, slowed down, led to another server, and can lose, repeat and mix up announcements, which is what
/// the protocol allows for: answers stay in their order.
/// </summary>
internal sealed class RedisProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, bool> _open = new();
    private readonly Random _random = new();
    private volatile bool _isCut;
    private volatile bool _isDisposed;

    internal RedisProxy(int target)
    {
        Target = target;
        _listener.Start();
        _ = Task.Run(Listen);
    }

    /// <summary>Where new connections lead.</summary>
    internal int Target { get; set; }

    /// <summary>Announcements are lost, repeated, late, and in another order.</summary>
    internal bool MixesUp { get; set; }

    /// <summary>How long everything takes.</summary>
    internal TimeSpan Delay { get; set; }

    /// <summary>How many announcements were lost, repeated or mixed up.</summary>
    internal int MixedUp { get; private set; }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    internal void Cut()
    {
        _isCut = true;
        CloseAll();
    }

    internal void Mend() => _isCut = false;

    /// <summary>Ends all connections; new ones are made.</summary>
    internal void CloseAll()
    {
        foreach (var client in _open.Keys)
        {
            client.Close();
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        _listener.Dispose();
        CloseAll();
    }

    private async Task Listen()
    {
        while (!_isDisposed)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync();
                if (_isCut)
                {
                    client.Close();
                    continue;
                }

                _ = Task.Run(() => Carry(client));
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // Asked again, unless it is over.
            }
        }
    }

    private async Task Carry(TcpClient client)
    {
        using var server = new TcpClient();
        try
        {
            (_open[client], _open[server]) = (true, true);
            await server.ConnectAsync(IPAddress.Loopback, Target);
            (client.NoDelay, server.NoDelay) = (true, true);
            await Task.WhenAny(Requests(client.GetStream(), server.GetStream()), Answers(server.GetStream(), client.GetStream()));
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            // One of the two has gone.
        }
        finally
        {
            client.Close();
            _open.TryRemove(client, out _);
            _open.TryRemove(server, out _);
        }
    }

    private async Task Requests(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[16384];
        for (var read = await from.ReadAsync(buffer); read > 0; read = await from.ReadAsync(buffer))
        {
            await Task.Delay(Delay);
            await to.WriteAsync(buffer.AsMemory(0, read));
        }
    }

    private async Task Answers(NetworkStream from, NetworkStream to)
    {
        await using var buffered = new BufferedStream(from, 65536);
        byte[]? held = null;
        while (await ReadAsync(buffered) is { Length: > 0 } answer)
        {
            var isAnnouncement = answer.AsSpan().StartsWith("*3\r\n$7\r\nmessage\r\n"u8);
            var chance = MixesUp && isAnnouncement ? _random.Next(5) : 4;
            MixedUp += chance < 3 ? 1 : 0;
            switch (chance)
            {
                case 0:
                    continue;
                case 1:
                    await to.WriteAsync(answer);
                    break;
                case 2 when held is null:
                    held = answer;
                    continue;
            }

            await to.WriteAsync(answer);
            if (held is not null)
            {
                await to.WriteAsync(held);
                held = null;
            }
        }
    }

    /// <summary>One answer, whole; empty at the end.</summary>
    private static async Task<byte[]> ReadAsync(Stream stream)
    {
        var answer = new List<byte>();
        return await ReadInto(stream, answer) ? [.. answer] : [];
    }

    private static async Task<bool> ReadInto(Stream stream, List<byte> answer)
    {
        var begin = answer.Count;
        var one = new byte[1];
        do
        {
            if (await stream.ReadAsync(one) == 0)
            {
                return false;
            }

            answer.Add(one[0]);
        }
        while (one[0] != '\n');
        var kind = answer[begin];
        if (kind is not ((byte)'$' or (byte)'*') || !int.TryParse(Encoding.ASCII.GetString([.. answer.Skip(begin + 1)]), out var count))
        {
            return true;
        }

        if (kind == '$' && count >= 0)
        {
            var bytes = new byte[count + 2];
            await stream.ReadExactlyAsync(bytes);
            answer.AddRange(bytes);
        }

        for (var i = 0; kind == '*' && i < count; i++)
        {
            if (!await ReadInto(stream, answer))
            {
                return false;
            }
        }

        return true;
    }
}
