using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Explanations;
using ZooCache.EFCore.Nodes;
using ZooCache.EFCore.Setup;
using ZooCache.EFCore.Writes;

namespace ZooCache.EFCore;

/// <summary>
/// The cache of a context. Use the invalidations after writes that don't go through a context with ZooCache (another
/// program, ADO.NET, Dapper): they take effect at once, for every context that shares the cache.
/// </summary>
public sealed class DbContextCache
{
    private readonly DbContext _context;
    private readonly ContextCache _cache;

    internal DbContextCache(DbContext context, ContextCache cache)
    {
        _context = context;
        _cache = cache;
    }

    /// <summary>The cache itself, with its statistics.</summary>
    public ZooCache Cache => _cache.Cache;

    private EFPaths Paths => _cache.Settings.Database;

    /// <summary>How this context's last query was answered, and why; null before the first.</summary>
    public QueryOutcome? LastQuery => _cache.LastQuery;

    /// <summary>
    /// Names the newest write of this context that is over, for a read on another node that is to show it
    /// (<see cref="CacheableOptions.AsOf"/>): hand it on as a cookie or a header. Null if this context has written nothing, or has no other nodes to
    /// tell. A write in a transaction is over when that has ended; of one that is committed on the raw connection, or within a
    /// <c>TransactionScope</c>, EF Core hears late, or on another thread: ask once the context's next command has run.
    /// </summary>
    public ConsistencyToken? Token => _cache.Token;

    /// <summary>
    /// Says what <c>SaveChanges</c> would invalidate now: for each row that it would write, which of the answers that depend on rows
    /// of its table, and how that is known. Changes are detected as by <c>SaveChanges</c>; nothing is sent and nothing is
    /// invalidated. Stored procedures aren't told of.
    /// </summary>
    /// <returns>The explanation.</returns>
    /// <exception cref="InvalidOperationException">EF can't save the changes as they are.</exception>
    public ChangesExplanation ExplainPendingChanges() => ChangesExplainer.Explain(_context, _cache);

    /// <summary>Invalidates every answer that read a table of <typeparamref name="TEntity"/>.</summary>
    /// <typeparam name="TEntity">An entity type of the context.</typeparam>
    /// <exception cref="InvalidOperationException">The type isn't part of the context's model.</exception>
    public void Invalidate<TEntity>()
        where TEntity : class
    {
        var tables = TablesOf<TEntity>();
        var untold = Cache.BumpUntold([.. tables.Select(t => Paths.Table(TableName.Fold(t.Name)))], nameof(InvalidationCauses.Manual));
        TellNodes([], [.. tables.Select(t => ChangePart.Whole(TableName.Fold(t.Name)))], untold);
        Tell(tables.Select(t => new InvalidatedTable(t.Name, IsWhole: true)));
    }

    /// <summary>
    /// Invalidates every answer that the row of <typeparamref name="TEntity"/> with this key may have influenced: those
    /// that depend on this row by its key, all that depend on rows by other columns, and those that depend on a whole table
    /// of the type.
    /// </summary>
    /// <typeparam name="TEntity">An entity type of the context.</typeparam>
    /// <param name="keyValues">The key, in the order of the key's properties, as for <c>Find</c>.</param>
    /// <exception cref="InvalidOperationException">The type isn't part of the context's model, or has no key.</exception>
    /// <exception cref="ArgumentException">The number or a type of the values doesn't fit the key.</exception>
    public void Invalidate<TEntity>(params object[] keyValues)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(keyValues);
        var entityType = EntityTypeOf<TEntity>();
        var key = entityType.FindPrimaryKey()
            ?? throw new InvalidOperationException($"{entityType.DisplayName()} has no key. Call Invalidate<{typeof(TEntity).Name}>() without values.");
        CheckValues(entityType, key, keyValues);
        var tables = TablesOf<TEntity>();
        var tags = new WriteTags(Paths);
        _cache.Registry.Register(_context.Model.GetRelationalModel());
        List<RowImage> rows = [.. tables.Select(t => ImageOf(t, key, keyValues))];
        foreach (var row in rows)
        {
            _cache.Registry.Map(row, default, static _ => false, tags);
        }

