namespace ZooCache.Consistency.Tests.World;

/// <summary>A test that needs a PostgreSQL server: skipped where there is none, but not on a build server.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute()
    {
        if (PostgresStore.Server is null && !string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
        {
            Skip = "NO POSTGRESQL: set ZOOCACHE_POSTGRES='Host=…;Username=…' to a superuser's connection, or run ./test.sh";
        }
    }
}
