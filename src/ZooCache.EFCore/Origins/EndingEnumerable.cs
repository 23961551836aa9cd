using System.Collections;
using System.Data.Common;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;

namespace ZooCache.EFCore.Origins;

/// <summary>EF's own enumerable, of which is noted that its rows have come to their end, which they don't after an exception.</summary>
internal sealed class EndingEnumerable<T>(SingleQueryingEnumerable<T> inner, QueryContext context)
    : IEnumerable<T>, IAsyncEnumerable<T>, IRelationalQueryingEnumerable
{
    public IEnumerator<T> GetEnumerator()
    {
        foreach (var item in inner)
        {
            yield return item;
        }

        OriginQueryContext.Ended(context);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public async IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        await foreach (var item in inner.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return item;
        }

        OriginQueryContext.Ended(context);
    }

    public DbCommand CreateDbCommand() => inner.CreateDbCommand();

    public string ToQueryString() => inner.ToQueryString();
}
