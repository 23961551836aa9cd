using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Writes;
using ZooCache.EFCore.Writes.Sql;

namespace ZooCache.EFCore.Nodes;

/// <summary>A row of a message, and what it takes for what was read of it to count.</summary>
/// <param name="Image">What the write proves of the row.</param>
/// <param name="Key">The tag of the row's key, if something was read of it; else null.</param>
/// <param name="Since">The last entry of the log that the writer had surely seen when it read it.</param>
internal sealed record ChangedRow(RowImage Image, TagPath? Key, HlcStamp Since);

/// <summary>
/// What a write has changed, or will, in a form that other nodes read: rows, tables, and texts of SQL, which each of them maps to tags by
/// what it knows. Immutable.
/// </summary>
/// <remarks>
/// The form, in the primitives of the engine's messages:
/// <list type="number">
/// <item>a byte, 2: the version; a text: the database's name; a word: the epoch of the stamps below; a word: the stamp of the last
/// entry that the writer had surely seen when the write was over, 0 if that isn't known; a byte: 1 if the whole database is written, else 0</item>
/// <item>a count, and as many texts: the names; a name below is a number, its place among them</item>
/// <item>a count of rows, each: the table's name; a byte: 0 insert, 1 update, 2 delete; a count of columns, each: its name; a byte: the kind
/// of hash (0 integer, 1 boolean, 2 Guid, 3 text); a byte of flags (1 before, 2 as it was read, 4 after, 8 not written, 16 made
/// by the store); a word for each of the first three that is set. Then the columns that the write sets; and a byte: 1 if something was read of the row, followed by the path
/// of the tag of its key and a word, the stamp; else 0</item>
/// <item>a count of tables that are written in unknown rows, each: its name; a byte: 1 if rows may go, else 0; columns</item>
/// <item>a count of texts of SQL, each: a byte: 1 if it may write to the whole database; a count of tables: a byte: 1 and the schema's name,
/// or 0; the table's name; a byte: 1 if rows may go; columns; a count of routines that it calls: their names</item>
/// </list>
/// Columns that are set: a number, 0 if they aren't known, else one more than how many there are, and their names. Nothing after.
/// </remarks>
internal sealed class ChangePart(
    string database, ulong epoch, HlcStamp seen, bool isDatabase, IReadOnlyList<ChangedRow> rows, IReadOnlyList<TableWrite> tables, IReadOnlyList<SqlEffect> sql)
{
    private const byte Version = 2;

    [Flags]
    private enum Known : byte
    {
        None = 0,
        Old = 1,
        Read = 2,
        New = 4,
        Unwritten = 8,
        Generated = 16,
    }

    /// <summary>What a write has come to by now.</summary>
    internal static ChangePart Of(
        CacheNode node, string database, (ulong Epoch, HlcStamp Stamp) seen, bool isDatabase, (List<WrittenRow> Rows, List<TableWrite> Whole) written,
        List<TableWrite> tables, IEnumerable<SqlEffect> sql)
    {
        var epoch = node.SeenAt(0).Epoch;
        return new ChangePart(database, epoch, seen.Epoch == epoch ? seen.Stamp : HlcStamp.None, isDatabase, [.. written.Rows.Select(Row)], [.. tables, .. written.Whole], [.. sql]);

        ChangedRow Row(WrittenRow row)
            => row is { IsBelieved: true, Image: { Proof: { } proof, KeyTag: { } key } } && node.SeenAt(proof.Fence) is var (seenIn, since) && seenIn == epoch && since != HlcStamp.None
                ? new ChangedRow(row.Image, key, since)
                : new ChangedRow(row.Image, null, HlcStamp.None);
    }

    /// <summary>What somebody else has written, of which only that much is known.</summary>
    internal static ChangePart OfUnknown(string database, List<RowImage> rows, List<TableWrite> tables)
        => new(database, 0, HlcStamp.None, false, [.. rows.Select(r => new ChangedRow(r, null, HlcStamp.None))], tables, []);

    /// <summary>The same with whole tables in the place of rows.</summary>
    internal ChangePart Coarsened()
        => new(database, epoch, seen, isDatabase, [], [.. tables.Select(t => t.Table).Concat(rows.Select(r => r.Image.Table)).Distinct(StringComparer.Ordinal).Select(Whole)], sql);

    /// <summary>A table that is written in rows of which nothing is known.</summary>
    internal static TableWrite Whole(string table) => new(table, MayDelete: true, Assigned: null);

    internal bool IsAnything => isDatabase || rows.Count + tables.Count + sql.Count > 0;

    internal string Database => database;

    internal ulong Epoch => epoch;

    internal HlcStamp Seen => seen;

    internal bool IsDatabase => isDatabase;

    internal IReadOnlyList<ChangedRow> Rows => rows;

    internal IReadOnlyList<TableWrite> Tables => tables;

    internal IReadOnlyList<SqlEffect> Sql => sql;

    internal byte[] Encode()
    {
        var (body, names) = (new MessageWriter(), new Dictionary<string, int>(StringComparer.Ordinal));
        body.Count(rows.Count);
        foreach (var row in rows)
        {
            Write(row);
        }

        body.Count(tables.Count);
        foreach (var table in tables)
        {
            Name(table.Table);
            body.Byte(Flag(table.MayDelete));
            Assigned(table.Assigned);
        }

        body.Count(sql.Count);
        foreach (var effect in sql)
        {
            Effect(effect);
        }

        var writer = new MessageWriter();
        writer.Byte(Version);
        writer.Text(database);
        writer.Word(epoch);
        writer.Word(seen.Value);
        writer.Byte(Flag(isDatabase));
        writer.Count(names.Count);
        foreach (var name in names.Keys)
        {
            writer.Text(name);
        }

        writer.Append(body.Written);
        return writer.ToArray();

        void Name(string name)
        {
            if (!names.TryGetValue(name, out var index))
            {
                names.Add(name, index = names.Count);
            }

            body.Count(index);
        }

        void Assigned(IReadOnlyCollection<string>? columns)
        {
            body.Count(columns is null ? 0 : columns.Count + 1);
            foreach (var column in columns ?? [])
            {
                Name(column);
            }
        }

        void Write(ChangedRow row)
        {
            Name(row.Image.Table);
            body.Byte((byte)row.Image.Change);
            body.Count(row.Image.Columns.Count);
            foreach (var (name, column) in row.Image.Columns)
            {
                Name(name);
                body.Byte((byte)column.Kind);
                var read = row.Key is null ? null : column.Read;
                body.Byte((byte)(If(column.Old is not null, Known.Old) | If(read is not null, Known.Read) | If(column.New is not null, Known.New)
                    | If(column.IsUnwritten, Known.Unwritten) | If(column.IsGenerated, Known.Generated)));
                foreach (var value in (ReadOnlySpan<ulong?>)[column.Old, read, column.New])
                {
                    if (value is { } word)
                    {
                        body.Word(word);
                    }
                }
            }

            Assigned(row.Image.Written);
            body.Byte(Flag(row.Key is not null));
            if (row.Key is { } key)
            {
                body.Path(key);
                body.Word(row.Since.Value);
            }
        }

        void Effect(SqlEffect effect)
        {
            body.Byte(Flag(effect.Database));
            body.Count(effect.Targets.Count);
            foreach (var target in effect.Targets)
            {
                body.Byte(Flag(target.Schema is not null));
                if (target.Schema is { } schema)
                {
                    Name(schema);
                }

                Name(target.Table);
                body.Byte(Flag(target.MayDelete));
                Assigned(target.Assigned);
            }

            body.Count(effect.Calls.Count);
            foreach (var call in effect.Calls)
            {
                Name(call);
            }
        }
    }

    /// <summary>Reads a part; null if it is none.</summary>
    internal static ChangePart? TryDecode(ReadOnlySpan<byte> bytes)
    {
        var reader = new MessageReader(bytes);
        if (reader.Byte() != Version)
        {
            return null;
        }

        var (database, epoch, seen, isDatabase) = (reader.Text(), reader.Word(), new HlcStamp(reader.Word()), reader.Flag());
        var names = new string[reader.Count()];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = reader.Text();
        }

        var rows = new List<ChangedRow>();
        for (var left = reader.Count(); left > 0 && !reader.HasFailed; left--)
        {
            rows.Add(Row(ref reader, names));
        }

        var tables = new List<TableWrite>();
        for (var left = reader.Count(); left > 0 && !reader.HasFailed; left--)
        {
            tables.Add(new TableWrite(Name(ref reader, names), reader.Flag(), Assigned(ref reader, names)));
        }

        var sql = new List<SqlEffect>();
        for (var left = reader.Count(); left > 0 && !reader.HasFailed; left--)
        {
            sql.Add(Effect(ref reader, names));
        }

        return reader.IsDone && database.Length is > 0 and <= TagSegment.MaximumLength ? new ChangePart(database, epoch, seen, isDatabase, rows, tables, sql) : null;
    }

    private static byte Flag(bool value) => value ? (byte)1 : (byte)0;

    private static Known If(bool holds, Known flag) => holds ? flag : Known.None;

    private static string Name(ref MessageReader reader, string[] names)
    {
        var index = reader.Number();
        if (index < (ulong)names.Length && names[index].Length is > 0 and <= TagSegment.MaximumLength)
        {
            return names[index];
        }

        reader.Fail();
        return "";
    }

    private static List<string>? Assigned(ref MessageReader reader, string[] names)
    {
        var count = reader.Number();
        var columns = count == 0 ? null : new List<string>();
        for (; count > 1 && !reader.HasFailed; count--)
        {
            columns!.Add(Name(ref reader, names));
        }

        return columns;
    }

    private static ChangedRow Row(ref MessageReader reader, string[] names)
    {
        var (table, change) = (Name(ref reader, names), reader.Byte());
        var columns = new Dictionary<string, ColumnImage>(StringComparer.Ordinal);
        for (var left = reader.Count(); left > 0 && !reader.HasFailed; left--)
        {
            var (name, kind, known) = (Name(ref reader, names), reader.Byte(), (Known)reader.Byte());
            if (kind > (byte)StoreKind.Text)
            {
                reader.Fail();
            }

            columns[name] = new ColumnImage(
                (StoreKind)kind, Word(ref reader, known, Known.Old), Word(ref reader, known, Known.Read), Word(ref reader, known, Known.New),
                known.HasFlag(Known.Unwritten), known.HasFlag(Known.Generated));
        }

        if (change > (byte)RowChange.Delete)
        {
            reader.Fail();
        }

        var image = new RowImage(table, (RowChange)change, columns) { Written = Assigned(ref reader, names) };
        return reader.Flag() ? new ChangedRow(image, reader.Path(), new HlcStamp(reader.Word())) : new ChangedRow(image, null, HlcStamp.None);
    }

    private static ulong? Word(ref MessageReader reader, Known known, Known which) => known.HasFlag(which) ? reader.Word() : null;

    private static SqlEffect Effect(ref MessageReader reader, string[] names)
    {
        var database = reader.Flag();
        var targets = new List<SqlTarget>();
        for (var left = reader.Count(); left > 0 && !reader.HasFailed; left--)
        {
            var schema = reader.Flag() ? Name(ref reader, names) : null;
            targets.Add(new SqlTarget(schema, Name(ref reader, names), reader.Flag(), Assigned(ref reader, names)));
        }

        var calls = new List<string>();
        for (var left = reader.Count(); left > 0 && !reader.HasFailed; left--)
        {
            calls.Add(Name(ref reader, names));
        }

        return SqlEffect.None with { Database = database, Targets = targets, Calls = calls };
    }
}
