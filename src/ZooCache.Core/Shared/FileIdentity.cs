using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace ZooCache;

/// <summary>
/// What tells a file from another that takes its place under the same name: when it was made, and on Linux, where .NET can't tell that, its number and its birth by statx (man 2
/// statx; Linux 4.11, glibc 2.28). Nothing is opened: to close a file of SQLite's would give up the locks that SQLite has on it in this process.
/// </summary>
internal static class FileIdentity
{
    private const int CurrentDirectory = -100;
    private const uint InodeAndBirth = 0x100 | 0x800;
    private const int StatxBytes = 256;

    /// <summary>Null if there is no such file, or it can't be told.</summary>
    internal static string? Of(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            var info = new FileInfo(path);
            return info.Exists ? info.CreationTimeUtc.Ticks.ToString(CultureInfo.InvariantCulture) : null;
        }

        try
        {
            var stat = new byte[StatxBytes];
            return Statx(CurrentDirectory, Encoding.UTF8.GetBytes(path + '\0'), 0, InodeAndBirth, stat) == 0
                ? string.Create(CultureInfo.InvariantCulture, $"{Read(stat, 136)}:{Read(stat, 32)}:{Read(stat, 80)}:{BitConverter.ToUInt32(stat, 88)}")
                : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }

        static ulong Read(byte[] stat, int offset) => BitConverter.ToUInt64(stat, offset);
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(int directory, byte[] path, int flags, uint mask, byte[] result);
}
