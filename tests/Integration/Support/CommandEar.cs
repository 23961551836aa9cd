using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Logging;

namespace ZooCache.Integration.Tests.Support;

[Flags]
public enum Listeners
{
    None = 0,
    Interceptor = 1,
    LogTo = 2,
    LoggerFactory = 4,
    DiagnosticListener = 8,
}

/// <summary>
/// Writes down all that EF tells of a context's commands, to each that may listen. Times are left out, and ids are numbered as
/// they come, so that two contexts that do the same are heard alike.
/// </summary>
public sealed partial class CommandEar : ILoggerFactory, IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    private static readonly string Category = DbLoggerCategory.Database.Command.Name;

    private readonly ConcurrentDictionary<Guid, int> _ids = [];
    private readonly List<IDisposable> _subscriptions = [];

    public List<string> Heard { get; } = [];

    /// <summary>The diagnostic listener hears all contexts of the process.</summary>
    public DbContext? Context { get; set; }

    public bool IsDeaf { get; set; }

    public DbContextOptionsBuilder Listen(DbContextOptionsBuilder builder, Listeners who)
    {
        builder.EnableSensitiveDataLogging();
        if (who.HasFlag(Listeners.Interceptor))
        {
            var interceptor = DispatchProxy.Create<IDbCommandInterceptor, Interceptor>();
            ((Interceptor)(object)interceptor).Ear = this;
            builder.AddInterceptors(interceptor);
        }

        if (who.HasFlag(Listeners.LogTo))
        {
            builder.LogTo((id, _) => id.Name!.StartsWith(Category, StringComparison.Ordinal), e => Hear("LogTo", Describe(e)));
        }

        if (who.HasFlag(Listeners.LoggerFactory))
        {
            builder.UseLoggerFactory(this);
        }

        if (who.HasFlag(Listeners.DiagnosticListener))
        {
            _subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));
        }

        return builder;
    }

    public void Dispose() => _subscriptions.ForEach(s => s.Dispose());

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == DbLoggerCategory.Name)
        {
            _subscriptions.Add(value.Subscribe(this));
        }
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Key.StartsWith(Category, StringComparison.Ordinal)
            && value.Value is DbContextEventData { Context: { } context } data && ReferenceEquals(context, Context))
        {
            Hear("DiagnosticListener", Describe(data));
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    private void Hear(string who, string what) => Heard.Add($"{who}: {Varying().Replace(what, "")}");

    /// <summary>The message, and each property that may differ for a reason.</summary>
    private string Describe(EventData data)
        => $"{data.EventId} {data.LogLevel} {data} | " + string.Join(", ", data.GetType().GetProperties()
            .Where(p => p.GetIndexParameters().Length == 0)
            .OrderBy(p => p.Name, StringComparer.Ordinal)
            .Select(p => (p.Name, Value: Text(p.GetValue(data))))
            .Where(p => p.Value is not null)
            .Select(p => $"{p.Name}={p.Value}"));

    private string? Text(object? value) => value switch
    {
        null => "null",
        Guid id => "#" + _ids.GetOrAdd(id, _ => _ids.Count),
        int or bool or string or Enum => Convert.ToString(value, CultureInfo.InvariantCulture),
        Exception exception => exception.GetType().Name,
        DbContext context => ReferenceEquals(context, Context).ToString(),
        DateTimeOffset or TimeSpan => null,
        _ => value.GetType().Name,
    };

    // Each test's database has a name of its own.
    [GeneratedRegex(@"\(?\d[\d,.]* ?ms\)?|zoocache[-_]\w+|(?<=data reader to )'[^']*'")]
    private static partial Regex Varying();

    private sealed class Logger(CommandEar ear, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => category == Category && !ear.IsDeaf;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                ear.Hear("LoggerFactory", $"{eventId} {logLevel} {formatter(state, exception)}");
            }
        }
    }

    /// <summary>Answers each method with the result that it was given.</summary>
    public class Interceptor : DispatchProxy
    {
        internal CommandEar Ear { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            var data = args!.OfType<EventData>().Single();
            Ear.Hear("Interceptor", targetMethod!.Name + " " + Ear.Describe(data));
            var result = targetMethod.GetParameters().Zip(args!).FirstOrDefault(a => a.First.Name == "result").Second;
            var type = targetMethod.ReturnType;
            return type == typeof(void) ? null
                : type == typeof(Task) ? Task.CompletedTask
                : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>) ? Activator.CreateInstance(type, result)
                : result;
        }
    }
}
