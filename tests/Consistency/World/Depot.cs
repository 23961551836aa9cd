namespace ZooCache.Consistency.Tests.World;

public enum Grade
{
    Low,
    Mid,
    High,
}

public enum Mode
{
    Idle,
    Busy,
    Broken,
}

/// <summary>What items stand in: its key is set by the client, and three foreign keys of items point to it.</summary>
public sealed class Hub : IKeyed
{
    public int Id { get; set; }
    public string Name { get; set; } = "";
    public int Kind { get; set; }
    public int? ParentId { get; set; }
    public Hub? Parent { get; set; }
    public List<Item> Items { get; } = [];
    public List<Item> Spares { get; } = [];
    string IKeyed.KeyText => $"{Id}";
}

/// <summary>A row with a column of each kind that queries may be anchored on, or only seem so.</summary>
public sealed class Item : IKeyed
{
    public int Id { get; set; }
    public int HubId { get; set; }
    public Hub? Hub { get; set; }
    public int? SpareId { get; set; }
    public Hub? Spare { get; set; }
    public int Slot { get; set; }

    /// <summary>Unique.</summary>
    public string Sku { get; set; } = "";

    /// <summary>Goes to the store as another number.</summary>
    public Grade Grade { get; set; }

    /// <summary>Stored as text.</summary>
    public Mode Mode { get; set; }

    public bool Live { get; set; }

    /// <summary>Stored as text.</summary>
    public bool Armed { get; set; }

    public Guid? Ref { get; set; }
    public long Big { get; set; }

    /// <summary>Equal whatever the case; to PostgreSQL also whatever the accents.</summary>
    public string Nick { get; set; } = "";

    /// <summary>Equal whatever the spaces at its end.</summary>
    public string Pad { get; set; } = "";

    /// <summary>Its converter writes the same value now in one case and now in the other; equal as nicks are.</summary>
    public string Secret { get; set; } = "";

    /// <summary>Computed by the store.</summary>
    public int Twice { get; private set; }

    /// <summary>The store has a default for it.</summary>
    public int Rank { get; set; }

    public Label? Label { get; set; }
    public List<Part> Parts { get; } = [];
    public List<Bunch> Bunches { get; } = [];
    string IKeyed.KeyText => $"{Id}";
}

/// <summary>Materialised through setters that don't keep what they get. Not a part of items: of an entity with such a setter, nothing is remembered.</summary>
public sealed class Quirk : IKeyed
{
    private string _tidy = "";
    private int _notch;

    public int Id { get; set; }
    public int? HubId { get; set; }
    public Hub? Hub { get; set; }

    public string Tidy
    {
        get => _tidy;
        set => _tidy = value.Trim().ToLowerInvariant();
    }

    public int Notch
    {
        get => _notch;
        set => _notch = Math.Min(value, 3);
    }

    string IKeyed.KeyText => $"{Id}";
}

/// <summary>Owned, in the row of its item, and perhaps not there.</summary>
public sealed class Label
{
    public string Text { get; set; } = "";
    public int? No { get; set; }
}

/// <summary>Root of a hierarchy in one table.</summary>
public class Part : IKeyed
{
    public int Id { get; set; }
    public int ItemId { get; set; }
    public Item? Item { get; set; }
    public int Weight { get; set; }
    string IKeyed.KeyText => $"{Id}";
}

public sealed class Screw : Part
{
    public int? BoxId { get; set; }
    public Hub? Box { get; set; }
}

public sealed class Wire : Part
{
    public int Length { get; set; }
}

/// <summary>Root of a hierarchy with a table per type. Materialised through its constructor, which doesn't keep what it gets.</summary>
public class Sheet(int mark) : IKeyed
{
    public int Id { get; set; }
    public int? ItemId { get; set; }
    public Item? Item { get; set; }
    public int Mark { get; set; } = Math.Min(mark, 3);
    string IKeyed.KeyText => $"{Id}";
}

public sealed class Draft(int mark) : Sheet(mark)
{
    public int? HubId { get; set; }
    public Hub? Hub { get; set; }
}

public sealed class Memo(int mark) : Sheet(mark)
{
    public int Words { get; set; }
}

/// <summary>Many-to-many with items, and an owned part in a table of its own.</summary>
public sealed class Bunch : IKeyed
{
    public int Id { get; set; }
    public string Name { get; set; } = "";
    public Stamp? Stamp { get; set; }
    public List<Item> Items { get; } = [];
    string IKeyed.KeyText => $"{Id}";
}

public sealed class Stamp
{
    public int Colour { get; set; }
}
