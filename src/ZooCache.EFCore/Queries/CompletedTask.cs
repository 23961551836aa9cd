using System.Diagnostics;

namespace ZooCache.EFCore.Queries;

/// <summary>Takes the result of a method that was called with <c>async: false</c> and so has completed already; nothing blocks.</summary>
internal static class CompletedTask
{
    internal static T Result<T>(ValueTask<T> task)
        => task.IsCompleted ? task.GetAwaiter().GetResult() : throw new UnreachableException("A synchronous call went on asynchronously.");

    internal static void Wait(ValueTask task)
    {
        if (!task.IsCompleted)
        {
            throw new UnreachableException("A synchronous call went on asynchronously.");
        }

        task.GetAwaiter().GetResult();
    }
}
