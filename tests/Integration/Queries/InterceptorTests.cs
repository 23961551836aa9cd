using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using ZooCache.Integration.Tests.Support;
using ZooCache.Tests;
using static ZooCache.EFCore.QueryResultSource;

namespace ZooCache.Integration.Tests.Queries;

/// <summary>Command interceptors of the application that have a hand in an answer: it is its caller's alone.</summary>
public abstract class InterceptorTests(Provider provider) : IDisposable
{
    public sealed class OnSqlite() : InterceptorTests(Provider.Sqlite);

    [NeedsPostgres]
    public sealed class OnPostgres() : InterceptorTests(Provider.Postgres);

    private readonly Scratch<ShopContext> _shop = ShopData.Scratch(provider: provider);

    public void Dispose() => _shop.Dispose();

    public static TheoryData<string> Names
    {
        get
        {
            var names = new TheoryData<string>();
            foreach (var name in Meddlers.Keys)
            {
                names.Add(name);
            }

            return names;
        }
    }

    private static readonly Dictionary<string, Func<TestDatabase, DbCommandInterceptor>> Meddlers = new()
    {
        ["text, when executed"] = _ => new Changing(command => command.CommandText = command.CommandText.Replace(" = @", " <> @", StringComparison.Ordinal)),
        ["parameter, when executed"] = _ => new Changing(command => command.Parameters[0].Value = "Bergen"),
        ["parameter, when made"] = _ => new ChangingEarly(command => command.Parameters[0].Value = "Bergen"),
        ["parameter added"] = _ => new Changing(command =>
        {
            var added = command.CreateParameter();
            added.ParameterName = "@other";
            added.Value = 1;
            command.Parameters.Add(added);
        }),
        ["another command"] = _ => new Replacing(c => c.Parameters[0].Value = "Bergen"),
        ["another command that looks the same"] = _ => new Replacing(_ => { }),
        ["another connection"] = database => new Changing(command => command.Connection = database.Connect()),
        ["own reader instead of the command"] = _ => new Suppressing(),
        ["own reader instead of the provider's"] = _ => new Exchanging(),
    };

    // Guards CommandWitness: Made.IsStill (each of its comparisons), "suppressed" in Executing, the readers' comparison in
    // Executed. The answer of the altered command must not become the answer of the query.
    [Theory]
    [MemberData(nameof(Names))]
    public async Task WhenAnInterceptorChangesWhatIsAsked_TheAnswerIsNotKept(string name)
    {
        if (provider == Provider.Postgres && Meddlers[name](_shop.Database) is Exchanging)
        {
            // Npgsql gives out one reader object for all commands of a connection: that it was given out anew can't be seen.
            return;
        }

        foreach (var split in new[] { false, true })
        {
            var city = "Oslo";
            for (var i = 0; i < 3; i++)
            {
                using var db = Open(Meddlers[name](_shop.Database));
                var query = db.Customers.AsNoTracking().Include(c => c.Orders).Where(c => c.City == city).Cacheable();
                query = split ? query.AsSplitQuery() : query;
                _ = i == 2 ? await query.ToListAsync() : query.ToList();
                db.Last()!.Source.ShouldBe(Miss, $"{name}, split: {split}, {i}");
            }
        }

        _shop.Cache.GetStatistics().Entries.ShouldBe(0);
        _shop.Cache.Flights.Count.ShouldBe(0);
    }

    // The other half: looking doesn't hurt. Guards CommandWitness against proving nothing.
    [Fact]
    public async Task WhenAnInterceptorOnlyLooks_TheAnswerIsKept()
    {
        foreach (var split in new[] { false, true })
        {
            for (var i = 0; i < 4; i++)
            {
                using var db = Open(new Changing(_ => { }));
                var city = "Oslo";
                var query = db.Customers.AsNoTracking().Include(c => c.Orders).Where(c => c.City == city).Cacheable();
                query = split ? query.AsSplitQuery() : query;
                _ = i % 2 == 0 ? await query.ToListAsync() : query.ToList();
                db.Last()!.Source.ShouldBe(i == 0 ? Miss : Hit);
            }
        }
    }

