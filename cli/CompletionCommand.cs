using System.CommandLine;

namespace Rke.Cli;

/// <summary><c>rkectl completion</c> prints a completion script for a shell.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # eval "$(rkectl completion bash)"
        _rkectl() {
          mapfile -t COMPREPLY < <(rkectl "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)
        }
        complete -o default -F _rkectl rkectl
        """;

    private const string Zsh = """
        # eval "$(rkectl completion zsh)"
        _rkectl() {
          local -a candidates
          candidates=("${(@f)$(rkectl "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
          compadd -- $candidates || _files
        }
        compdef _rkectl rkectl
        """;

    private const string Fish = """
        # rkectl completion fish | source
        complete -c rkectl -a '(rkectl "[suggest:"(commandline -C)"]" (commandline -p) 2>/dev/null)'
        """;

    public static Command Create(Terminal terminal)
    {
        var shell = new Argument<string>("shell") { Description = "The shell: bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command(
            "completion", "Print a completion script for a shell.") { shell };
        command.SetAction(parsed => terminal.Out.WriteLine(parsed.GetRequiredValue(shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            _ => Fish,
        }));
        return command;
    }
}
