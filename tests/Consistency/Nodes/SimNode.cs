using System.Text;
using ZooCache.EFCore.Dependencies;
using ZooCache.EFCore.Nodes;
using ZooCache.EFCore.Writes;

namespace ZooCache.Consistency.Tests.Nodes;

/// <summary>A process with a cache that takes part in the log: the engine and EF Core's part of it as they are, but for the queries.</summary>
internal sealed class SimNode
{
    private const string Table = "T";
    private static readonly Family Keys = new(Table, new ValueList<FamilyColumn>([new FamilyColumn("ID", StoreKind.Integer)]), MayBeGenerated: false);
    private static readonly Family GroupsOf = new(Table, new ValueList<FamilyColumn>([new FamilyColumn("G", StoreKind.Integer)]), MayBeGenerated: false);

    private readonly SimScheduler _scheduler;
    private readonly double _takesLong;
    private readonly SimServer _server;
    private readonly SimDatabase _database;

    internal SimNode(SimScheduler scheduler, SimServer server, SimDatabase database, SimWeather weather, NodeOptions options, double takesLong)
    {
        _takesLong = takesLong;
        (_scheduler, _server, _database) = (scheduler, server, database);
        Process = new SimProcess(scheduler) { Skew = scheduler.Between(-600_000, 600_000) };
        Log = new SimLog(scheduler, server, Process, weather);
        Cache = new ZooCache(new ZooCacheOptions
        {
            TimeProvider = Process,
            Log = _ => Log,
            Nodes = options,
            ReadsStores = true,
            NodeTiming = new NodeTiming(() => (ulong)scheduler.Random.NextInt64(1, long.MaxValue)),
        });
        Node.Start();
    }

    internal SimProcess Process { get; }

    internal SimLog Log { get; }

    internal ZooCache Cache { get; }

    internal CacheNode Node => Cache.Node!;

    private TableRegistry Registry => TableRegistry.Of(Cache, EFPaths.Default);

    /// <summary>Has EF Core's part begin, as the first context does.</summary>
    internal void Begin() => Learn(Keys);

    /// <summary>Has the groups be known as something that queries ask for.</summary>
    internal void LearnGroups() => Learn(GroupsOf);

    /// <param name="query">What is asked.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="withToken">Whether it must show a write.</param>
    /// <summary>Whether the node has applied what was told of a write; it hasn't if it was taken in by an announcement of what isn't in the log.</summary>
    internal bool HasApplied(SimWrite write)
        => write.Token is { IsStamped: true } token && Node.Position is var (epoch, applied, _) && token.Epoch == epoch && token.Stamp <= applied
            && applied <= _server.Head;

    internal bool TryGet(SimQuery query, out SimAnswer answer, bool withToken = false)
    {
        var found = Cache.TryGet(KeyOf(query).Bytes, out var entry) == LookupStatus.Hit
            && (!withToken || !entry!.IsShared) && (!withToken || TagTrie.IsUntouched(entry!.Dependencies, FeedPaths.TableDepth, entry.Fence));
        answer = found ? (SimAnswer)entry!.Value : new SimAnswer([]);
        return found;
    }

