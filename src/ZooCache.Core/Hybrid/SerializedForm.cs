using System.Buffers;
using Microsoft.Extensions.Caching.Hybrid;
using ZooCache.Values;

namespace ZooCache;

/// <summary>Keeps values as the application's serializer writes them, each for whoever reads it; those that nobody can change as they are.</summary>
internal sealed class SerializedForm<T>(IHybridCacheSerializer<T> serializer, long maximumBytes) : ValueForm
{
    internal override (object Held, long Bytes)? Hold(object value)
    {
        if (ValueShape.Of(value.GetType()).IsShared)
        {
            return LimitedForm.Limited(HeldValue.Hold(value, isShared: false), maximumBytes);
        }

        var buffer = new ArrayBufferWriter<byte>();
        serializer.Serialize((T)value, buffer);
        return LimitedForm.Limited((new Serialized(buffer.WrittenMemory.ToArray(), serializer), buffer.WrittenCount), maximumBytes);
    }

    private sealed class Serialized(byte[] bytes, IHybridCacheSerializer<T> serializer) : HeldValue
    {
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
