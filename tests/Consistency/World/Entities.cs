using System.ComponentModel.DataAnnotations.Schema;

namespace ZooCache.Consistency.Tests.World;

/// <summary>An entity that can name itself, for comparing object graphs.</summary>
public interface IKeyed
{
    string KeyText { get; }
}

public enum Status
{
    New,
    Paid,
    Sent,
}

/// <summary>String key, a complex type as JSON, and owned rows in a table of their own.</summary>
public sealed class Region : IKeyed
{
    public string Code { get; set; } = "";
    public string Name { get; set; } = "";
    public int? Rank { get; set; }
    public Climate Climate { get; set; } = new();
    public List<Holiday> Holidays { get; } = [];
    public List<Customer> Customers { get; } = [];
    string IKeyed.KeyText => Code;
}

public sealed class Climate
{
    public int Rain { get; set; }
    public string? Wind { get; set; }
}

/// <summary>Generated key, a tenant in its query filter, an owned type, a JSON document, a self reference.</summary>
public sealed class Customer : IKeyed
{
    public int Id { get; set; }
    public int Tenant { get; set; }
    public string Name { get; set; } = "";
    public string? City { get; set; }
    public long Credit { get; set; }
    public string? RegionCode { get; set; }
    public Region? Region { get; set; }
    public int? ReferrerId { get; set; }
    public Customer? Referrer { get; set; }
    public Address Address { get; set; } = new();
    public Profile Profile { get; set; } = new();
    public Card? Card { get; set; }
    public List<Customer> Referred { get; } = [];
    public List<Order> Orders { get; } = [];
    string IKeyed.KeyText => $"{Id}";
}

/// <summary>Owned, in the owner's table.</summary>
public sealed class Address
{
    public string Street { get; set; } = "";
    public int? Zip { get; set; }
}

/// <summary>Owned, as JSON.</summary>
public sealed class Profile
{
    public string Nick { get; set; } = "";
    public int Score { get; set; }
    public List<Phone> Phones { get; set; } = [];
}

public sealed class Phone
{
    public string Number { get; set; } = "";
}

/// <summary>Its key is its owner's, which the store makes.</summary>
public sealed class Card : IKeyed
{
    public int CustomerId { get; set; }
    public long Number { get; set; }
    public string Holder { get; set; } = "";
    public Customer? Customer { get; set; }
    string IKeyed.KeyText => $"{CustomerId}";
}

/// <summary>Guid key, soft-deleted by a query filter.</summary>
public sealed class Coupon : IKeyed
{
    public Guid Id { get; set; }
    public string Code { get; set; } = "";
    public int Percent { get; set; }
    public bool Retired { get; set; }
    public List<Order> Orders { get; } = [];
    string IKeyed.KeyText => $"{Id}";
}

public sealed class Order : IKeyed
{
    public int Id { get; set; }
    public int CustomerId { get; set; }
    public Customer? Customer { get; set; }
    public Guid? CouponId { get; set; }
    public Coupon? Coupon { get; set; }
    public Status Status { get; set; }
    public decimal Total { get; set; }
    public DateTime Placed { get; set; }
    public List<Line> Lines { get; } = [];
    public List<Document> Documents { get; } = [];
    string IKeyed.KeyText => $"{Id}";
}

/// <summary>Composite key, half of it generated elsewhere.</summary>
public sealed class Line : IKeyed
{
    public int OrderId { get; set; }
    public int No { get; set; }
    public Order? Order { get; set; }
    public int ProductId { get; set; }
    public Product? Product { get; set; }
    public int Quantity { get; set; }
    public List<Note> Notes { get; } = [];
    string IKeyed.KeyText => $"{OrderId}/{No}";
}

/// <summary>Three cascades below a customer.</summary>
public sealed class Note : IKeyed
{
    public int Id { get; set; }
    public int OrderId { get; set; }
    public int LineNo { get; set; }
    public Line? Line { get; set; }
    public string? Text { get; set; }
    string IKeyed.KeyText => $"{Id}";
}

/// <summary>Self reference that cascades.</summary>
public sealed class Category : IKeyed
{
    public int Id { get; set; }
    public string Name { get; set; } = "";
    public int? ParentId { get; set; }
    public Category? Parent { get; set; }
    public List<Category> Children { get; } = [];
    public List<Product> Products { get; } = [];
    string IKeyed.KeyText => $"{Id}";
}

/// <summary>Client-set key, root of a hierarchy in one table.</summary>
public abstract class Product : IKeyed
{
    [DatabaseGenerated(DatabaseGeneratedOption.None)]
    public int Id { get; set; }
    public string Name { get; set; } = "";
    public int Price { get; set; }
    public double? Rating { get; set; }
    public int? CategoryId { get; set; }
    public Category? Category { get; set; }
    public List<Tag> Tags { get; } = [];
    public List<Line> Lines { get; } = [];
    string IKeyed.KeyText => $"{Id}";
}

public sealed class Book : Product
{
    public int Pages { get; set; }
}

public class Food : Product
{
    public bool Vegan { get; set; }
}

public sealed class Sweet : Food
{
    public int Sugar { get; set; }
}

/// <summary>Many-to-many with products, without a type for the join rows.</summary>
public sealed class Tag : IKeyed
{
    public int Id { get; set; }
    public string Name { get; set; } = "";
    public List<Product> Products { get; } = [];
    string IKeyed.KeyText => $"{Id}";
}

/// <summary>Root of a hierarchy with a table per type.</summary>
public class Document : IKeyed
{
    public int Id { get; set; }
    public string Title { get; set; } = "";
    public int? OrderId { get; set; }
    public Order? Order { get; set; }
    public byte[]? Body { get; set; }
    string IKeyed.KeyText => $"{Id}";
}

public sealed class Invoice : Document
{
    public decimal Amount { get; set; }
}

public sealed class Contract : Document
{
    public string Party { get; set; } = "";
}
