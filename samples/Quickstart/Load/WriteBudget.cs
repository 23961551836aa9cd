using System.Threading.Channels;

namespace Quickstart.Load;

/// <summary>
/// Keeps the writes at the asked share of all operations, whatever either side costs. Reads pay for writes: at 2 % each
/// 49 reads issue one permit, and a write needs one. The purse is small, so that readers who run ahead wait for the
/// writers; and what is left in it when the readers stop is still written. The share is thus exact to a few writes,
/// while the 4 readers and 2 writers keep to their roles.
/// </summary>
internal sealed class WriteBudget(double percent)
{
    private readonly double perRead = percent / (100 - percent);
    private readonly Channel<byte> purse = Channel.CreateBounded<byte>(16);

    /// <summary>The permits, until the readers have stopped and all are spent.</summary>
    public IAsyncEnumerable<byte> Permits => purse.Reader.ReadAllAsync();

    public Payer OpenPayer() => new(this);

    /// <summary>No reader reads any more; or no writer can write, and readers who wait for them shall fail as well.</summary>
    public void Close(Exception? failure = null) => purse.Writer.TryComplete(failure);

    /// <summary>One reader's account: it saves up for whole permits by itself, so that readers share nothing per read.</summary>
    public sealed class Payer(WriteBudget budget)
    {
        private double saved;

        public ValueTask PayForReadAsync()
        {
            saved += budget.perRead;
            return saved < 1 ? ValueTask.CompletedTask : IssueAsync();
        }

        private async ValueTask IssueAsync()
        {
            for (; saved >= 1; saved--)
            {
                await budget.purse.Writer.WriteAsync(0);
            }
        }
    }
}
