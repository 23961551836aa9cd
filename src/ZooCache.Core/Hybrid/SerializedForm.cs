using System.Buffers;
using Microsoft.Extensions.Caching.Hybrid;
using ZooCache.Values;

namespace ZooCache;

/// <summary>Keeps values as the application's serializer writes them, each for whoever reads it; those that nobody can change as they are.</summary>
internal sealed class SerializedForm<T>(IHybridCacheSerializer<T> serializer, long maximumBytes) : ValueForm
{
    private readonly SerializedContent content = new(serializer, maximumBytes);

    internal override (object Held, long Bytes)? Hold(object value)
    {
        if (ValueShape.Of(value.GetType()).IsShared)
        {
            return LimitedForm.Limited(HeldValue.Hold(value, isShared: false), maximumBytes);
        }

        var bytes = Written((T)value, serializer);
        return LimitedForm.Limited((new Serialized(bytes, serializer), bytes.Length), maximumBytes);
    }

    internal override StoredContent? ContentOf<TValue>() => content;

    private static byte[] Written(T value, IHybridCacheSerializer<T> serializer)
    {
        var buffer = new ArrayBufferWriter<byte>();
        serializer.Serialize(value, buffer);
        return buffer.WrittenMemory.ToArray();
    }

    private sealed class SerializedContent(IHybridCacheSerializer<T> serializer, long maximumBytes) : StoredContent
    {
        internal override ReadOnlyMemory<byte> Name { get; } = NameOf($"{serializer.GetType()} {typeof(T)}");

        internal override byte[]? Encode(object held) => held is Serialized serialized ? serialized.Bytes : held is T value ? Written(value, serializer) : null;

        internal override (object Held, long Bytes)? Decode(byte[] content)
        {
            var held = new Serialized(content, serializer);
            return LimitedForm.Limited((ValueShape.Of(typeof(T)).IsShared && held.TryRead(out var value) && value is not null ? value : held, content.Length), maximumBytes);
        }
    }

    private sealed class Serialized(byte[] bytes, IHybridCacheSerializer<T> serializer) : HeldValue
    {
        internal byte[] Bytes => bytes;

        // What can't be read is made anew.
        internal override bool TryRead(out object? value)
        {
            try
            {
                value = serializer.Deserialize(new ReadOnlySequence<byte>(bytes));
                return true;
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                value = null;
                return false;
            }
        }
    }
}

/// <summary>Keeps values as by themselves, up to a size.</summary>
internal sealed class LimitedForm(long maximumBytes) : ValueForm
{
    internal static (object Held, long Bytes)? Limited((object Held, long Bytes) held, long maximumBytes) => held.Bytes <= maximumBytes ? held : null;

    internal override (object Held, long Bytes)? Hold(object value) => Limited(HeldValue.Hold(value, isShared: false), maximumBytes);
}
