using Microsoft.EntityFrameworkCore;

namespace ZooCache.Integration.Tests.Precision;

public enum Topic { Food, Tech, Travel }

public enum Tongue { English, Norwegian }

public sealed class Author
{
    public Guid Id { get; set; }
    public string Name { get; set; } = "";
    public List<Post> Posts { get; } = [];

    public static Guid Key(int number) => new(number, 0, 0, new byte[8]);
}

public sealed class Blog
{
    public int Id { get; set; }
    public string Name { get; set; } = "";
    public string Email { get; set; } = "";
    public string Code { get; set; } = "";
    public int Tenant { get; set; }
    public int Status { get; set; }
    public Topic Topic { get; set; }
    public Tongue Tongue { get; set; }
    public bool IsOpen { get; set; }
    public int Visits { get; set; }
    public Place Place { get; set; } = new();
    public List<Post> Posts { get; } = [];
}

/// <summary>Owned, in its blog's table.</summary>
public sealed class Place
{
    public int Area { get; set; }
    public string Street { get; set; } = "";
}

public sealed class Post
{
    public int Id { get; set; }
    public string Title { get; set; } = "";
    public int? BlogId { get; set; }
    public Blog? Blog { get; set; }
    public Guid AuthorId { get; set; }
    public Author? Author { get; set; }
    public int? ParentId { get; set; }
    public Post? Parent { get; set; }
    public int Score { get; set; }
    public List<Remark> Remarks { get; } = [];
}

/// <summary>Its key is its post and its number there.</summary>
public sealed class Remark
{
    public int PostId { get; set; }
    public Post? Post { get; set; }
    public int Number { get; set; }
    public int Mark { get; set; }
    public string Text { get; set; } = "";
}

/// <summary>A table for each type.</summary>
public class Animal
{
    public int Id { get; set; }
    public int Owner { get; set; }
    public string Name { get; set; } = "";
}

public sealed class Dog : Animal
{
    public int Kennel { get; set; }
    public string Trick { get; set; } = "";
}

/// <summary>A table for each concrete type.</summary>
public abstract class Shape
{
    public int Id { get; set; }
    public int Owner { get; set; }
    public string Colour { get; set; } = "";
    public int Size { get; set; }
}

public sealed class Circle : Shape;

public sealed class Square : Shape;

public sealed class Star : Shape;

/// <summary>Each kind of column that may anchor, and beside them columns that may not.</summary>
public sealed class LibraryContext(DbContextOptions<LibraryContext> options) : DbContext(options)
{
    public DbSet<Author> Authors => Set<Author>();

    public DbSet<Blog> Blogs => Set<Blog>();

    public DbSet<Post> Posts => Set<Post>();

    public DbSet<Remark> Remarks => Set<Remark>();

    public DbSet<Animal> Animals => Set<Animal>();

    public DbSet<Dog> Dogs => Set<Dog>();

    public DbSet<Shape> Shapes => Set<Shape>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<Author>().Property(a => a.Id).ValueGeneratedNever();
        modelBuilder.Entity<Blog>(blog =>
        {
            blog.Property(b => b.Id).ValueGeneratedNever();
            blog.HasIndex(b => b.Email).IsUnique();
            blog.HasIndex(b => b.Code);
            blog.HasIndex(b => new { b.Tenant, b.Status });
            blog.HasIndex(b => b.Topic);
            blog.HasIndex(b => b.Tongue);
            blog.HasIndex(b => b.IsOpen);
            blog.Property(b => b.Tongue).HasConversion<string>();
            blog.OwnsOne(b => b.Place).HasIndex(p => p.Area);
            if (Database.IsSqlite())
            {
                blog.Property(b => b.Code).UseCollation("NOCASE");
            }
        });
        modelBuilder.Entity<Post>(post =>
        {
            post.Property(p => p.Id).ValueGeneratedNever();
            post.HasOne(p => p.Blog).WithMany(b => b.Posts).OnDelete(DeleteBehavior.SetNull);
            post.HasOne(p => p.Parent).WithMany().OnDelete(DeleteBehavior.SetNull);
        });
        modelBuilder.Entity<Remark>(remark =>
        {
            remark.HasKey(r => new { r.PostId, r.Number });
            remark.HasIndex(r => r.Mark);
        });
        modelBuilder.Entity<Animal>(animal =>
        {
            animal.UseTptMappingStrategy().Property(a => a.Id).ValueGeneratedNever();
            animal.HasIndex(a => a.Owner);
        });
        modelBuilder.Entity<Dog>().HasIndex(d => d.Kennel);
        modelBuilder.Entity<Shape>(shape =>
        {
            shape.UseTpcMappingStrategy().Property(s => s.Id).ValueGeneratedNever();
            shape.HasIndex(s => s.Owner);
            shape.HasIndex(s => s.Colour);
        });
        modelBuilder.Entity<Circle>();
        modelBuilder.Entity<Square>();
        modelBuilder.Entity<Star>();
    }

    /// <summary>Blogs 1 to 3 and posts: 1 and 2 of the first, 3 and 4 of the second, 5 of the third, 6 of none. The odd ones
    /// are the first author's. Each post has two remarks of different marks, 0 to 2.</summary>
    public static void Fill(LibraryContext db)
    {
        ArgumentNullException.ThrowIfNull(db);
        db.AddRange(new Author { Id = Author.Key(1), Name = "Ann" }, new Author { Id = Author.Key(2), Name = "Bob" }, new Author { Id = Author.Key(3), Name = "Cay" });
        for (var i = 1; i <= 3; i++)
        {
            db.Add(new Blog
            {
                Id = i, Name = $"Blog {i}", Email = $"{i}@x", Code = $"c{i}", Tenant = i == 3 ? 2 : 1, Status = i == 2 ? 1 : 0,
                Topic = (Topic)(i - 1), Tongue = i == 1 ? Tongue.English : Tongue.Norwegian, IsOpen = i == 1, Visits = i,
                Place = new Place { Area = i, Street = $"Street {i}" },
            });
        }

        for (var i = 1; i <= 6; i++)
        {
            db.Add(new Post
            {
                Id = i, Title = $"Post {i}", BlogId = i == 6 ? null : (i + 1) / 2, AuthorId = Author.Key(2 - (i % 2)), Score = i * 10,
                ParentId = i is 2 or 4 ? i - 1 : null,
                Remarks =
                {
                    new Remark { Number = 1, Mark = (i + 1) % 3, Text = $"Remark {i}.1" },
                    new Remark { Number = 2, Mark = (i + 2) % 3, Text = $"Remark {i}.2" },
                },
            });
        }

        db.AddRange(new Animal { Id = 1, Owner = 1, Name = "cat" }, new Dog { Id = 2, Owner = 1, Name = "dog", Kennel = 1 });
        db.AddRange(new Animal { Id = 3, Owner = 2, Name = "cow" }, new Dog { Id = 4, Owner = 2, Name = "hound", Kennel = 2 });
        for (var owner = 1; owner <= 2; owner++)
        {
            var colour = owner == 1 ? "red" : "blue";
            db.AddRange(
                new Circle { Id = owner * 10, Owner = owner, Colour = colour }, new Square { Id = (owner * 10) + 1, Owner = owner, Colour = colour },
                new Star { Id = (owner * 10) + 2, Owner = owner, Colour = colour });
        }

        db.SaveChanges();
    }
}
