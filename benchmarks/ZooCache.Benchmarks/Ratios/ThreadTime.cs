using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ZooCache.Benchmarks.Ratios;

/// <summary>
/// The time that the current thread has computed, so that a busy machine says almost the same as an idle one. The
/// operations measured here wait for nothing. Linux tells it exactly; elsewhere elapsed time stands in.
/// </summary>
internal static partial class ThreadTime
{
    private const int ThreadClock = 3;

    public static string Source => OperatingSystem.IsLinux() ? "CPU time of the measuring thread" : "elapsed time";

    public static double Seconds
    {
        get
        {
            if (OperatingSystem.IsLinux() && GetTime(ThreadClock, out var time) == 0)
            {
                return time.Seconds + (time.Nanoseconds / 1e9);
            }

            return Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    /// <summary>struct timespec of 64-bit systems.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