    /// <summary>Asks the store that all share, if there is one, else the database; keeps the answer if it may be kept.</summary>
    /// <returns>The answer, if the store has given it.</returns>
    internal async Task<SimAnswer?> Load(SimQuery query, SimStore? store)
    {
        var family = query.ByKey ? Keys : GroupsOf;
        var dependency = Registry.IsUsable(family)
            ? new DependencyPath(Registry.Paths.Of(family, HashOf(query.Value)), Subtree: false)
            : new DependencyPath(Registry.Paths.Table(Table), Subtree: true);
        var fill = Cache.BeginFill(KeyOf(query), [dependency]);
        if (store is not null)
        {
            await Process.Delay(_scheduler.Between(0.1, _scheduler.Chance(20) ? 60 : 2));
            var kept = store.Find(query);
            await Process.Delay(_scheduler.Between(0.1, _scheduler.Chance(20) ? 60 : 2));
            if (kept is not null && Node.MayUse(fill, [dependency], kept.Epoch, kept.Stamp))
            {
                fill.IsShared = true;
                await Process.Delay(_scheduler.Between(0.05, _scheduler.Chance(20) ? 20 : 0.2));
                if (Cache.Store(fill, kept.Answer, size: 24, default, out _) == StoreOutcome.Stored)
                {
                    return kept.Answer;
                }

                fill = Cache.BeginFill(KeyOf(query), [dependency]);
            }
        }

        await Process.Delay(_scheduler.Between(0.1, _scheduler.Chance(20) ? 60 : 4));
        var answer = _database.Ask(query);
        await Process.Delay(_scheduler.Between(0.1, _scheduler.Chance(20) ? 60 : 4));
        if (Cache.Store(fill, answer, size: 24, default, out _) == StoreOutcome.Stored && store is not null)
        {
            var (epoch, stamp) = Node.SeenAt(fill.Fence);
            Process.After(_scheduler.Between(0.1, _scheduler.Chance(20) ? 800 : 3), () => Keep(store, query, new SimKept(epoch, stamp, answer), attempts: 3));
        }

        return null;
    }

    /// <summary>Keeps an answer for others once the log has shown that it has the entry by which they judge it.</summary>
    private void Keep(SimStore store, SimQuery query, SimKept kept, int attempts)
    {
        if (Node.IsVouched(kept.Epoch, kept.Stamp))
        {
            store.Keep(query, kept);
        }
        else if (attempts > 0)
        {
            Process.After(_scheduler.Between(20, 80), () => Keep(store, query, kept, attempts - 1));
        }
    }

    /// <summary>Moves a row to a group; mostly by what was read of it before.</summary>
    /// <param name="group">The group.</param>
    /// <param name="write">The write.</param>
    /// <param name="hold">How long it takes from reading the row; null to leave that, and whether it is read at all, to chance.</param>
    internal async Task Write(int group, SimWrite write, TimeSpan? hold)
    {
        var key = write.Key;
        var columns = new Dictionary<string, ColumnImage>(StringComparer.Ordinal)
        {
            ["ID"] = new ColumnImage(StoreKind.Integer, Old: Hash(key), IsUnwritten: true),
            ["G"] = new ColumnImage(StoreKind.Integer, New: Hash(group)),
        };
        var image = new RowImage(Table, RowChange.Update, columns);
        if (hold is not null || !_scheduler.Chance(_takesLong > 50 ? 5 : 20))
        {
            var fence = Cache.Trie.Sequence;
            await Process.Delay(_scheduler.Between(0.1, 3));
            columns["G"] = columns["G"] with { Read = Hash(_database.GroupOf(key)) };
            image = image with { Proof = new UnchangedSince(Registry.Paths.Of(Keys, HashOf(key)), fence) };
            await Process.Delay(hold ?? _scheduler.Between(0.1, _scheduler.Chance(_takesLong) ? 500 : 5));
        }

        var change = Registry.Open();
        change.Add([image]);
        await change.AnnounceAsync();
        await Process.Delay(_scheduler.Between(0.1, _scheduler.Chance(20) ? 100 : 3));
        _database.Commit(group, write, _scheduler.Now);
        await Process.Delay(_scheduler.Between(0.1, _scheduler.Chance(20) ? 100 : 3));
        change.Complete();
        write.Publication = change.Told;
        await Node.WaitAsync(change.Told!);
        write.Returned = _scheduler.Now;
    }

    private static CacheKey KeyOf(SimQuery query) => new(Encoding.UTF8.GetBytes($"{query}"));

    private static ulong Hash(int value) => StoreValue.TryHash(value, mapping: null, StoreKind.Integer, out var hash) ? hash : 0;

    private static ulong HashOf(int value) => StoreValue.Combine(0, Hash(value));

    private void Learn(Family family) => Registry.Learn(new FactPart(EFPaths.Default.Name, Family: family));
}
