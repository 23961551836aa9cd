using ZooCache.EFCore.Writes;

namespace Microsoft.EntityFrameworkCore;

/// <summary>What the model says of writes that the database makes by itself.</summary>
public static class ZooCacheModelBuilderExtensions
{
    /// <summary>
    /// Declares which tables a stored procedure or function writes, so that a call of it invalidates them and not the whole
    /// database: a call in raw SQL (<c>CALL</c>, <c>SELECT f()</c>), by <c>SaveChanges</c> (<c>InsertUsingStoredProcedure</c>), or in LINQ
    /// through a mapped function. It is a promise that the routine writes nothing else, doesn't end a transaction and doesn't
    /// change settings of the session. Calls add up; one without names says that the routine only reads.
    /// </summary>
    /// <param name="builder">The model's builder.</param>
    /// <param name="routine">The name, without schema; it stands for all routines of that name. Case doesn't matter.</param>
    /// <param name="tables">Names of tables, without schema; case doesn't matter. What their cascades and triggers reach is followed.</param>
    /// <returns><paramref name="builder"/>.</returns>
    /// <exception cref="ArgumentException"><paramref name="routine"/> is empty.</exception>
    public static ModelBuilder RoutineWrites(this ModelBuilder builder, string routine, params string[] tables)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(routine);
        ArgumentNullException.ThrowIfNull(tables);
        DeclaredWrites.AddRoutine(builder.Model, routine, tables);
        return builder;
    }

    /// <summary>
    /// Declares which tables a write to an updatable view reaches, so that raw SQL that writes to the view invalidates them and
    /// not the whole database. Calls add up.
    /// </summary>
    /// <param name="builder">The model's builder.</param>
    /// <param name="view">The name, without schema; case doesn't matter.</param>
    /// <param name="tables">Names of tables, without schema; case doesn't matter. What their cascades and triggers reach is followed.</param>
    /// <returns><paramref name="builder"/>.</returns>
    /// <exception cref="ArgumentException"><paramref name="view"/> is empty.</exception>
    public static ModelBuilder ViewWrites(this ModelBuilder builder, string view, params string[] tables)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(view);
        ArgumentNullException.ThrowIfNull(tables);
        DeclaredWrites.AddView(builder.Model, view, tables);
        return builder;
    }
}
