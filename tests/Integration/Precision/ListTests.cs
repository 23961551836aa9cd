using Microsoft.EntityFrameworkCore;
using ZooCache.EFCore;
using ZooCache.Integration.Tests.Support;

namespace ZooCache.Integration.Tests.Precision;

/// <summary>The lists of each blog's posts: which posts the cache tells of, and which lists a write has left alone.</summary>
public abstract class ListTests(Provider provider) : PrecisionTests(provider)
{
    /// <summary>All lists, each through a context of its own, and the blogs whose list was a hit.</summary>
    protected (string Lists, string Hits) Lists()
    {
        var lists = new List<string>();
        var hits = new List<int>();
        for (var i = 1; i <= 3; i++)
        {
            var id = i;
            using var db = Library.Open(z => z.CacheAll());
            // With a column that every write to a row may concern, which the list only shows.
            lists.Add($"{id}:{string.Join(',', db.Posts.Where(p => p.BlogId == id).OrderBy(p => p.Id).Select(p => new { p.Id, p.Title }).ToList().Select(p => p.Id))}");
            if (db.Last()!.Source == QueryResultSource.Hit)
            {
                hits.Add(id);
            }
        }

        return (string.Join(' ', lists), string.Join(',', hits));
    }

    /// <summary>Asks for all lists until they are hits.</summary>
    protected void FillLists()
    {
        Lists();
        Lists().Hits.ShouldBe("1,2,3");
    }

    /// <summary>What the database has.</summary>
    protected string TrueLists()
    {
        using var db = Library.Uncached();
        return string.Join(' ', Enumerable.Range(1, 3).Select(id => $"{id}:{string.Join(',', db.Posts.Where(p => p.BlogId == id).OrderBy(p => p.Id).Select(p => p.Id).ToList())}"));
    }

    /// <summary>Looks at the lists after the last write, which other writes may have preceded.</summary>
    protected void ShouldBeRight(string expected)
    {
        TrueLists().ShouldBe(expected);
        Lists().Lists.ShouldBe(expected);
        Lists().ShouldBe((expected, "1,2,3"));
    }
}
