using Microsoft.EntityFrameworkCore.Migrations;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Writes;

namespace ZooCache.EFCore.Nodes;

/// <summary>
/// What one node has learnt of a database from its models and queries, in a form that other nodes read: a table, a family, or a routine.
/// </summary>
/// <remarks>
/// The form, in the primitives of the engine's messages: a byte, 2 (the version); a text, the database's name; a byte, and what follows
/// it:
/// <list type="bullet">
/// <item>0, a table: texts, its folded name and its name; a byte each, whether it is a view, and whether it has triggers; a list of names
/// in full (a byte, 1 and the schema's text or 0; the name); lists of texts: schemas, columns (folded name and name by turns), what triggers
/// write, what is behind a view (both preceded by a byte, 0 if it isn't known and then nothing follows), columns that the store
/// changes, tables that point to it, columns that they point to; a list of cascades: a text, the dependent; a byte, the action;
/// lists of texts, the columns there and here</item>
/// <item>1, a family: a text, the table; a byte, whether the store may make its values; a list of columns: a text and a byte, its kind; a byte, 1 and
/// a list of texts, the used columns, or 0</item>
/// <item>2, a routine: a text and a list of texts, the tables that it writes</item>
/// </list>
/// A list is a count and as many elements. Nothing after.
/// </remarks>
internal sealed record FactPart(string Database, KnownTable? Table = null, Family? Family = null, string? Routine = null, IReadOnlyList<string>? Written = null)
{
    private const byte Version = 2;

    internal byte[] Encode()
    {
        var writer = new MessageWriter();
        writer.Byte(Version);
        writer.Text(Database);
        writer.Byte(Table is not null ? (byte)0 : Family is not null ? (byte)1 : (byte)2);
        if (Table is not null)
        {
            Encode(writer, Table);
        }
        else if (Family is not null)
        {
            writer.Text(Family.Table);
            writer.Byte(Flag(Family.MayBeGenerated));
            writer.Count(Family.Columns.Count);
            foreach (var (name, kind) in Family.Columns)
            {
                writer.Text(name);
                writer.Byte((byte)kind);
            }

            writer.Byte(Flag(Family.Used is not null));
            if (Family.Used is { } used)
            {
                Texts(writer, used);
            }
        }
        else
        {
            writer.Text(Routine!);
            Texts(writer, Written!);
        }

        return writer.ToArray();
    }

    /// <summary>Reads a fact; null if it is none.</summary>
    internal static FactPart? TryDecode(ReadOnlySpan<byte> bytes)
    {
        var reader = new MessageReader(bytes);
        if (reader.Byte() != Version)
        {
            return null;
        }

        var database = reader.Text();
        var fact = reader.Byte() switch
        {
            0 => new FactPart(database, Table: DecodeTable(ref reader)),
            1 => new FactPart(database, Family: DecodeFamily(ref reader)),
            2 => new FactPart(database, Routine: reader.Text(), Written: Texts(ref reader)),
            _ => null,
        };
        return reader.IsDone && database.Length is > 0 and <= TagSegment.MaximumLength ? fact : null;
    }

    private static byte Flag(bool value) => value ? (byte)1 : (byte)0;

    private static void Encode(MessageWriter writer, KnownTable table)
    {
        writer.Text(table.Folded);
        writer.Text(table.Name);
        writer.Byte(Flag(table.IsView));
        writer.Byte(Flag(table.HasTriggers));
        writer.Count(table.Names.Count);
        foreach (var (schema, name) in table.Names.OrderBy(n => n.Schema, StringComparer.Ordinal).ThenBy(n => n.Name, StringComparer.Ordinal))
        {
            writer.Byte(Flag(schema is not null));
            if (schema is not null)
            {
                writer.Text(schema);
            }

            writer.Text(name);
        }

        Texts(writer, table.Schemas);
        Texts(writer, [.. table.Columns.OrderBy(c => c.Key, StringComparer.Ordinal).SelectMany(c => (string[])[c.Key, c.Value])], ordered: true);
        Optional(writer, table.WrittenByTriggers);
        Optional(writer, table.Behind);
        Texts(writer, table.Moving);
        Texts(writer, table.ReferencedBy);
        Texts(writer, table.ReferencedColumns);
        writer.Count(table.Cascades.Count);
        foreach (var cascade in table.Cascades.OrderBy(c => $"{c.Dependent} {string.Join(',', c.DependentColumns)}", StringComparer.Ordinal))
        {
            writer.Text(cascade.Dependent);
            writer.Byte((byte)cascade.Action);
            Texts(writer, cascade.PrincipalColumns, ordered: true);
            Texts(writer, cascade.DependentColumns, ordered: true);
        }
    }

