using System.Text.Json;

namespace ZooCache.Cli.Live;

/// <summary>The tree of tags as far as it is opened, a row for each tag that is shown.</summary>
internal sealed class TagRows
{
    private readonly List<TagRow> rows = [new TagRow("", "everything", 0, 0, 0, IsOpen: false)];

    internal IReadOnlyList<TagRow> All => rows;

    internal void Close(TagRow row)
    {
        if (rows.IndexOf(row) is >= 0 and var at)
        {
            rows.RemoveRange(at + 1, BelowOf(at));
            rows[at] = row with { IsOpen = false };
        }
    }

    /// <summary>Shows what a node has said of a tag that is shown, with the tags right below it.</summary>
    internal void Open(string tag, JsonElement said)
    {
        var at = rows.FindIndex(r => r.Tag == tag);
        if (at < 0)
        {
            return;
        }

        rows.RemoveRange(at + 1, BelowOf(at));
        rows[at] = rows[at] with { Entries = said.GetProperty("entries").GetInt32(), Bytes = said.GetProperty("bytes").GetInt64(), IsOpen = true };
        var depth = rows[at].Depth + 1;
        rows.InsertRange(at + 1, said.GetProperty("below").EnumerateArray().Select(b => RowOf(b, depth)));
    }

    /// <summary>Where the row above a row's level is.</summary>
    internal int ParentOf(int at) => rows.FindLastIndex(at, r => r.Depth < rows[at].Depth);

    private static TagRow RowOf(JsonElement said, int depth)
    {
        var tag = said.GetProperty("tag").GetString()!;
        return new TagRow(tag, tag[(tag.LastIndexOf(':') + 1)..], said.GetProperty("entries").GetInt32(), said.GetProperty("bytes").GetInt64(), depth, IsOpen: false);
    }

    private int BelowOf(int at) => rows.Skip(at + 1).TakeWhile(r => r.Depth > rows[at].Depth).Count();
}

/// <summary>A tag that is shown.</summary>
internal sealed record TagRow(string Tag, string Name, int Entries, long Bytes, int Depth, bool IsOpen);
