using ZooCache.EFCore;
using ZooCache.EFCore.Writes;

namespace ZooCache.Integration.Tests;

/// <summary>What is added to a write after its end (a transaction that has timed out on another thread): it is invalidated, here and elsewhere.</summary>
public sealed class LateWriteTests : IDisposable
{
    private readonly GaugeNodes _nodes = new(CacheConsistency.Eventual);

    public void Dispose() => _nodes.Dispose();

    // Turned red by not telling it in EFWrite.Widen.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_ends_answers_on_all_nodes(bool isEmptyBefore)
    {
        var (a, b) = (_nodes[0], _nodes[1]);
        a.Fill();
        b.Fill();
        var write = TableRegistry.AllOf(a.Cache).Single().Open();
        if (!isEmptyBefore)
        {
            write.Add(new TableWrite("OTHERS", MayDelete: false, Assigned: null));
        }

        write.Complete();
        write.Add(new TableWrite("GAUGES", MayDelete: false, Assigned: null));

        a.Ask().Outcome.Source.ShouldBe(QueryResultSource.Miss);
        b.Ask().Outcome.Source.ShouldBe(QueryResultSource.Miss);
        (a.Marks, b.Marks).ShouldBe((0, 0));
        a.Cache.Node!.Position.ToTell.ShouldBe(0);
    }
}
