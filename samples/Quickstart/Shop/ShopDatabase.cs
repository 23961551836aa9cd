using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Quickstart.Shop;

/// <summary>
/// The shop's SQLite file. It is seeded once and kept; each run works on a copy, which is thrown away after it, so that
/// one run does not see what another has changed.
/// </summary>
internal sealed class ShopDatabase : IDisposable
{
    private static readonly TimeSpan Abandoned = TimeSpan.FromHours(2);

    private readonly string file;
    private string? beside;

    private ShopDatabase(string file)
    {
        this.file = file;
        ConnectionString = ConnectTo(file);
    }

    public string ConnectionString { get; }

    public static string Folder { get; } =
        Path.Combine(Path.GetTempPath(), $"zoocache-quickstart-{Environment.UserName}");

    /// <param name="seed">Runs the seeding, which reports how far it is (0 to 1), and may show it.</param>
    public static ShopDatabase OpenCopy(Action<Action<Action<double>>> seed)
    {
        Directory.CreateDirectory(Folder);
        foreach (var left in new DirectoryInfo(Folder).EnumerateFiles("*-*.db*"))
        {
            if (left.LastWriteTimeUtc < TimeProvider.System.GetUtcNow().UtcDateTime - Abandoned)
            {
                left.Delete();
            }
        }

        var master = Path.Combine(Folder, "shop.db");
        if (!IsIntact(master))
        {
            seed(report => Create(master, report));
        }

        var copy = Path.Combine(Folder, $"run-{Environment.ProcessId}.db");
        Delete(copy);
        File.Copy(master, copy);
        Execute(copy, "PRAGMA journal_mode = WAL"); // readers and a writer do not wait for each other; stays with the file
        return new ShopDatabase(copy);
    }

    /// <summary>A directory that lives as long as the database.</summary>
    public string BesideIt(string name) => beside = $"{file}.{name}";

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Delete(file);
        if (beside is not null && Directory.Exists(beside))
        {
            Directory.Delete(beside, recursive: true);
        }
    }

    private static string ConnectTo(string file) => new SqliteConnectionStringBuilder { DataSource = file }.ConnectionString;

    /// <summary>Another schema, other seed data, a half-written or a damaged file: all are seeded again.</summary>
    private static bool IsIntact(string file)
    {
        if (!File.Exists(file))
        {
            return false;
        }

        try
        {
            using var connection = new SqliteConnection($"{ConnectTo(file)};Mode=ReadOnly;Pooling=False");
            connection.Open();
            using var version = connection.CreateCommand();
            version.CommandText = "PRAGMA user_version";
            using var check = connection.CreateCommand();
            check.CommandText = "PRAGMA quick_check(1)";
            return (long)version.ExecuteScalar()! == Fingerprint(file) && check.ExecuteScalar() is "ok";
        }
        catch (SqliteException)
        {
            return false;
        }
    }

    private static void Create(string master, Action<double> report)
    {
        // Seeded under another name and moved into place, so that what is at the master's place is always whole.
        var draft = Path.Combine(Folder, $"seed-{Environment.ProcessId}.db");
        Delete(draft);
        using (var shop = Shop(draft))
        {
            shop.Database.EnsureCreated();
        }

        using (var connection = new SqliteConnection(ConnectTo(draft)))
        {
            connection.Open();
            new ShopSeed(connection, report).Run();
        }

        Execute(draft, $"ANALYZE; PRAGMA user_version = {Fingerprint(draft)}; PRAGMA journal_mode = DELETE");
        SqliteConnection.ClearAllPools();
        File.Move(draft, master, overwrite: true);
        Delete(draft);
    }

    /// <summary>Follows from the model's own CREATE script and the seed's revision, so that nobody has to raise it.</summary>
    private static int Fingerprint(string file)
    {
        using var shop = Shop(file);
        var hash = 2_166_136_261u; // FNV-1a
        foreach (var c in shop.Database.GenerateCreateScript())
        {
            hash = (hash ^ c) * 16_777_619;
        }

        return (int)((hash ^ ShopSeed.Revision) * 16_777_619 & int.MaxValue);
    }

    private static void Execute(string file, string sql)
    {
        using var connection = new SqliteConnection(ConnectTo(file));
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // the text is ours
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static ShopContext Shop(string file) =>
        new(new DbContextOptionsBuilder<ShopContext>().UseSqlite(ConnectTo(file)).Options);

    private static void Delete(string file)
    {
        foreach (var suffix in (string[])["", "-wal", "-shm"])
        {
            File.Delete(file + suffix);
        }
    }
}
