using System.CommandLine;

namespace Rke.Cli;

/// <summary>The command tree of rkectl, and the exit code for each exception.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        var terminal = Terminal.Standard();
        var json = new Option<bool>("--json") { Description = "Print JSON, also for errors.", Recursive = true };
        var root = new RootCommand("Exchange keys through an RKE gateway, make RAIDA key files, and decode frames.")
        {
            json,
            PostCommand.Create(terminal, json),
            GetCommand.Create(terminal, json),
            SignalCommand.Create(terminal, json),
            LookupCommand.Create(terminal, json),
            CheckCommand.Create(terminal, json),
            StatusCommand.Create(terminal, json),
            ServersCommand.Create(terminal, json),
            CoinsCommand.Create(terminal, json),
            new Command("session", "Initiate sessions, and receive the sessions that arrived at a gateway.")
            {
                SessionInitiateCommand.Create(terminal, json),
                SessionListCommand.Create(terminal, json),
                SessionWatchCommand.Create(terminal, json),
                SessionClaimCommand.Create(terminal, json),
                SessionStateCommands.Acknowledge(terminal, json),
                SessionStateCommands.Show(terminal, json),
                SessionStateCommands.Close(terminal, json),
            },
            new Command("account", "Enrol a gateway in a network.") { AccountOpenCommand.Create(terminal, json) },
            new Command("keys", "Make and show RAIDA key files, and manage the keys of the key store.")
            {
                KeysMakeCommand.Create(terminal, json),
                KeysShowCommand.Create(terminal, json),
                KeysListCommand.Create(terminal, json),
                KeysAddCommand.CreateAdd(terminal, json),
                KeysAddCommand.CreateRotate(terminal, json),
                KeysImportCommand.Create(terminal, json),
                KeysExportCommand.Create(terminal, json),
                KeysExpireCommand.Create(terminal, json),
            },
            new Command("frame", "Encode and decode frames.")
            {
                FrameEncodeCommand.Create(terminal, json),
                FrameDecodeCommand.Create(terminal, json),
            },
            CompletionCommand.Create(terminal),
        };

        try
        {
            // In rkectl, '@' separates a part's hash from its server. It does not start the name of a response file.
            var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Errors.Count > 0 && parsed.Action is not { ClearsParseErrors: true })
            {
                throw new FailureException(Usage(parsed));
            }

            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = terminal.Out.Writer,
                Error = terminal.Error.Writer,
                EnableDefaultExceptionHandler = false,
            });
        }
        catch (Exception exception)
        {
            var failure = Explain(exception);
            FailureWriter.Write(failure, terminal, args.Contains("--json"));
            return (int)failure.ExitCode;
        }
    }

    private static Failure Usage(ParseResult parsed)
    {
        var command = parsed.CommandResult;
        var path = command.Command.Name;
        while (command.Parent is System.CommandLine.Parsing.CommandResult parent)
        {
            path = $"{parent.Command.Name} {path}";
            command = parent;
        }

        return new(ExitCode.Usage, string.Join(" ", parsed.Errors.Select(error => error.Message).Distinct()))
        {
            Advice = $"See '{path} --help'.",
        };
    }

    private static Failure Explain(Exception exception) => exception switch
    {
        FailureException known => known.Failure,
        OperationCanceledException => new(ExitCode.Cancelled, "Interrupted."),
        IOException or UnauthorizedAccessException => new(ExitCode.Usage, exception.Message),
        _ => new(ExitCode.Unexpected, $"{exception.GetType().Name}: {exception.Message}")
        {
            Advice = "This is a bug in rkectl. Please report it with the command line.",
        },
    };
}
