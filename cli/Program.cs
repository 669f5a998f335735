using System.CommandLine;

namespace Rke.Cli;

/// <summary>The command tree of rkectl, and the exit code for each exception.</summary>
internal static class Program
{
    private const string JsonVariable = "RKE_JSON";

    private static async Task<int> Main(string[] args)
    {
        var terminal = Terminal.Standard();
        var isJson = Variables.Get(JsonVariable) is "1" or "true";
        var root = CreateRoot(terminal, isJson);
        try
        {
            // In rkectl, '@' separates a part's hash from its server. It does not start the name of a response file.
            var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Errors.Count > 0 && parsed.Action is not { ClearsParseErrors: true })
            {
                throw new FailureException(UsageFailure.Of(parsed));
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
            FailureWriter.Write(failure, terminal, isJson || args.Contains("--json"));
            return (int)failure.ExitCode;
        }
    }

    /// <summary>Creates all commands.</summary>
    /// <param name="terminal">The streams of the process.</param>
    /// <param name="isJson">Whether the output is JSON without the option.</param>
    internal static RootCommand CreateRoot(Terminal terminal, bool isJson)
    {
        var json = new Option<bool>("--json")
        {
            Description = $"Print JSON, also for errors. Environment variable: {JsonVariable}=1.",
            Recursive = true,
            DefaultValueFactory = _ => isJson,
        };
        var root = new RootCommand("Exchange keys through an RKE gateway, make RAIDA key files, and decode frames.")
        {
            json,
            PostCommand.Create(terminal, json),
            GetCommand.Create(terminal, json),
            SignalCommand.Create(terminal, json),
            LookupCommand.Create(terminal, json),
            CheckCommand.Create(terminal, json),
            DoctorCommand.Create(terminal, json),
            StatusCommand.Create(terminal, json),
            ServersCommand.Create(terminal, json),
            CoinsCommand.Create(terminal, json),
            new Command("session", "Initiate sessions, and receive the sessions that arrived at a gateway.")
            {
                SessionInitiateCommand.Create(terminal, json),
                SessionAcceptCommand.Create(terminal, json),
                SessionListCommand.Create(terminal, json),
                SessionWatchCommand.Create(terminal, json),
                SessionClaimCommand.Create(terminal, json),
                SessionStateCommands.Acknowledge(terminal, json),
                SessionStateCommands.Show(terminal, json),
                SessionStateCommands.Close(terminal, json),
            },
            new Command("agent", "Keep the keys of programs fresh at both ends: WireGuard, strongSwan, TLS with a pre-shared key, and others.")
            {
                AgentCommand.Create(terminal, json),
                AgentStatusCommand.Create(terminal, json),
            },
            new Command("account", "Enrol a gateway in a network.") { AccountOpenCommand.Create(terminal, json) },
            new Command("dns", "Make and check the DNS records of a domain.")
            {
                DnsMakeCommand.Create(terminal, json),
                DnsCheckCommand.Create(terminal, json),
            },
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
            ConfigCommand.Create(terminal, json),
            CompletionCommand.Create(terminal),
        };
        root.Add(HelpCommand.Create(root));
        HelpWithExamples.AddTo(root);
        return root;
    }

    private static Failure Explain(Exception exception) => exception switch
    {
        FailureException known => known.Failure,
        OperationCanceledException => new(ExitCode.Cancelled, "Interrupted."),
        IOException or UnauthorizedAccessException => new(ExitCode.Usage, exception.Message),
        _ => new(ExitCode.Unexpected, $"rkectl has failed: {exception.Message}")
        {
            Advice = "This is a bug in rkectl. Please report it with the command line.",
        },
    };
}
