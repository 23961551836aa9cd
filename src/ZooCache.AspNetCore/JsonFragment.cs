using System.ComponentModel;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ZooCache.AspNetCore;

/// <summary>
/// A part of a JSON document that was serialised once, such as one entity's: <see cref="System.Text.Json"/> writes it as it is into every document that it is a part of. Immutable; safe to
/// share between threads.
/// </summary>
[ImmutableObject(true)]
[JsonConverter(typeof(Converter))]
public sealed class JsonFragment
{
    private readonly byte[] bytes;

    private JsonFragment(byte[] bytes) => this.bytes = bytes;

    /// <summary>Serialises a value.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="options">How; null for the defaults of the web (<see cref="JsonSerializerOptions.Web"/>).</param>
    /// <returns>The fragment.</returns>
    public static JsonFragment Of<T>(T value, JsonSerializerOptions? options = null) => new(JsonSerializer.SerializeToUtf8Bytes(value, options ?? JsonSerializerOptions.Web));

    /// <summary>The JSON.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Encoding.UTF8.GetString(bytes);

    internal sealed class Converter : JsonConverter<JsonFragment>
    {
        public override JsonFragment Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            return new JsonFragment(Encoding.UTF8.GetBytes(document.RootElement.GetRawText()));
        }

        // It was written by the serialiser itself.
        public override void Write(Utf8JsonWriter writer, JsonFragment value, JsonSerializerOptions options) => writer.WriteRawValue(value.bytes, skipInputValidation: true);
    }
}

/// <summary>Keeps parts of JSON documents.</summary>
public static class ZooCacheJsonExtensions
{
    /// <summary>
    /// What a call has made, serialised once until something changes that it depends on: <c>cache.GetOrCreateJsonAsync($"product:{id}", (_, token) => …)</c>. A document of many of them
    /// serialises those anew that have changed.
    /// </summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="cache">The cache.</param>
    /// <param name="key">Names the fragment; results that aren't serialised have keys of their own.</param>
    /// <param name="create">Makes the result.</param>
    /// <param name="options">What is asked; null for the defaults.</param>
    /// <param name="json">How it is serialised, which is no part of the key; null for the defaults of the web.</param>
    /// <param name="cancellationToken">Ends the wait for others, and is given to <paramref name="create"/>.</param>
    /// <returns>The fragment.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="cache"/>, <paramref name="key"/> or <paramref name="create"/> is null.</exception>
    public static ValueTask<JsonFragment> GetOrCreateJsonAsync<T>(
        this ZooCache cache, string key, Func<CacheScope, CancellationToken, ValueTask<T>> create, CacheEntryOptions? options = null, JsonSerializerOptions? json = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(create);
        var buffer = KeyBuffer.Rent();
        try
        {
            TextKey.Write(buffer, KeySpace.Json, key);
            return cache.Functions.GetOrCreateAsync(
                buffer, (create, json), static async (call, scope, token) => JsonFragment.Of(await call.create(scope, token).ConfigureAwait(false), call.json),
                options ?? CacheEntryOptions.Default, async: true, cancellationToken);
        }
        finally
        {
            buffer.Return();
        }
    }
}
