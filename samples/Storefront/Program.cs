using Storefront;
using Storefront.Load;
using Storefront.Node;
using Storefront.Shop;

// One program, so that a clone needs one build: what makes the shop, what serves it, and what puts it under load. run.sh does all in order.
const string Usage = """
    usage: Storefront seed --postgres CONNECTION [--remove]
           Storefront node --postgres CONNECTION --redis CONFIGURATION [--url URL] [--strict]
           Storefront load --nodes URL,URL,… [--seconds S] [--clients N] [--seed N] [--strict] [--json]
    """;

try
{
    var arguments = new Arguments(args);
    return arguments.Mode switch
    {
        "seed" => await ShopSeed.RunAsync(arguments),
        "node" => await NodeServer.RunAsync(arguments),
        "load" => await LoadRun.RunAsync(arguments),
        _ => throw new FormatException(Usage),
    };
}
catch (FormatException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}
catch (TimeoutException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
