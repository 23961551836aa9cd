using BenchmarkDotNet.Attributes;
using ZooCache.RowSets;

namespace ZooCache.Benchmarks.Micro;

/// <summary>Writing and reading the buffer of a result: four numbers, a text and a text that may be null.</summary>
[MemoryDiagnoser]
public class RowSetBenchmarks
{
    private const int Texts = 4;

    private readonly RowLayout layout = new(
        [ValueKind.Int32, ValueKind.Int64, ValueKind.Double, ValueKind.DateTime, ValueKind.String, ValueKind.String]);

    private RowSet rows = null!;

    [Params(1, 100)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Fill() => rows = Build();

    [Benchmark]
    public object Write() => Build();

    [Benchmark]
    public long Read()
    {
        var sum = 0L;
        for (var row = 0; row < rows.RowCount; row++)
        {
            for (var column = 0; column < Texts; column++)
            {
                sum += rows.IsNull(row, column) ? 0 : (long)rows.Word(row, column);
            }

            for (var column = Texts; column < layout.ColumnCount; column++)
            {
                sum += rows.IsNull(row, column) ? 0 : ((string)rows.Reference(row, column)!).Length;
            }
        }

        return sum;
    }

    private RowSet Build()
    {
        var builder = new RowSetBuilder(layout);
        for (var row = 0; row < Rows; row++)
        {
            builder.BeginRow();
            for (var column = 0; column < Texts; column++)
            {
                builder.Set(column, (ulong)(row + column));
            }

            builder.Set(Texts, "a name", WordCodec.SizeOf("a name"));
            builder.SetNull(Texts + 1);
            builder.CommitRow();
        }

        return builder.Build();
    }
}
