using System.Diagnostics;
using System.Globalization;

namespace ZooCache.Tests;

/// <summary>Stops processes and has them go on, as an operating system or a hypervisor may at any time.</summary>
internal static class Signals
{
    internal static void Send(Process process, string name)
    {
        using var kill = Process.Start("kill", ["-s", name, process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
