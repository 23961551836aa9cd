namespace ZooCache.EFCore.Results;

/// <summary>Where an enumeration of shared elements stands.</summary>
internal sealed class ElementCursor<T>(T[] elements)
{
    private int _at = -1;

    internal bool HasBegun => _at >= 0;

    internal T Current => (uint)_at < (uint)elements.Length ? elements[_at] : default!;

    internal bool Move()
    {
        if (_at < elements.Length)
        {
            _at++;
        }

        return _at < elements.Length;
    }
}
