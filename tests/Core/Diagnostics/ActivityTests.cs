using System.Diagnostics;

namespace ZooCache.Core.Tests;

/// <summary>What a trace shows of loads, and of the writes that brought them about.</summary>
public sealed class ActivityTests : IDisposable
{
    private readonly string _prefix = $"traced {Guid.NewGuid()}";
    private readonly ZooCache _cache;
    private readonly List<Activity> _seen = [];
    private readonly ActivityListener _listener;
    private readonly ActivitySource _application = new("application");

    public ActivityTests()
    {
        _cache = new ZooCache(new ZooCacheOptions { Prefix = _prefix });
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name is "ZooCache" or "application",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if ((string?)activity.GetTagItem("zoocache.cache") == _prefix)
                {
                    lock (_seen)
                    {
                        _seen.Add(activity);
                    }
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _application.Dispose();
        _cache.Dispose();
    }

    [Fact]
    public void A_load_is_linked_to_what_has_invalidated_its_answer()
    {
        using var request = _application.StartActivity("GET /price");
        _cache.GetOrCreate("price", static _ => 1, new CacheEntryOptions { Tags = ["prices"] });
        ActivityContext writer;
        using (var write = _application.StartActivity("PUT /price"))
        {
            writer = write!.Context;
            _cache.Invalidate("prices");
        }

        Activity.Current.ShouldBe(request);
        _cache.GetOrCreate("price", static _ => 2, new CacheEntryOptions { Tags = ["prices"] });
        Activity.Current.ShouldBe(request);

        _seen.Select(a => (a.OperationName, a.GetTagItem("zoocache.outcome"))).ShouldBe([("zoocache.fill", "stored"), ("zoocache.fill", "stored")]);
        _seen.ShouldAllBe(a => a.ParentSpanId == request!.SpanId);
        _seen[0].Links.ShouldBeEmpty();
        _seen[1].Links.Single().Context.ShouldBe(writer);
    }

    [Fact]
    public void A_write_has_a_span_to_which_the_load_is_linked()
    {
        _cache.GetOrCreate("price", static _ => 1, new CacheEntryOptions { Tags = ["prices"] });
        using (var scope = _cache.OpenWrite("SaveChanges"))
        {
            scope.Add([TagPath.Parse("prices")]);
            Activity.Current.ShouldBeNull();
        }

        _cache.GetOrCreate("price", static _ => 2, new CacheEntryOptions { Tags = ["prices"] }).ShouldBe(2);
        _seen.Select(a => a.OperationName).ShouldBe(["zoocache.fill", "zoocache.write", "zoocache.fill"]);
        (_seen[1].GetTagItem("zoocache.cause"), _seen[1].GetTagItem("zoocache.outcome")).ShouldBe(("SaveChanges", "complete"));
        _seen[2].Links.Single().Context.ShouldBe(_seen[1].Context);
    }

    [Fact]
    public void A_load_that_comes_to_nothing_has_ended_all_the_same()
    {
        Should.Throw<InvalidOperationException>(() => _cache.GetOrCreate<int>("price", static _ => throw new InvalidOperationException("It fails.")));
        _cache.GetOrCreate("price", scope =>
        {
            _cache.Invalidate("prices");
            return 1;
        }, new CacheEntryOptions { Tags = ["prices"] });
        _seen.Select(a => a.GetTagItem("zoocache.outcome")).ShouldBe(["dropped", "invalidated"]);
        _seen.ShouldAllBe(a => a.IsStopped);
    }
}
