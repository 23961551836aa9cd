using Spectre.Console;
using ZooCache.Cli;

if (Console.IsOutputRedirected)
{
    // Whoever reads it has no width.
    AnsiConsole.Profile.Width = 1000;
}

return await CommandLine.Make().Parse(args).InvokeAsync();
