using System.CommandLine;

namespace ZooCache.Cli;

/// <summary>Prints what a shell needs to complete the tool's command line: it asks the tool, by System.CommandLine's <c>[suggest]</c>.</summary>
internal static class Completion
{
    private const string Bash = """
        _zoocache() { local IFS=$'\n'; COMPREPLY=($(compgen -W "$(zoocache "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}")); }
        complete -F _zoocache zoocache
        """;

    private const string Zsh = """
        _zoocache() { local -a all; all=("${(@f)$(zoocache "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}"); compadd -- $all; }
        compdef _zoocache zoocache
        """;

    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName zoocache -ScriptBlock { param($word, $line, $at) zoocache "[suggest:$at]" "$line" | Where-Object { $_ -like "$word*" } }
        """;

    internal static Command Make()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or pwsh." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "pwsh");
        var command = new Command("completion", "What a shell needs to complete the command line: source <(zoocache completion bash)");
        command.Arguments.Add(shell);
        command.SetAction(parsed => Console.WriteLine(parsed.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => PowerShell }));
        return command;
    }
}
