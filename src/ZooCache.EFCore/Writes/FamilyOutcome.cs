using System.Runtime.InteropServices;
using ZooCache.EFCore.Dependencies;

namespace ZooCache.EFCore.Writes;

/// <summary>
/// What a row's image says of one family of its table: the family's values before and after the write, or that one of them
/// isn't proven, which concerns them all.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct FamilyOutcome
{
    private readonly KnownFamily _family;
    private readonly RowChange _change;
    private readonly ulong? _before;
    private readonly ulong? _after;

    private FamilyOutcome(KnownFamily family, RowChange change, ulong? before, ulong? after) => (_family, _change, _before, _after) = (family, change, before, after);

    private FamilyOutcome(KnownFamily family) => _family = family;

    internal Family Family => _family.Family;

    /// <summary>The store will make the values. The exact ones follow then; answers that the row may enter depend on new rows.</summary>
    internal bool IsGenerated { get; private init; }

    /// <summary>The store will make the values, and the exact ones follow before the commit.</summary>
    internal bool IsFollowed { get; private init; }

    /// <summary>The write changes nothing that answers of the family use.</summary>
    internal bool IsUntouched { get; private init; }

    internal bool IsPrecise
        => IsUntouched || IsGenerated || IsFollowed || ((_change == RowChange.Insert || _before is not null) && (_change == RowChange.Delete || _after is not null));

    internal static FamilyOutcome Of(RowImage image, KnownFamily known, bool believed, Func<string, string, bool> isFixed)
    {
        var family = known.Family;
        if (image.LeavesUsed(family, isFixed))
        {
            return new FamilyOutcome(known) { IsUntouched = true };
        }

        var before = image.Change == RowChange.Insert ? null : image.OldHashOf(family, believed);
        var after = image.Change == RowChange.Delete ? null : image.NewHashOf(family, believed, isFixed);
        return after is null && image.Change == RowChange.Insert && family.MayBeGenerated && image.IsGenerated(family)
            ? new FamilyOutcome(known) { IsGenerated = !image.IsDraft, IsFollowed = image.IsDraft }
            : new FamilyOutcome(known, image.Change, before, after);
    }

    internal void AddTo(WriteTags tags)
    {
        if (IsUntouched || IsFollowed)
        {
            return;
        }

        if (IsGenerated)
        {
            tags.AddNewRows(Family.Table);
            return;
        }

        if (!IsPrecise)
        {
            tags.Add(_family, null);
            return;
        }

        if (_before is not null)
        {
            tags.Add(_family, _before);
        }

        if (_after is not null && _after != _before)
        {
            tags.Add(_family, _after);
        }
    }
}