    private static void Optional(MessageWriter writer, HashSet<string>? texts)
    {
        writer.Byte(Flag(texts is not null));
        if (texts is not null)
        {
            Texts(writer, texts);
        }
    }

    /// <summary>Sets are written in one order: what is known already is recognised by its bytes.</summary>
    private static void Texts(MessageWriter writer, IReadOnlyCollection<string> texts, bool ordered = false)
    {
        writer.Count(texts.Count);
        foreach (var text in ordered ? texts : (IEnumerable<string>)texts.Order(StringComparer.Ordinal))
        {
            writer.Text(text);
        }
    }

    private static List<string> Texts(ref MessageReader reader)
    {
        var texts = new List<string>();
        for (var left = reader.Count(); left > 0 && !reader.HasFailed; left--)
        {
            texts.Add(reader.Text());
        }

        return texts;
    }

    private static HashSet<string>? Optional(ref MessageReader reader)
        => reader.Flag() ? new HashSet<string>(Texts(ref reader), StringComparer.Ordinal) : null;

    private static KnownTable DecodeTable(ref MessageReader reader)
    {
        var table = new KnownTable(reader.Text()) { Name = reader.Text(), IsView = reader.Flag(), HasTriggers = reader.Flag() };
        for (var left = reader.Count(); left > 0 && !reader.HasFailed; left--)
        {
            var schema = reader.Flag() ? reader.Text() : null;
            table.Names.Add((schema, reader.Text()));
        }

        table.Schemas.UnionWith(Texts(ref reader));
        var columns = Texts(ref reader);
        for (var i = 0; i + 1 < columns.Count; i += 2)
        {
            table.Columns[columns[i]] = columns[i + 1];
        }

        table.WrittenByTriggers = Optional(ref reader);
        table.Behind = Optional(ref reader);
        table.Moving.UnionWith(Texts(ref reader));
        table.ReferencedBy.UnionWith(Texts(ref reader));
        table.ReferencedColumns.UnionWith(Texts(ref reader));
        for (var left = reader.Count(); left > 0 && !reader.HasFailed; left--)
        {
            var (dependent, action) = (reader.Text(), (ReferentialAction)reader.Byte());
            var (there, here) = (new ValueList<string>(Texts(ref reader)), new ValueList<string>(Texts(ref reader)));
            if (there.Count != here.Count)
            {
                reader.Fail();
            }

            table.Cascades.Add(new Cascade(dependent, action, there, here));
        }

        return table;
    }

    private static Family DecodeFamily(ref MessageReader reader)
    {
        var (table, mayBeGenerated) = (reader.Text(), reader.Flag());
        var columns = new List<FamilyColumn>();
        for (var left = reader.Count(); left > 0 && !reader.HasFailed; left--)
        {
            var (name, kind) = (reader.Text(), reader.Byte());
            if (name.Length == 0 || kind > (byte)StoreKind.Text)
            {
                reader.Fail();
            }

            columns.Add(new FamilyColumn(name, (StoreKind)kind));
        }

        var used = reader.Flag() ? new ValueList<string>(Texts(ref reader)) : null;
        var family = new Family(table, new ValueList<FamilyColumn>(columns), mayBeGenerated, used);
        if ((columns.Count == 0 && used is null) || table.Length is 0 or > TagSegment.MaximumLength || family.Segment.Length > TagSegment.MaximumLength)
        {
            reader.Fail();
        }

        return family;
    }
}
