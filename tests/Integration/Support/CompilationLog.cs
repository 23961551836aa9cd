using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ZooCache.Integration.Tests.Support;

/// <summary>Counts the queries that EF compiles.</summary>
public sealed class CompilationLog
{
    private readonly ConcurrentQueue<string> _messages = new();

    public int Count => _messages.Count;

    public void Watch(DbContextOptionsBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.LogTo(_messages.Enqueue, [CoreEventId.QueryCompilationStarting]);
    }
}
