namespace ZooCache.EFCore;

/// <summary>What made the cache forget answers. Several if one transaction wrote in several ways.</summary>
[Flags]
public enum InvalidationCauses
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><c>SaveChanges</c>.</summary>
    SaveChanges = 1,

    /// <summary><c>ExecuteUpdate</c> or <c>ExecuteDelete</c>.</summary>
    SetWrite = 2,

    /// <summary>SQL of the application's: <c>ExecuteSql</c>, <c>FromSql</c>, <c>SqlQuery</c>, and the commands of migrations.</summary>
    RawSql = 4,

    /// <summary>The creation, deletion or migration of the database.</summary>
    Schema = 8,

    /// <summary>A call of <c>db.Cache().Invalidate…</c> or <c>Clear</c>.</summary>
    Manual = 16,
}

/// <summary>What one write, or one transaction, has invalidated.</summary>
/// <param name="Causes">What it was.</param>
/// <param name="IsDatabase">Whether everything that was read from the database is invalid.</param>
/// <param name="Tables">The tables that are named, whether <paramref name="IsDatabase"/> or not; with those that cascades,
/// triggers and routines reach.</param>
/// <param name="Tags">The tags of <c>InvalidateTag</c>.</param>
public sealed record InvalidationInfo(
    InvalidationCauses Causes, bool IsDatabase, IReadOnlyCollection<InvalidatedTable> Tables, IReadOnlyCollection<string> Tags);

/// <summary>A table of which answers were invalidated.</summary>
/// <param name="Name">Its name in the model, without schema; in upper case if no model names it.</param>
/// <param name="IsWhole">Whether all answers that read it are invalid; false if only those are that depend on certain rows or
/// on the table as a whole.</param>
public sealed record InvalidatedTable(string Name, bool IsWhole);
