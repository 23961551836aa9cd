namespace Quickstart.Load;

/// <summary>Draws items by their shares.</summary>
internal sealed class Mix<T>
{
    private readonly T[] items;
    private readonly double[] upTo;

    public Mix(IReadOnlyList<T> items, Func<T, double> share)
    {
        this.items = [.. items];
        upTo = new double[items.Count];
        var sum = 0.0;
        for (var i = 0; i < upTo.Length; i++)
        {
            upTo[i] = sum += share(items[i]);
        }
    }

    public T Draw(Random random)
    {
        var at = Array.BinarySearch(upTo, random.NextDouble() * upTo[^1]);
        return items[at < 0 ? ~at : at + 1];
    }
}
