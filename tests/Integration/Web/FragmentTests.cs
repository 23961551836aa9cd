using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using ZooCache.AspNetCore;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Web;

/// <summary>Parts of responses are serialised once, and again when they change.</summary>
public sealed class FragmentTests : IDisposable
{
    private readonly Scratch<ShopContext> _shop = ShopData.Scratch();
    private int _runs;

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task APartThatHasChanged_IsSerialisedAnew_AndNoOther()
    {
        await using var web = await WebShop.StartAsync(_shop, app => app.MapGet("/", async (ZooCache cache) =>
            new { Customers = await Task.WhenAll(Enumerable.Range(1, 3).Select(id => Fragment(cache, id).AsTask())) }));
        const string Before = """{"customers":[{"name":"Customer 1"},{"name":"Customer 2"},{"name":"Customer 3"}]}""";
        (await web.Get("/")).ShouldBe(Before);
        (await web.Get("/")).ShouldBe(Before);
        _runs.ShouldBe(3);
        using (var db = _shop.Open())
        {
            db.Customers.Single(c => c.Id == 2).Name = "Two \"&\" é";
            db.SaveChanges();
        }

        using var document = JsonDocument.Parse(await web.Get("/"));
        document.RootElement.GetProperty("customers")[1].GetProperty("name").GetString().ShouldBe("Two \"&\" é");
        _runs.ShouldBe(4);
    }

    [Fact]
    public void AFragmentIsWhatItWasMadeOf()
    {
        var fragment = JsonFragment.Of(new { Name = "x", Items = new[] { 1, 2 } });
        fragment.ToString().ShouldBe("""{"name":"x","items":[1,2]}""");
        JsonSerializer.Serialize(new { Part = fragment, None = (JsonFragment?)null }).ShouldBe("""{"Part":{"name":"x","items":[1,2]},"None":null}""");
        JsonSerializer.Deserialize<JsonFragment[]>("""[{"a": 1}, null, 5]""")!.Select(f => f?.ToString()).ShouldBe(["""{"a": 1}""", null, "5"]);
        JsonFragment.Of<string?>(null).ToString().ShouldBe("null");
    }

    private ValueTask<JsonFragment> Fragment(ZooCache cache, int id) => cache.GetOrCreateJsonAsync($"customer:{id}", async (_, token) =>
    {
        Interlocked.Increment(ref _runs);
        await using var db = _shop.Open();
        return await db.Customers.Where(c => c.Id == id).Select(c => new { c.Name }).SingleAsync(token);
    });
}
