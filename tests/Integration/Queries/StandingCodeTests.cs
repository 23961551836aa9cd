using System.Linq.Expressions;
using ZooCache.EFCore.Queries;

namespace ZooCache.Integration.Tests.Queries;

/// <summary>Lambdas within compiled queries that are compiled once, and those that can't be.</summary>
public sealed class StandingCodeTests
{
    private static readonly ParameterExpression Number = Expression.Parameter(typeof(int), "number");
    private static readonly ParameterExpression Other = Expression.Parameter(typeof(int), "other");

    [Fact]
    public void WhenALambdaUsesNothingAroundIt_ItIsTheSameInEachRun()
    {
        var twice = Expression.Lambda<Func<int, int>>(Expression.Multiply(Other, Expression.Constant(2)), Other);
        var (run, plain) = Compile<Func<int, int>>(twice);

        Assert.Equal(42, run(1)(21));
        Assert.Same(run(1), run(2));
        Assert.NotSame(plain(1), plain(2));
    }

    [Fact]
    public void WhenALambdaUsesAVariableAroundIt_ItIsMadeAnew()
    {
        var plus = Expression.Lambda<Func<int, int>>(Expression.Add(Number, Other), Other);
        var (run, _) = Compile<Func<int, int>>(plus);

        Assert.Equal((11, 12), (run(1)(10), run(2)(10)));
    }

    [Fact]
    public void WhenALambdaHasTheParameterThatIsAroundIt_ItUsesItsOwn()
    {
        var same = Expression.Lambda<Func<int, int>>(Expression.Add(Number, Expression.Constant(1)), Number);
        var (run, _) = Compile<Func<int, int>>(same);

        Assert.Equal(6, run(1)(5));
        Assert.Same(run(1), run(2));
    }

    [Fact]
    public void WhenALambdaIsWithinAnother_ItUsesWhatIsBetween()
    {
        var innermost = Expression.Lambda<Func<int>>(Other);
        var middle = Expression.Lambda<Func<int, Func<int>>>(innermost, Other);
        var (run, _) = Compile<Func<int, Func<int>>>(middle);

        Assert.Same(run(1), run(2));
        Assert.Equal((7, 8), (run(1)(7)(), run(1)(8)()));
    }

    [Fact]
    public void VariablesOfBlocksAndCatches_AreUsedOnlyWhereTheyAreDeclared()
    {
        var variable = Expression.Variable(typeof(int), "variable");
        var caught = Expression.Parameter(typeof(Exception), "caught");
        var uses = Expression.Lambda<Func<int>>(Expression.Block(
            [variable],
            Expression.Assign(variable, Expression.Constant(3)),
            Expression.TryCatch(
                Expression.Throw(Expression.New(typeof(InvalidOperationException)), typeof(int)),
                Expression.Catch(caught, Expression.Add(variable, Expression.Property(Expression.Property(caught, "Message"), "Length"))))));
        var (run, plain) = Compile<Func<int>>(uses);

        Assert.Same(run(1), run(2));
        Assert.Equal(plain(1)(), run(1)());

        // The variable is declared within, left, and then taken from around.
        var mixed = Expression.Lambda<Func<int>>(Expression.Add(
            Expression.Block([Number], Expression.Assign(Number, Expression.Constant(100)), Number), Number));
        var (mixedRun, _) = Compile<Func<int>>(mixed);
        Assert.Equal((101, 102), (mixedRun(1)(), mixedRun(2)()));
    }

    [Fact]
    public void WhenALambdaIsWantedAsAnExpression_ItStaysOne()
    {
        var quoted = Expression.Lambda<Func<int, int>>(Expression.Add(Number, Other), Other);
        var (run, _) = Compile<Expression<Func<int, int>>>(Expression.Quote(quoted));

        Assert.Equal((11, 12), (run(1).Compile()(10), run(2).Compile()(10)));

        // What a quoted one uses is used by the one around it.
        var around = Expression.Lambda<Func<Expression<Func<int, int>>>>(Expression.Quote(quoted));
        var (aroundRun, _) = Compile<Func<Expression<Func<int, int>>>>(around);
        Assert.Equal((11, 12), (aroundRun(1)().Compile()(10), aroundRun(2)().Compile()(10)));
    }

    /// <summary>Code that gives the value for a number that it is called with: as it is compiled with lambdas that stand, and plainly.</summary>
    private static (Func<int, T> Run, Func<int, T> Plain) Compile<T>(Expression value)
    {
        var standing = StandingCode.In(value);
        return (Expression.Lambda<Func<int, T>>(standing, Number).Compile(), Expression.Lambda<Func<int, T>>(value, Number).Compile());
    }
}
