using System.Runtime.InteropServices;
using ZooCache.EFCore.Dependencies;

namespace ZooCache.EFCore.Writes;

/// <summary>Which answers of a family a written row concerns.</summary>
internal enum Extent
{
    /// <summary>None: the write changes nothing that they use.</summary>
    Untouched,

    /// <summary>Those of values that the store will make; another image of the row has them, before the commit.</summary>
    Following,

    /// <summary>Those of values that the store will make; another image has them once the row may be there, and until then it may be any that has found nothing.</summary>
    NewRows,

    /// <summary>Those of the row's values before and after.</summary>
    Values,

    /// <summary>All: a value isn't proven.</summary>
    All,
}

/// <summary>What a row's image says of one family of its table.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct FamilyOutcome
{
    private readonly KnownFamily _family;
    private readonly ulong? _before;
    private readonly ulong? _after;
    private readonly ValueInterval? _move;

    private FamilyOutcome(KnownFamily family, Extent extent, ulong? before = null, ulong? after = null, ValueInterval? move = null)
        => (_family, Extent, _before, _after, _move) = (family, extent, before, after, move);

    internal Family Family => _family.Family;

    internal Extent Extent { get; }

    internal static FamilyOutcome Of(RowImage image, KnownFamily known, Believed believed, Func<string, string, bool> isFixed)
    {
        var family = known.Family;
        if (image.LeavesUsed(family, isFixed) || (family.Role == FamilyRole.Order && image.Change != RowChange.Update))
        {
            return new FamilyOutcome(known, Extent.Untouched);
        }

        var before = image.Change == RowChange.Insert ? null : image.OldHashOf(family, believed.Row);
        var after = image.Change == RowChange.Delete ? null : image.NewHashOf(family, believed.Row, isFixed);
        if ((image.Change == RowChange.Insert || before is not null) && (image.Change == RowChange.Delete || after is not null))
        {
            return new FamilyOutcome(known, Extent.Values, before, after, family.Role == FamilyRole.Order ? image.MoveIn(family.Used![0], believed) : null);
        }

        return new FamilyOutcome(
            known,
            image.Change != RowChange.Insert || !family.MayBeGenerated || !image.IsGenerated(family) ? Extent.All
                : image.IsDraft ? Extent.Following
                : Extent.NewRows);
    }

    internal void AddTo(WriteTags tags)
    {
        switch (Extent)
        {
            case Extent.NewRows:
                tags.AddNewRows(Family.Table);
                break;
            case Extent.Values:
                if (_move is { } move)
                {
                    tags.Add(_family, _before!.Value, move);
                    break;
                }

                if (_before is not null)
                {
                    tags.Add(_family, _before);
                }

                if (_after is not null && _after != _before)
                {
                    tags.Add(_family, _after);
                }

                break;
            case Extent.All:
                tags.Add(_family, null);
                break;
        }
    }
}
