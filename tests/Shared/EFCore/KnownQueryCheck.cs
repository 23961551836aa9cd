using System.Collections;
using System.Runtime.CompilerServices;
using Xunit.Sdk;
using ZooCache.EFCore.Queries.Known;

namespace ZooCache.Tests;

/// <summary>
/// Lets EF take apart each query that is found by its fingerprint, too, in all tests of the assembly: it must come to the same
/// tree with the same parameters in the same places, and to the same values.
/// </summary>
internal static class KnownQueryCheck
{
    [ThreadStatic]
    private static int t_count;

    /// <summary>How many queries were found, and compared, on this thread.</summary>
    internal static int Count => t_count;

    /// <summary>Whether this thread's queries are not compared: where answers alone are to tell, or variables change by being read.</summary>
    [field: ThreadStatic]
    internal static bool IsOff { get; set; }

    [ModuleInitializer]
    internal static void Begin() => KnowingQueryCompiler.Probe = Check;

    private static void Check(KnowingQueryCompiler.KnownExecution execution)
    {
        if (IsOff)
        {
            return;
        }

        var parameters = new Dictionary<string, object?>();
        var extracted = execution.Compiler.ExtractParameters(execution.Query, parameters, execution.Logger);
        var names = ParameterFinder.Find(execution.Query, execution.Fingerprint.Firsts, extracted, parameters);
        if (names is null || !names.SequenceEqual(execution.Known.Names))
        {
            throw new XunitException($"EF takes a known query apart in another way: {execution.Query}");
        }

        if (parameters.Count != execution.Parameters.Count || parameters.Any(p => !execution.Parameters.TryGetValue(p.Key, out var value) || !IsSame(p.Value, value)))
        {
            throw new XunitException($"EF reads other parameters of a known query: {execution.Query}");
        }

        t_count++;
    }

    private static bool IsSame(object? left, object? right)
        => Equals(left, right) || (left is IEnumerable a and not string && right is IEnumerable b && a.Cast<object?>().SequenceEqual(b.Cast<object?>()));
}
