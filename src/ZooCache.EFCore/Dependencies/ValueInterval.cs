using System.Numerics;
using System.Runtime.InteropServices;

namespace ZooCache.EFCore.Dependencies;

/// <summary>The integers from one to another, as sets of tags of which two have tags in common, or one above the other, wherever the intervals have a value in common.</summary>
/// <param name="First">The least; <see cref="long.MinValue"/> stands for no bound.</param>
/// <param name="Last">The greatest; <see cref="long.MaxValue"/> stands for no bound.</param>
/// <remarks>
/// Algorithm: a radix tree over the integers, whose nodes are tags: the sign; the number of binary digits, by eights and then exactly; and from the second digit on, two
/// digits a level. A node stands for all integers that begin so. An interval is covered by the largest nodes that lie within it once its ends are moved out to
/// nodes of a size that is chosen (de Berg, Cheong, van Kreveld, Overmars, Computational Geometry, 3rd ed. 2008, 10.3, of the segments of a segment tree). Of two intervals
/// with a value in common, each cover has a node with that value, and of two nodes with one value one contains the other.
/// </remarks>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ValueInterval(long First, long Last)
{
    /// <summary>More nodes are said by the node above them all.</summary>
    internal const int MaximumNodes = 32;

    private const int Whole = 0;
    private const int Sign = 1;
    private const int Eights = 2;
    private const int Digits = 3;
    private const int DigitsOfLevel = 2;

    /// <summary>A tag has a limited depth; this much of it is below the tag of a value.</summary>
    private const int DeepestLevel = 20;

    internal static ValueInterval Between(long one, long other) => new(Math.Min(one, other), Math.Max(one, other));

    /// <summary>The tags, below one, of a write that moves a value from one end to the other: few, because there will be many writes.</summary>
    internal IReadOnlyList<TagPath> Crossed(TagPath below) => Cover(below, SpanOf(First, Last) / 4);

    /// <summary>The tags, below one, of an answer: as many as it takes to leave most of what is outside alone.</summary>
    internal IReadOnlyList<TagPath> Met(TagPath below) => Cover(below, (First, Last) switch
    {
        (long.MinValue, long.MaxValue) => ulong.MaxValue,
        (long.MinValue, var last) => SpanOf(Math.Min(0, last), Math.Max(0, last)) / 256,
        (var first, long.MaxValue) => SpanOf(Math.Min(0, first), Math.Max(0, first)) / 256,
        var (first, last) => SpanOf(first, last) / 8,
    });

    /// <summary>Covers the interval, each end moved out to the next node of at least a size.</summary>
    private List<TagPath> Cover(TagPath below, ulong grain)
    {
        var first = First == long.MinValue ? First : At(First, grain).First;
        var last = Last == long.MaxValue ? Last : At(Last, grain).Last;
        var nodes = new List<TagPath>();
        for (var next = first; ;)
        {
            var node = Largest(next, last);
            if (node.Level == Whole || nodes.Count == MaximumNodes)
            {
                return [below];
            }

            nodes.Add(node.Below(below));
            if (node.Last == last)
            {
                return nodes;
            }

            next = node.Last + 1;
        }
    }

    /// <summary>The smallest node with the value that has at least a size.</summary>
    private static Node At(long value, ulong size)
    {
        for (var level = DeepestLevel; level > Whole; level--)
        {
            var node = new Node(value, level);
            if (SpanOf(node.First, node.Last) >= size)
            {
                return node;
            }
        }

        return new Node(value, Whole);
    }

    /// <summary>The largest node that begins with a value and doesn't go beyond another.</summary>
    private static Node Largest(long first, long last)
    {
        for (var level = Whole; level < DeepestLevel; level++)
        {
            var node = new Node(first, level);
            if (node.First == first && node.Last <= last)
            {
                return node;
            }
        }

        return new Node(first, DeepestLevel);
    }

    /// <summary>One less than the number of integers.</summary>
    private static ulong SpanOf(long first, long last) => (ulong)last - (ulong)first;

    /// <summary>The node of a level that has a value.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly struct Node
    {
        private readonly bool _isNegative;
        private readonly ulong _magnitude;
        private readonly int _length;

        internal Node(long value, int level)
        {
            (Level, _isNegative) = (level, value < 0);
            _magnitude = (ulong)(_isNegative ? ~value : value);
            _length = 64 - BitOperations.LeadingZeroCount(_magnitude);
            var (least, greatest) = level switch
            {
                Whole => (0UL, (ulong)long.MaxValue),
                Sign => (0UL, (ulong)long.MaxValue),
                Eights => (Least(_length & ~7), Greatest(_length | 7)),
                Digits => (Least(_length), Greatest(_length)),
                _ => (_magnitude >> Unknown(level) << Unknown(level), _magnitude | ((1UL << Unknown(level)) - 1)),
            };
            (First, Last) = level == Whole ? (long.MinValue, long.MaxValue)
                : _isNegative ? (~(long)greatest, ~(long)least)
                : ((long)least, (long)greatest);
        }

        internal int Level { get; }

        internal long First { get; }

        internal long Last { get; }

        internal TagPath Below(TagPath path)
        {
            var segments = new List<TagSegment>(path.Depth + Level);
            segments.AddRange(path.Segments);
            for (var level = Sign; level <= Level; level++)
            {
                segments.Add(new TagSegment(level switch
                {
                    Sign => _isNegative ? 1UL : 0UL,
                    Eights => (ulong)_length / 8,
                    Digits => (ulong)_length % 8,
                    _ => _magnitude >> Unknown(level) & 3,
                }));
            }

            return TagPath.Of([.. segments]);
        }

        /// <summary>How many digits a node of a level doesn't tell.</summary>
        private int Unknown(int level) => Math.Max(0, _length - 1 - ((level - Digits) * DigitsOfLevel));

        private static ulong Least(int length) => length == 0 ? 0 : 1UL << (length - 1);

        private static ulong Greatest(int length) => (1UL << length) - 1;
    }
}