    // Guards ContextCache.Given: an interceptor that another extension of EF brings as a service counts like one in the
    // options.
    [Fact]
    public void WhenAnotherExtensionBringsTheInterceptor_ItsAnswersAreNotKeptEither()
    {
        if (provider != Provider.Sqlite)
        {
            // One of the twenty service providers that EF allows a process is enough.
            return;
        }

        for (var i = 0; i < 2; i++)
        {
            using var db = _shop.Open(more: b => ((IDbContextOptionsBuilderInfrastructure)b).AddOrUpdateExtension(new Extension()));
            var city = "Oslo";
            db.Customers.Where(c => c.City == city).Cacheable().ToList().ShouldBeEmpty();
            db.Last()!.Source.ShouldBe(Miss);
        }

        _shop.Cache.GetStatistics().Entries.ShouldBe(0);
    }

    // Guards QueryKey, InterceptorSet: what one set of interceptors may have had a hand in isn't served to another.
    [Fact]
    public void WhenTwoContextsHaveOtherInterceptors_TheyShareNoAnswer()
    {
        using var looking = Open(new Changing(_ => { }));
        looking.Ask(db => db.Customers.Cacheable().Count()).ShouldBe(Outcomes.NotFound);
        _shop.Ask(db => db.Customers.Cacheable().Count()).ShouldBe(Outcomes.NotFound);
        using var early = Open(new ChangingEarly(_ => { }));
        early.Ask(db => db.Customers.Cacheable().Count()).ShouldBe(Outcomes.NotFound);
    }

    private ShopContext Open(DbCommandInterceptor interceptor) => _shop.Open(more: b => b.AddInterceptors(interceptor));

    private sealed class Changing(Action<DbCommand> change) : DbCommandInterceptor
    {
        public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
        {
            change(command);
            return result;
        }

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
            => new(ReaderExecuting(command, eventData, result));
    }

    private sealed class ChangingEarly(Action<DbCommand> change) : DbCommandInterceptor
    {
        public override DbCommand CommandInitialized(CommandEndEventData eventData, DbCommand result)
        {
            change(result);
            return result;
        }
    }

    private sealed class Replacing(Action<DbCommand> change) : DbCommandInterceptor
    {
        public override DbCommand CommandInitialized(CommandEndEventData eventData, DbCommand result)
        {
            var other = Copy(result);
            change(other);
            return other;
        }
    }

    private sealed class Suppressing : DbCommandInterceptor
    {
        // A reader of the provider's own type: nothing but the suppression itself tells.
        public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
            => InterceptionResult<DbDataReader>.SuppressWithResult(Other(command));

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
            => new(ReaderExecuting(command, eventData, result));
    }

    private sealed class Exchanging : DbCommandInterceptor
    {
        public override DbDataReader ReaderExecuted(DbCommand command, CommandExecutedEventData eventData, DbDataReader result)
        {
            result.Dispose();
            return Other(command);
        }

        public override ValueTask<DbDataReader> ReaderExecutedAsync(DbCommand command, CommandExecutedEventData eventData, DbDataReader result, CancellationToken cancellationToken = default)
            => new(ReaderExecuted(command, eventData, result));
    }

    private static DbDataReader Other(DbCommand command)
    {
        var other = Copy(command);
        other.Parameters[0].Value = "Bergen";
        return other.ExecuteReader();
    }

    private static DbCommand Copy(DbCommand command)
    {
        var copy = command.Connection!.CreateCommand();
#pragma warning disable CA2100 // EF's own text.
        copy.CommandText = command.CommandText;
#pragma warning restore CA2100
        foreach (DbParameter parameter in command.Parameters)
        {
            var added = copy.CreateParameter();
            added.ParameterName = parameter.ParameterName;
            added.Value = parameter.Value;
            copy.Parameters.Add(added);
        }

        return copy;
    }

    private sealed class Extension : IDbContextOptionsExtension
    {
        public DbContextOptionsExtensionInfo Info => new ExtensionInfo(this);

        public void ApplyServices(IServiceCollection services)
            => services.AddScoped<IInterceptor>(static _ => new Changing(command => command.Parameters[0].Value = "Bergen"));

        public void Validate(IDbContextOptions options)
        {
        }

        private sealed class ExtensionInfo(IDbContextOptionsExtension extension) : DbContextOptionsExtensionInfo(extension)
        {
            public override bool IsDatabaseProvider => false;

            public override string LogFragment => "";

            public override int GetServiceProviderHashCode() => 1;

            public override bool ShouldUseSameServiceProvider(DbContextOptionsExtensionInfo other) => other is ExtensionInfo;

            public override void PopulateDebugInfo(IDictionary<string, string> debugInfo)
            {
            }
        }
    }
}
