using System.Security.Cryptography;
using System.Text;

namespace ZooCache.Lmdb;

/// <summary>
/// Where the file of a cache is: in the directory that the user gave, under the cache's prefix, and on Linux the boot's number. What was written before the machine went down may not all be on
/// the disk: nothing of it is believed, and it needs no fsync.
/// </summary>
internal static class LmdbPlace
{
    private const string BootFile = "/proc/sys/kernel/random/boot_id";
    private const int LongestName = 64;

    private static readonly HashSet<string> Networks = new(StringComparer.OrdinalIgnoreCase)
    {
        "nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "9p", "ceph", "lustre", "glusterfs", "fuse.glusterfs", "fuse.sshfs", "afs",
    };

    private static readonly string? Boot = File.Exists(BootFile) ? File.ReadAllText(BootFile).Trim() : null;

    internal static string FileOf(string directory, string prefix)
    {
        var name = Uri.EscapeDataString(prefix);
        name = name.Length <= LongestName ? name : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(prefix)));
        return Path.Combine(Path.GetFullPath(directory), $"zoocache.{name}.{Boot ?? "all"}.mdb");
    }

    /// <summary>Whether what follows a prefix is a boot's number and nothing else: another prefix may begin with the same.</summary>
    private static bool IsOfBoot(string rest)
        => (rest.EndsWith(".mdb", StringComparison.Ordinal) || rest.EndsWith(".mdb-lock", StringComparison.Ordinal)) && Guid.TryParseExact(rest[..rest.LastIndexOf('.')], "D", out _);

    internal static bool IsOfThisBoot(string file) => Boot is not null && file.EndsWith($".{Boot}.mdb", StringComparison.Ordinal);

    /// <summary>Makes the directory, if it isn't there, for this user alone.</summary>
    internal static void Make(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Makes the directory, and removes what earlier boots have left.</summary>
    /// <exception cref="LmdbFileException">LMDB can't work there.</exception>
    internal static void Prepare(string file)
    {
        var directory = Path.GetDirectoryName(file)!;
        Make(directory);
        if (Networks.Contains(new DriveInfo(directory).DriveFormat))
        {
            throw new LmdbFileException($"{directory} is on a file system of the network, whose locks LMDB can't rely on. Give UseLmdb a directory on a disk of this machine; several machines share a cache by way of UseRedis.");
        }

        if (Boot is null)
        {
            return;
        }

        var start = file[..^$"{Boot}.mdb".Length];
        foreach (var old in Directory.EnumerateFiles(directory).Where(f => f.StartsWith(start, StringComparison.Ordinal) && IsOfBoot(f[start.Length..]) && !f.StartsWith(file, StringComparison.Ordinal)))
        {
            try
            {
                File.Delete(old);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It takes room, and nothing else.
                continue;
            }
        }
    }
}