        var untold = Cache.BumpUntold([.. tags.Paths], nameof(InvalidationCauses.Manual));
        TellNodes(rows, [], untold);
        Tell(tables.Select(t => new InvalidatedTable(t.Name, IsWhole: false)));
    }

    /// <summary>Invalidates a tag and everything below it.</summary>
    /// <param name="tag">Such as <c>user:42:orders</c>.</param>
    /// <exception cref="FormatException"><paramref name="tag"/> isn't a tag.</exception>
    public void InvalidateTag(string tag)
    {
        _cache.Told(Cache.InvalidateAndTell(tag));
        Tell([], tag: tag);
    }

    /// <summary>Invalidates everything and frees its memory, for all contexts that share the cache.</summary>
    public void Clear()
    {
        _cache.Told(Cache.ClearAndTell());
        Tell([], isDatabase: true);
    }

    /// <summary>
    /// Declares that what this context writes until the result is disposed invalidates nothing (view counters, "last seen"):
    /// <c>SaveChanges</c>, <c>ExecuteUpdate</c>, <c>ExecuteDelete</c> and raw SQL neither mark nor bump any tag. <b>Answers may
    /// keep the old values until they expire</b> or something else invalidates them. Don't change columns here by which answers are
    /// looked up: contexts that have read the row go on taking its old values for what it is. The creation, deletion and migration of
    /// the database, and this object's own invalidations, take effect all the same. Scopes nest, belong to one context instance, and end at the
    /// latest when that goes back to its pool.
    /// </summary>
    /// <returns>The scope. Disposing it twice has no effect.</returns>
    public IDisposable WithoutInvalidation() => _cache.Silence();

    /// <summary>Other nodes map what was written by what they know.</summary>
    private void TellNodes(List<RowImage> rows, List<TableWrite> tables, UntoldWrite? untold)
        => _cache.Told(Cache.Node?.PublishAndWait(EFFeed.MessageOf(ChangePart.OfUnknown(Paths.Name, rows, tables)), untold));

    private void Tell(IEnumerable<InvalidatedTable> tables, string? tag = null, bool isDatabase = false)
    {
        if (_cache.Settings.OnInvalidated is { } hook)
        {
            InvalidationHook.Call(
                Cache, hook, new InvalidationInfo(InvalidationCauses.Manual, isDatabase, [.. tables], tag is null ? [] : [tag]));
        }
    }

    private static void CheckValues(IEntityType entityType, IKey key, object[] values)
    {
        if (values.Length != key.Properties.Count)
        {
            throw new ArgumentException(
                $"The key of {entityType.DisplayName()} has {key.Properties.Count} properties, and {values.Length} values were given.", nameof(values));
        }

        for (var i = 0; i < values.Length; i++)
        {
            var expected = Nullable.GetUnderlyingType(key.Properties[i].ClrType) ?? key.Properties[i].ClrType;
            if (!expected.IsInstanceOfType(values[i]))
            {
                throw new ArgumentException(
                    $"The key property {entityType.DisplayName()}.{key.Properties[i].Name} is of type {expected.Name}; the value given is of type {values[i]?.GetType().Name ?? "null"}.",
                    nameof(values));
            }
        }
    }

    /// <summary>What is known of a row that somebody else has written: its key, and nothing of what it was or is.</summary>
    private static RowImage ImageOf(ITable table, IKey key, object[] values)
    {
        var columns = new Dictionary<string, ColumnImage>(StringComparer.Ordinal);
        var known = TableColumns.Of(table);
        for (var i = 0; i < values.Length; i++)
        {
            if (table.FindColumn(key.Properties[i]) is { } column
                && Family.Fold(column.Name) is var name
                && known.KindOf(name) is { } kind
                && StoreValue.TryHash(values[i], key.Properties[i].GetTypeMapping(), kind, out var hash))
            {
                columns[name] = new ColumnImage(kind, Old: hash, New: hash);
            }
        }

        return new RowImage(TableName.Fold(table.Name), RowChange.Update, columns);
    }

    private List<ITable> TablesOf<TEntity>()
    {
        var entityType = EntityTypeOf<TEntity>();
        return [.. entityType.GetDerivedTypesInclusive().SelectMany(t => t.GetTableMappings()).Select(m => m.Table).OfType<ITable>().Distinct()];
    }

    private IEntityType EntityTypeOf<TEntity>()
        => _context.Model.FindEntityType(typeof(TEntity))
            ?? throw new InvalidOperationException(
                $"{typeof(TEntity).Name} is not an entity type of {_context.GetType().Name}. Name a type of its model, or call Clear().");
}
