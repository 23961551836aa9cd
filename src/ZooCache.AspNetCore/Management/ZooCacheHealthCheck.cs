using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ZooCache.AspNetCore.Management;

/// <summary>Whether a cache is of use.</summary>
internal sealed class ZooCacheHealthCheck(ZooCache cache) : IHealthCheck
{
    private static readonly TimeSpan StaleFor = TimeSpan.FromHours(1);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var statistics = cache.GetStatistics();
        var problems = new List<string>();
        var data = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["enabled"] = cache.Enabled,
            ["hits"] = statistics.Hits,
            ["misses"] = statistics.Misses,
            ["bypasses"] = statistics.Bypasses,
            ["entries"] = statistics.Entries,
            ["bytes"] = statistics.Bytes,
            ["staleAnswers"] = statistics.StaleAnswers,
        };
        if (!cache.Enabled)
        {
            problems.Add($"It is switched off ({nameof(ZooCache)}.{nameof(ZooCache.Enabled)}).");
        }

        if (cache.Node is { } node)
        {
            data["logLagSeconds"] = node.Lag.TotalSeconds;
            data["logOutbox"] = node.Position.ToTell;
            if (!node.IsConfirmed)
            {
                problems.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Its log hasn't confirmed for {node.Lag.TotalSeconds:0} s that nothing was missed ({nameof(NodeOptions.MaxStaleness)}: {cache.Options.Nodes.MaxStaleness.TotalSeconds:0.#} s); queries go to the database.")
                    + Said(statistics.LastLogFailure));
            }

            if (cache.Answers is { IsPaused: true })
            {
                problems.Add("Its shared store fails and is left alone for now." + Said(statistics.LastStoreFailure));
            }
        }

        if (statistics.LastStaleAnswer is { } stale && cache.Options.TimeProvider.GetUtcNow() - stale.At < StaleFor)
        {
            problems.Add($"An answer was found to be stale at {stale.At:u}: {stale.Query}; missed was one of {string.Join(", ", stale.Missed)}.");
        }

        return Task.FromResult(problems.Count == 0
            ? HealthCheckResult.Healthy("The cache is of use.", data)
            : new HealthCheckResult(context.Registration.FailureStatus, string.Join(' ', problems), data: data));
    }

    private static string Said(string? failure) => failure is null ? "" : $" Last failure: {failure}";
}
