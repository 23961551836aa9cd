using Xunit.Abstractions;
using Xunit.Sdk;

namespace ZooCache.Tests;

/// <summary>The tests of this class, inherited ones included, are skipped where there is no PostgreSQL server.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsPostgresAttribute : Attribute;

/// <summary>
/// Skips the classes that need a server. xunit skips by the attribute of a test, which doesn't know whether it runs for
/// SQLite or for PostgreSQL when both inherit it. It also knows when all tests are over, and then drops the templates: a
/// handler of the process's exit isn't given the time.
/// </summary>
public sealed class NeedsPostgresFramework : XunitTestFramework
{
    public NeedsPostgresFramework(IMessageSink sink)
        : base(sink)
        => DisposalTracker.Add(new Templates());

    protected override ITestFrameworkDiscoverer CreateDiscoverer(IAssemblyInfo assemblyInfo)
        => new Discoverer(assemblyInfo, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Discoverer(IAssemblyInfo assembly, ISourceInformationProvider source, IMessageSink sink)
        : XunitTestFrameworkDiscoverer(assembly, source, sink)
    {
        protected override bool FindTestsForMethod(
            ITestMethod testMethod, bool includeSourceInformation, IMessageBus messageBus, ITestFrameworkDiscoveryOptions discoveryOptions)
        {
            var isTest = testMethod.Method.GetCustomAttributes(typeof(FactAttribute)).Any();
            if (!isTest || PostgresServer.SkipReason is not { } reason
                || !testMethod.TestClass.Class.GetCustomAttributes(typeof(NeedsPostgresAttribute)).Any())
            {
                return base.FindTestsForMethod(testMethod, includeSourceInformation, messageBus, discoveryOptions);
            }

            var skipped = new XunitSkippedDataRowTestCase(
                DiagnosticMessageSink, TestMethodDisplay.ClassAndMethod, TestMethodDisplayOptions.None, testMethod, reason);
            return ReportDiscoveredTestCase(skipped, includeSourceInformation, messageBus);
        }
    }

    private sealed class Templates : IDisposable
    {
        public void Dispose() => PostgresServer.DropTemplates();
    }
}
