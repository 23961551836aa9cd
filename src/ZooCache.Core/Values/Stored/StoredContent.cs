using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ZooCache.Values;

/// <summary>How what entries hold of values is written for other processes. Immutable and safe for concurrent use.</summary>
internal abstract class StoredContent
{
    /// <summary>Names the form: of two with one name each can read what the other has written.</summary>
    internal abstract ReadOnlyMemory<byte> Name { get; }

    /// <summary>Writes what an entry holds; null if it can't be.</summary>
    internal abstract byte[]? Encode(object held);

    /// <summary>What an entry is to hold, and about how many bytes it takes; null if the content isn't of this form.</summary>
    internal abstract (object Held, long Bytes)? Decode(byte[] content);

    protected static byte[] NameOf(string description) => SHA256.HashData(MemoryMarshal.AsBytes(description.AsSpan()))[..16];
}

/// <summary>Values, written exactly.</summary>
internal sealed class ExactContent<T> : StoredContent
{
    private readonly StoredForm form;

    private ExactContent(StoredForm form)
    {
        this.form = form;
        Name = NameOf(new FormDescription().Add(form).ToString());
    }

    /// <summary>Null if it isn't known by the type what its values consist of.</summary>
    internal static ExactContent<T>? Instance { get; } = StoredForm.Of(typeof(T)) is { } form ? new ExactContent<T>(form) : null;

    internal override ReadOnlyMemory<byte> Name { get; }

    internal override byte[]? Encode(object held)
    {
        var writer = new ValueWriter();
        try
        {
            form.Write(HeldValue.Look(held), writer);
            return writer.To.ToArray();
        }
        catch (UncopyableValueException)
        {
            return null;
        }
    }

    internal override (object Held, long Bytes)? Decode(byte[] content)
    {
        var reader = new MessageReader(content);
        var value = form.Read(ref reader);
        return reader.IsDone ? HeldValue.HoldOwn(value) : null;
    }
}
