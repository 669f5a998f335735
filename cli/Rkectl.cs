using System.CommandLine;

namespace Rke.Cli;

/// <summary>The command line: its root, and what becomes of whatever a command throws.</summary>
internal static class Rkectl
{
    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        var json = new Option<bool>("--json") { Description = "Print JSON, errors too.", Recursive = true };
        var root = new RootCommand("Key exchange through an RKE gateway, RAIDA key files, and frames taken apart.")
        {
            json,
            PostCommand.Create(terminal, json),
            GetCommand.Create(terminal, json),
            SignalCommand.Create(terminal, json),
            LookupCommand.Create(terminal, json),
            CheckCommand.Create(terminal, json),
            new Command("session", "Make sessions, and receive those that arrived for a gateway.")
            {
                SessionInitiateCommand.Create(terminal, json),
                SessionWatchCommand.Create(terminal, json),
                SessionClaimCommand.Create(terminal, json),
                SessionByIdCommand.Show(terminal, json),
                SessionByIdCommand.Close(terminal, json),
            },
            new Command("keys", "Make and show RAIDA key files.")
            {
                KeysMakeCommand.Create(terminal, json),
                KeysShowCommand.Create(terminal, json),
            },
            new Command("frame", "Make frames and take them apart.")
            {
                FrameEncodeCommand.Create(terminal, json),
                FrameDecodeCommand.Create(terminal, json),
            },
            CompletionCommand.Create(terminal),
        };

        try
        {
            // '@' begins no file name here: it stands between a part's hash and its server.
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
            FailureText.Write(failure, terminal, args.Contains("--json"));
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
            Advice = "This is a fault of rkectl; please report it with the command line that led to it.",
        },
    };
}
