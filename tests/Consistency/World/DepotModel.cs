using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ZooCache.Consistency.Tests.World;

/// <summary>The part of the model that is all keys, foreign keys and indexes.</summary>
internal static class DepotModel
{
    internal static void Build(ModelBuilder modelBuilder, bool isSqlite)
    {
        var caseless = isSqlite ? "NOCASE" : "ignores_case_and_accents";
        if (!isSqlite)
        {
            modelBuilder.HasCollation(caseless, locale: "und-u-ks-level1", provider: "icu", deterministic: false);
        }

        modelBuilder.Entity<Hub>(hub =>
        {
            hub.ToTable("Hubs");
            hub.Property(h => h.Id).ValueGeneratedNever();
            hub.HasIndex(h => h.Kind);
            hub.HasOne(h => h.Parent).WithMany().HasForeignKey(h => h.ParentId).OnDelete(DeleteBehavior.SetNull);
        });

        modelBuilder.Entity<Item>(item =>
        {
            item.ToTable("Items");
            item.HasOne(i => i.Hub).WithMany(h => h.Items).HasForeignKey(i => i.HubId).OnDelete(DeleteBehavior.Cascade);
            item.HasOne(i => i.Spare).WithMany(h => h.Spares).HasForeignKey(i => i.SpareId).OnDelete(DeleteBehavior.SetNull);
            item.Property<int?>("KeeperId");
            item.HasOne<Hub>().WithMany().HasForeignKey("KeeperId").OnDelete(DeleteBehavior.SetNull);
            item.HasIndex(i => new { i.HubId, i.Slot });
            item.HasIndex(i => i.Slot);
            item.HasIndex(i => i.Sku).IsUnique();
            item.HasIndex(i => i.Grade);
            item.Property(i => i.Grade).HasConversion(new ValueConverter<Grade, int>(v => (int)v * 2, v => (Grade)(v / 2)));
            item.HasIndex(i => i.Mode);
            item.Property(i => i.Mode).HasConversion<string>();
            item.HasIndex(i => i.Live);
            item.HasIndex(i => i.Armed);
            item.Property(i => i.Armed).HasConversion(new BoolToStringConverter("N", "Y"));
            item.HasIndex(i => i.Ref);
            item.HasIndex(i => i.Big);
            item.HasIndex(i => i.Nick);
            item.Property(i => i.Nick).UseCollation(caseless);
            item.HasIndex(i => i.Pad);
            item.Property(i => i.Pad).HasMaxLength(3).IsFixedLength();
            if (isSqlite)
            {
                item.Property(i => i.Pad).UseCollation("RTRIM");
            }

            item.HasIndex(i => i.Secret);
            item.Property(i => i.Secret).UseCollation(caseless).HasConversion(new FickleCase());
            item.HasIndex(i => i.Twice);
            item.Property(i => i.Twice).HasComputedColumnSql("\"Slot\" * 2", stored: true);
            item.HasIndex(i => i.Rank);
            item.Property(i => i.Rank).HasDefaultValue(3);
            item.OwnsOne(i => i.Label, label => label.HasIndex(l => l.No));
        });

        modelBuilder.Entity<Quirk>(quirk =>
        {
            quirk.ToTable("Quirks");
            quirk.HasOne(q => q.Hub).WithMany().HasForeignKey(q => q.HubId).OnDelete(DeleteBehavior.SetNull);
            quirk.HasIndex(q => q.Tidy);
            quirk.Property(q => q.Tidy).UsePropertyAccessMode(PropertyAccessMode.Property);
            quirk.HasIndex(q => q.Notch);
            quirk.Property(q => q.Notch).UsePropertyAccessMode(PropertyAccessMode.Property);
        });

        modelBuilder.Entity<Part>(part =>
        {
            part.ToTable("Parts");
            part.HasOne(p => p.Item).WithMany(i => i.Parts).HasForeignKey(p => p.ItemId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<Screw>().HasOne(s => s.Box).WithMany().HasForeignKey(s => s.BoxId).OnDelete(DeleteBehavior.SetNull);
        modelBuilder.Entity<Wire>().HasIndex(w => w.Length);

        modelBuilder.Entity<Sheet>(sheet =>
        {
            sheet.ToTable("Sheets").UseTptMappingStrategy();
            sheet.HasOne(s => s.Item).WithMany().HasForeignKey(s => s.ItemId).OnDelete(DeleteBehavior.SetNull);
            sheet.HasIndex(s => s.Mark);
        });
        modelBuilder.Entity<Draft>().ToTable("Drafts").HasOne(d => d.Hub).WithMany().HasForeignKey(d => d.HubId).OnDelete(DeleteBehavior.SetNull);
        modelBuilder.Entity<Memo>().ToTable("Memos");

        modelBuilder.Entity<Bunch>(bunch =>
        {
            bunch.ToTable("Bunches");
            bunch.Property(b => b.Id).ValueGeneratedNever();
            bunch.Property(b => b.Name).UseCollation(caseless);
            bunch.HasMany(b => b.Items).WithMany(i => i.Bunches).UsingEntity("BunchItem");
            bunch.OwnsOne(b => b.Stamp, stamp =>
            {
                stamp.ToTable("Stamps");
                stamp.HasIndex(s => s.Colour);
            });
        });
    }

    /// <summary>Writes the same value now in one case and now in the other.</summary>
    private sealed class FickleCase() : ValueConverter<string, string>(Write(new Pen()), v => v.ToLowerInvariant())
    {
        private static System.Linq.Expressions.Expression<Func<string, string>> Write(Pen pen) => v => pen.Write(v);
    }

    /// <summary>One for each model: programs are to run alike each time.</summary>
    private sealed class Pen
    {
        private int _written;

        internal string Write(string value) => Interlocked.Increment(ref _written) % 2 == 0 ? value.ToUpperInvariant() : value.ToLowerInvariant();
    }
}
