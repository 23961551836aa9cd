using System.Collections;
using System.Data.Common;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Query.Internal;

namespace ZooCache.EFCore.Origins;

/// <summary>EF's own enumerable, of which is noted that its rows have come to their end.</summary>
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

    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
        => new Enumerator(inner.GetAsyncEnumerator(cancellationToken), context);

    public DbCommand CreateDbCommand() => inner.CreateDbCommand();

    public string ToQueryString() => inner.ToQueryString();

    internal sealed class Enumerator(IAsyncEnumerator<T> inner, QueryContext context) : IAsyncEnumerator<T>
    {
        public T Current => inner.Current;

        public async ValueTask<bool> MoveNextAsync()
        {
            try
            {
                if (await inner.MoveNextAsync().ConfigureAwait(false))
                {
                    return true;
                }
            }
            catch
            {
                // Whoever goes on after that doesn't get every row.
                OriginQueryContext.Forget(context);
                throw;
            }

            OriginQueryContext.Ended(context);
            return false;
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
