using Microsoft.EntityFrameworkCore;
using Quickstart.Checking;
using Quickstart.Load;
using Quickstart.Shop;
using ZooCache.EFCore;

namespace ZooCache.Benchmarks.Precision;

/// <summary>
/// Fills the cache, then writes, and after each write asks for every entry: of the database, whether its answer is another one
/// now; of the cache, whether it still has it. One write at a time, nothing beside it.
/// </summary>
/// <remarks>
/// <para>Asking the cache for an entry that is gone loads it, so that all stand again before the next write.</para>
/// <para>Whether an answer has changed is found by all columns of the command that EF sends for it, in the order in which rows
/// come. A hit on a changed answer is then compared as the application sees it, with what EF gives without a cache; only if
/// these differ it is stale. Now and then, and at the end, all hits are compared like that, changed or not.</para>
/// </remarks>
internal sealed class PrecisionRun(ShopUnderTest shop, PrecisionOptions options, bool detached)
{
    private const int AuditEvery = 40;
    private const int SabotageEvery = 4;

    private readonly List<Entry> entries = [];
    private readonly Dictionary<(string Shape, string Write), Tally> tallies = [];
    private bool foundStale;

    public IReadOnlyDictionary<(string Shape, string Write), Tally> Tallies => tallies;

    public int Changes { get; private set; }

    public int EntriesOf(Shape shape) => entries.Count(e => e.Shape == shape.Name);

    public async Task RunAsync()
    {
        var random = new Random(options.Seed);
        await FillAsync(random);
        for (var write = 1; write <= options.Writes; write++)
        {
            var past = options.Sabotage && write % SabotageEvery == 0;
            var name = await WriteAsync(random, past ? shop.Uncached : shop.Precise);
            await ObserveAsync(name);
            if (write % AuditEvery == 0 || write == options.Writes)
            {
                await AuditAsync(name);
            }

            if (foundStale)
            {
                await RefillAsync();
            }
        }
    }

    private async Task FillAsync(Random random)
    {
        foreach (var shape in Shape.All)
        {
            foreach (var question in shape.Draw(random))
            {
                var command = await shop.RecordAsync(question);
                entries.Add(new Entry(shape.Name, question, command) { Answer = shop.Database.Ask(command) });
            }
        }

        // A query's first run may tell the cache of columns to keep apart, which counts as a write to its table.
        await RefillAsync();
        await RefillAsync();
        foreach (var entry in entries)
        {
            foreach (var contexts in (IDbContextFactory<ShopContext>[])[shop.Precise, shop.TableLevel])
            {
                if (await ShopUnderTest.AskAsync(contexts, entry.Ask) is (_, { Source: not QueryResultSource.Hit } outcome))
                {
                    throw new InvalidOperationException($"{entry.Shape}: was to be in the cache, but is not ({outcome}): {entry.Command.Text}");
                }
            }
        }
    }

    /// <summary>After an answer that is wrong nothing tells how the next should be judged, so all begin anew.</summary>
    private async Task RefillAsync()
    {
        foundStale = false;
        shop.Clear();
        foreach (var entry in entries)
        {
            await ShopUnderTest.AskAsync(shop.Precise, entry.Ask);
            await ShopUnderTest.AskAsync(shop.TableLevel, entry.Ask);
        }
    }

    /// <summary>Makes one write of the shop's mix, and returns its name.</summary>
    private async Task<string> WriteAsync(Random random, IDbContextFactory<ShopContext> through)
    {
        while (true)
        {
            var kind = WriteKind.Mix.Draw(random);
            var command = kind.Prepare(random);
            if (detached && kind.Form == WriteForm.Update)
            {
                command = shop.Detached.Of(command);
            }

            if (await through.WriteAsync(command, retried: static () => { }))
            {
                return kind.Name;
            }
        }
    }

    private async Task ObserveAsync(string write)
    {
        foreach (var entry in entries)
        {
            var answer = shop.Database.Ask(entry.Command);
            var changed = !answer.SequenceEqual(entry.Answer);
            entry.Answer = answer;

            var precise = await ShopUnderTest.AskAsync(shop.Precise, entry.Ask);
            var table = await ShopUnderTest.AskAsync(shop.TableLevel, entry.Ask);
            var tally = TallyOf(entry.Shape, write);
            if (changed)
            {
                Changes++;
                tally.AddChanged();
                await JudgeAsync(entry, precise, tally);
                await JudgeAsync(entry, table, tally);
            }
            else
            {
                tally.AddUnchanged(IsHit(precise.Outcome), IsHit(table.Outcome));
            }
        }
    }

    private async Task AuditAsync(string write)
    {
        foreach (var entry in entries)
        {
            await JudgeAsync(entry, await ShopUnderTest.AskAsync(shop.Precise, entry.Ask), TallyOf(entry.Shape, write));
            await JudgeAsync(entry, await ShopUnderTest.AskAsync(shop.TableLevel, entry.Ask), TallyOf(entry.Shape, write));
        }
    }

    private async Task JudgeAsync(Entry entry, (object? Value, QueryOutcome? Outcome) asked, Tally tally)
    {
        if (IsHit(asked.Outcome) && !Answer.Of(asked.Value).SameAs(Answer.Of(await shop.AskUncachedAsync(entry.Ask))))
        {
            tally.AddStale();
            foundStale = true;
        }
    }

    private Tally TallyOf(string shape, string write) =>
        tallies.TryGetValue((shape, write), out var tally) ? tally : tallies[(shape, write)] = new Tally();

    private static bool IsHit(QueryOutcome? outcome) => outcome is { Source: QueryResultSource.Hit };

    private sealed record Entry(string Shape, Func<ShopContext, Task<object?>> Ask, RecordedCommand Command)
    {
        /// <summary>What the database said last.</summary>
        public required List<object> Answer { get; set; }
    }
}
