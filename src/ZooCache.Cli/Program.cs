using Spectre.Console;
using ZooCache.Cli;

if (Console.IsOutputRedirected)
{
    // Whoever reads it has no width.
    AnsiConsole.Profile.Width = 1000;
}

var parsed = CommandLine.Make().Parse(args);
var code = await parsed.InvokeAsync();
return parsed.Errors.Count > 0 ? ExitCode.Unasked : code;
