namespace ZooCache.Values;

/// <summary>The places of an array of any rank.</summary>
internal static class ArrayPlaces
{
    internal static IEnumerable<int[]> Of(Array array)
    {
        for (var number = 0; number < array.Length; number++)
        {
            var rest = number;
            var place = new int[array.Rank];
            for (var dimension = array.Rank - 1; dimension >= 0; dimension--)
            {
                place[dimension] = array.GetLowerBound(dimension) + (rest % array.GetLength(dimension));
                rest /= array.GetLength(dimension);
            }

            yield return place;
        }
    }
}
