using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ZooCache.Integration.Tests.Support;

/// <summary>Has EF go on where a row that it wanted to write wasn't there.</summary>
internal sealed class SuppressesRefusals : SaveChangesInterceptor
{
    public override InterceptionResult ThrowingConcurrencyException(ConcurrencyExceptionEventData eventData, InterceptionResult result)
        => InterceptionResult.Suppress();
}
