using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using ZooCache.EFCore.Setup;

namespace ZooCache.EFCore.Dependencies;

/// <summary>
/// When two texts are one to the store, as far as anchors need to know: texts that the store takes for equal must have one
/// hash here. That two others may share one only invalidates more.
/// </summary>
/// <remarks>
/// Known are SQLite's three built-in collations (BINARY; NOCASE, which folds ASCII letters and compares only the lengths of what follows a NUL; RTRIM, which ignores spaces
/// at the end) and PostgreSQL's deterministic ones (equal bytes) for <c>text</c> and <c>varchar</c>. The hash ignores letter case,
/// spaces at the end, and what follows a NUL, so a collation of SQLite's that the model doesn't tell of does no harm either, nor a <c>citext</c> column
/// that the model takes for text (docs/adr/0009-anchors.md).
/// </remarks>
internal static class TextEquality
{
    private const int StackChars = 256;
    private const string Sqlite = "Microsoft.EntityFrameworkCore.Sqlite";
    private const string Postgres = "Npgsql.EntityFrameworkCore.PostgreSQL";
    private static readonly HashSet<string> PostgresTexts = new(["text", "varchar", "character varying"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the equality of a column's texts is known.</summary>
    internal static bool IsKnown(IColumn column, CoreTypeMapping mapping)
        => mapping is RelationalTypeMapping { StoreType: var store }
            && CollationNotes.TryGet(column, out var provider, out var collation)
            && provider switch
            {
                Sqlite => store.Equals("TEXT", StringComparison.OrdinalIgnoreCase)
                    && collation?.ToUpperInvariant() is null or "BINARY" or "NOCASE" or "RTRIM",
                Postgres => PostgresTexts.Contains(WithoutLength(store)) && collation is null or "C" or "POSIX" or "default" or "ucs_basic",
                _ => false,
            };

    /// <summary>A type may go on after its length, with a collation for one.</summary>
    private static string WithoutLength(string store)
        => store.EndsWith(')') && store.IndexOf('(', StringComparison.Ordinal) is > 0 and var open && !store.AsSpan(open + 1, store.Length - open - 2).ContainsAnyExceptInRange('0', '9')
            ? store[..open].TrimEnd()
            : store;

    /// <summary>XXH64 of the text up to a NUL, without letter case and spaces at its end. What isn't Unicode goes to the store as U+FFFD.</summary>
    internal static ulong Hash(string text)
    {
        var end = text.IndexOf('\0', StringComparison.Ordinal);
        var trimmed = text.AsSpan(0, end < 0 ? text.Length : end).TrimEnd(' ');
        char[]? rented = null;
        var folded = trimmed.Length <= StackChars / 2 ? stackalloc char[StackChars] : rented = ArrayPool<char>.Shared.Rent(trimmed.Length * 2);
        var length = Fold(trimmed, folded);
        var hash = XxHash64.Hash(MemoryMarshal.AsBytes(folded[..length]));
        if (rented is not null)
        {
            ArrayPool<char>.Shared.Return(rented);
        }

        return hash;
    }

    private static int Fold(ReadOnlySpan<char> text, Span<char> folded)
    {
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            // The dotted capital and the dotless small i have no invariant partner.
            var upper = rune.Value is 0x130 or 0x131 ? new Rune('I') : Rune.ToUpperInvariant(Rune.ToLowerInvariant(rune));
            length += upper.EncodeToUtf16(folded[length..]);
        }

        return length;
    }
}
