using Microsoft.EntityFrameworkCore.Infrastructure;

namespace ZooCache.Consistency.Tests.World;

/// <summary>Not part of an answer: reading it would load it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NotComparedAttribute : Attribute;

public enum Level
{
    Low,
    Middle,
    High,
}

/// <summary>A key of its own type, for a converter.</summary>
public readonly record struct AssetCode(string Text)
{
    public override string ToString() => Text;
}

/// <summary>
/// Converters (to text, to a number, to another text), a concurrency token that the application sets, a computed column,
/// primitive collections, a complex type in columns, and a second entity in the same row.
/// </summary>
public sealed class Asset : IKeyed
{
    public int Id { get; set; }
    public AssetCode Code { get; set; }
    public bool Leased { get; set; }
    public Level Level { get; set; }
    public int Version { get; set; }
    public int Units { get; set; }
    public int Price { get; set; }
    public int Worth { get; private set; }
    public List<int> Readings { get; set; } = [];
    public List<string> Labels { get; set; } = [];
    public Box Size { get; set; } = new();
    public int? CustomerId { get; set; }
    public Customer? Customer { get; set; }
    public Manual? Manual { get; set; }
    public List<Move> Moves { get; } = [];
    public List<Worker> Workers { get; } = [];
    string IKeyed.KeyText => $"{Id}";
}

/// <summary>Complex, in columns, with another inside.</summary>
public sealed class Box
{
    public int Width { get; set; }
    public int? Height { get; set; }
    public Wrap Wrap { get; set; } = new();
}

public sealed class Wrap
{
    public string Colour { get; set; } = "";
}

/// <summary>In the row of its asset.</summary>
public sealed class Manual : IKeyed
{
    public int Id { get; set; }
    public string Text { get; set; } = "";
    public int? Pages { get; set; }
    public Asset? Asset { get; set; }
    string IKeyed.KeyText => $"{Id}";
}

/// <summary>Root of a hierarchy with a table per concrete type; its Guid key is made by EF.</summary>
public abstract class Move : IKeyed
{
    public Guid Id { get; set; }
    public int? AssetId { get; set; }
    public Asset? Asset { get; set; }
    public DateOnly Day { get; set; }
    string IKeyed.KeyText => $"{Id}";
}

public sealed class Sale : Move
{
    public int Gain { get; set; }
}

public sealed class Lend : Move
{
    public string Borrower { get; set; } = "";
    public TimeSpan? For { get; set; }
}

/// <summary>One entity in two tables; its uses are loaded when they are asked for.</summary>
public sealed class Worker : IKeyed
{
    private readonly ILazyLoader? _loader;
    private ICollection<Use> _uses = [];

    public Worker()
    {
    }

    private Worker(ILazyLoader loader) => _loader = loader;

    public int Id { get; set; }
    public string Name { get; set; } = "";
    public long Salary { get; set; }
    public short? Grade { get; set; }
    public string? RegionCode { get; set; }
    public Region? Region { get; set; }
    public List<Asset> Assets { get; } = [];

    [NotCompared]
    public ICollection<Use> Uses
    {
        get => _loader is null ? _uses : _loader.Load(this, ref _uses!)!;
        set => _uses = value;
    }

    string IKeyed.KeyText => $"{Id}";
}

/// <summary>Join row with a payload, between workers and assets.</summary>
public sealed class Use : IKeyed
{
    public int WorkerId { get; set; }
    public int AssetId { get; set; }
    public int Hours { get; set; }
    public DateTimeOffset? Since { get; set; }
    string IKeyed.KeyText => $"{WorkerId}/{AssetId}";
}

/// <summary>Its key, its foreign key and its stars are shadows.</summary>
public sealed class Review : IKeyed
{
    public string Text { get; set; } = "";
    public char? Mood { get; set; }
    public Product? Product { get; set; }
    string IKeyed.KeyText => Text;
}

/// <summary>Owned by a region, in a table of its own.</summary>
public sealed class Holiday
{
    public int Day { get; set; }
    public string Name { get; set; } = "";
}

/// <summary>A row of a view.</summary>
public sealed class CustomerTotal
{
    public int CustomerId { get; set; }
    public int Orders { get; set; }
}

/// <summary>A row of a query in the model.</summary>
public sealed class CategoryName
{
    public int Id { get; set; }
    public string Name { get; set; } = "";
}

/// <summary>Nothing else reads it: a write to it concerns no other query.</summary>
public sealed class Bystander : IKeyed
{
    public int Id { get; set; }
    public int Count { get; set; }
    string IKeyed.KeyText => $"{Id}";
}
