namespace ZooCache.EFCore;

/// <summary>A result that was just loaded and may be kept, as <c>UseZooCache(z => z.DontCacheIf(…))</c> sees it.</summary>
public sealed class QueryResultInfo
{
    internal QueryResultInfo(int rowCount, long bytes, IReadOnlyCollection<string> tables, IReadOnlyCollection<Type> entityTypes)
    {
        RowCount = rowCount;
        Bytes = bytes;
        Tables = tables;
        EntityTypes = entityTypes;
    }

    /// <summary>The rows that the database sent: with an include one for each combination, in a split query those of all
    /// its commands.</summary>
    public int RowCount { get; }

    /// <summary>The bytes that the rows take in memory, estimated, without the key.</summary>
    public long Bytes { get; }

    /// <summary>The tables that the query reads, upper-cased and without schema, without duplicates.</summary>
    public IReadOnlyCollection<string> Tables { get; }

    /// <summary>The CLR types mapped to these tables, without duplicates.</summary>
    public IReadOnlyCollection<Type> EntityTypes { get; }
}
