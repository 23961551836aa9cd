using System.ComponentModel;
using System.Diagnostics;

namespace ZooCache.Core.Tests.Codec;

/// <summary>A test that needs Python with its msgpack and lz4. Where there is none it is skipped, and fails on a build server.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PythonFactAttribute : FactAttribute
{
    /// <summary>The first on the path, or the system's, for which the packages of the system are.</summary>
    private static readonly Lazy<string?> Found = new(static () => Array.Find(["python3", "/usr/bin/python3"], HasPackages));

    public PythonFactAttribute()
    {
        if (Found.Value is null && !string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
        {
            Skip = "NO PYTHON with msgpack and lz4: install python3-msgpack and python3-lz4, or run ./test.sh";
        }
    }

    internal static string Program => Found.Value ?? throw new InvalidOperationException("There is no Python with msgpack and lz4, and CI is set: this test needs one.");

    private static bool HasPackages(string program)
    {
        try
        {
            using var python = Process.Start(new ProcessStartInfo(program, ["-c", "import msgpack, lz4.block"]) { UseShellExecute = false, RedirectStandardError = true })!;
            python.StandardError.ReadToEnd();
            python.WaitForExit();
            return python.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
