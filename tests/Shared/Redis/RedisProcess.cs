using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ZooCache.Tests;

/// <summary>A Redis server of a test's own, on the loopback interface, which the test may stop, kill, freeze and start again.</summary>
public sealed class RedisProcess : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"zoocache-redis-{Guid.NewGuid():N}");
    private readonly string[] _settings;
    private Process? _process;

    public RedisProcess(params string[] settings)
    {
        _settings = settings;
        Directory.CreateDirectory(_directory);
        Port = FreePort();
        Start();
    }

    /// <summary>Why tests that need a server are skipped, or null. On a build server they aren't: there they fail.</summary>
    public static string? SkipReason
        => Program is null && !string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase)
            ? "NO REDIS: install redis-server, or run ./test.sh"
            : null;

    public int Port { get; }

    /// <summary>For a client that goes on trying, and soon.</summary>
    public string Configuration
        => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port},abortConnect=false,connectTimeout=500,asyncTimeout=1000,syncTimeout=1000,connectRetry=1,allowAdmin=true");

    private static string? Program
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/bin")
            .Select(d => Path.Combine(d, "redis-server")).FirstOrDefault(File.Exists);

    /// <summary>Starts it, with what is in its directory.</summary>
    public void Start()
    {
        var info = new ProcessStartInfo(Program ?? throw new InvalidOperationException("There is no redis-server, and CI is set: these tests need one."))
        {
            WorkingDirectory = _directory,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments =
        [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning", .. _settings,
        ];
        foreach (var argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        _process = Process.Start(info)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        SpinWait.SpinUntil(Answers, TimeSpan.FromSeconds(20));
    }

    /// <summary>Ends it at once, with what it had in memory.</summary>
    public void Kill()
    {
        if (_process is { } process)
        {
            Signal("CONT");
            process.Kill();
            process.WaitForExit();
            process.Dispose();
            _process = null;
        }
    }

    public void Freeze() => Signal("STOP");

    public void Thaw() => Signal("CONT");

    /// <summary>Deletes what it has saved.</summary>
    public void Forget()
    {
        foreach (var file in Directory.EnumerateFiles(_directory))
        {
            File.Delete(file);
        }
    }

    /// <summary>Runs a command, as any client might, and returns the raw answer.</summary>
    public string Command(params string[] words)
    {
        using var client = new TcpClient("127.0.0.1", Port) { ReceiveTimeout = 5000 };
        using var stream = client.GetStream();
        var text = $"*{words.Length}\r\n{string.Concat(words.Select(w => $"${System.Text.Encoding.UTF8.GetByteCount(w)}\r\n{w}\r\n"))}";
        stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
        var buffer = new byte[65536];
        return System.Text.Encoding.UTF8.GetString(buffer, 0, stream.Read(buffer));
    }

    public void Dispose()
    {
        Kill();
        Directory.Delete(_directory, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private bool Answers()
    {
        try
        {
            return Command("PING").StartsWith("+PONG", StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            Thread.Sleep(5);
            return false;
        }
    }

    private void Signal(string name)
    {
        if (_process is { HasExited: false } process)
        {
            Signals.Send(process, name);
        }
    }
}
