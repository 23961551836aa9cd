using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Diagnostics.Internal;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Update;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ZooCache.EFCore.Events;
using ZooCache.EFCore.Origins;
using ZooCache.EFCore.Queries;
using ZooCache.EFCore.Queries.Known;
using ZooCache.EFCore.Writes;

namespace ZooCache.EFCore.Setup;

/// <summary>
/// Puts ZooCache's decorators around what the database provider registers. The provider's services are applied first
/// (its own later call finds them there and adds nothing), so that the order of <c>UseZooCache()</c> and the provider's
/// call doesn't matter and nothing of the provider is replaced.
/// </summary>
internal static class ServiceDecoration
{
    internal static IReadOnlyList<Type> DecoratedServices { get; } =
        [
            typeof(IQueryTranslationPreprocessorFactory), typeof(IShapedQueryCompilingExpressionVisitorFactory), typeof(IBatchExecutor),
            typeof(IRelationalDatabaseCreator), typeof(IDatabaseCreator), typeof(IRelationalCommandDiagnosticsLogger),
        ];

    internal static void Apply(IServiceCollection services, IDbContextOptionsExtension provider, bool sharesMemory)
    {
        provider.ApplyServices(services);

        Decorate<IQueryTranslationPreprocessorFactory>(services, static (inner, sp)
            => new MarkerReadingPreprocessorFactory(inner, sp.GetRequiredService<QueryTranslationPreprocessorDependencies>()));
        Decorate<IShapedQueryCompilingExpressionVisitorFactory>(services, static (inner, sp)
            => new CachingShapedQueryCompilerFactory(inner, sp.GetRequiredService<ShapedQueryCompilingExpressionVisitorDependencies>()));
        Decorate<IBatchExecutor>(services, static (inner, sp)
            => new InvalidatingBatchExecutor(inner, sp.GetRequiredService<ContextCache>(), sp.GetRequiredService<ICurrentDbContext>()));

        Decorate<IModelRuntimeInitializer>(services, (inner, _) => new CollationNotes.Initializer(inner, provider.GetType().Assembly.GetName().Name));
        Decorate<IQueryContextFactory>(services, static (inner, sp)
            => new OriginQueryContextFactory(
                inner, sp.GetRequiredService<QueryContextDependencies>(), sp.GetRequiredService<RelationalQueryContextDependencies>(),
                sp.GetRequiredService<ContextCache>()));

        // EF forwards IDatabaseCreator to this registration. An IMigrator that the application replaces isn't decorated:
        // its commands are seen one by one.
        Decorate<IRelationalDatabaseCreator>(services, static (inner, sp)
            => new InvalidatingDatabaseCreator(inner, sp.GetRequiredService<ContextCache>()));
        Decorate<IMigrator>(services, static (inner, sp)
            => new InvalidatingMigrator(inner, sp.GetRequiredService<ContextCache>()));

        // EF takes one aggregator for each kind of interceptor. By its factory's type this one is taken for EF's own, so that
        // the provider's later call adds that no more. Without it nothing is proven, and a context with interceptors of
        // somebody else's keeps nothing.
        if (services.FirstOrDefault(IsEFsAggregator) is { } aggregator)
        {
            services.Remove(aggregator);
            services.Add(ServiceDescriptor.Scoped<IInterceptorAggregator, DbCommandInterceptorAggregator>(
                static sp => new CommandWitness.Aggregator(sp.GetRequiredService<ContextCache>())));
        }

        if (sharesMemory)
        {
            Decorate<ICompiledQueryCacheKeyGenerator>(services, static (inner, _) => new CompiledQueryKeys(inner));
        }

        services.AddScoped<ContextCache>();
        services.AddSingleton<QueryEvents>();
        services.AddScoped<IResettableService>(static sp => sp.GetRequiredService<ContextCache>());
        services.TryAddEnumerable(ServiceDescriptor.Scoped<IInterceptor, TransactionObserver>());
        ObserveCommands(services);
        KnowQueries(services);
    }

    /// <summary>EF's query compiler is made ours; one of the provider's own stays.</summary>
    private static void KnowQueries(IServiceCollection services)
    {
        var compiler = services.Last(d => d.ServiceType == typeof(IQueryCompiler));
        if (compiler.ImplementationType == typeof(QueryCompiler))
        {
            services.Remove(compiler);
            services.AddScoped<IQueryCompiler, KnowingQueryCompiler>();
            services.AddSingleton<KnownQueries>();
        }
    }

    /// <summary>EF's logger of commands is made ours. A provider that has one of its own can't be observed.</summary>
    private static void ObserveCommands(IServiceCollection services)
    {
        var logger = services.Last(d => d.ServiceType == typeof(IRelationalCommandDiagnosticsLogger));
        if (logger.ImplementationType != typeof(RelationalCommandDiagnosticsLogger))
        {
            throw new InvalidOperationException(
                $"UseZooCache() can't observe the commands of this database provider, which logs them by itself ({logger.ImplementationType?.Name ?? "a factory"}), so that it would miss writes. Remove the UseZooCache() call where the provider is used.");
        }

        services.Remove(logger);
        services.AddScoped<IRelationalCommandDiagnosticsLogger, ObservingCommandLogger>();
    }

    private static bool IsEFsAggregator(ServiceDescriptor service)
        => service.ServiceType == typeof(IInterceptorAggregator) && service.ImplementationType == typeof(DbCommandInterceptorAggregator);

    private static void Decorate<TService>(IServiceCollection services, Func<TService, IServiceProvider, TService> decorate)
        where TService : class
    {
        var inner = services.Last(d => d.ServiceType == typeof(TService));
        services.Remove(inner);
        services.Add(new ServiceDescriptor(typeof(TService), sp => decorate(Create<TService>(inner, sp), sp), inner.Lifetime));
    }

    private static TService Create<TService>(ServiceDescriptor descriptor, IServiceProvider services)
        => (TService)(descriptor.ImplementationInstance
            ?? descriptor.ImplementationFactory?.Invoke(services)
            ?? ActivatorUtilities.CreateInstance(services, descriptor.ImplementationType!));
}
