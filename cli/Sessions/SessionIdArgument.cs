using System.CommandLine;
using Google.Protobuf;
using Rke.V1;

namespace Rke.Cli;

/// <summary>The argument with the id of a session.</summary>
internal static class SessionIdArgument
{
    private const uint MaxListed = 100;

    private static readonly TimeSpan CompletionTime = TimeSpan.FromSeconds(1);

    public static Argument<HexValue?> Create() => new("id")
    {
        Description = "The session's id: 32 hexadecimal digits.",
        CustomParser = OptionParsers.Hex16,
    };

    /// <summary>Completes the id with the sessions of the gateway that the options of the command line name.</summary>
    public static void Complete(Argument<HexValue?> argument, GatewayOptions gateway, params Session.Types.State[] states) =>
        argument.CompletionSources.Add(context =>
        {
            try
            {
                var found = gateway.CallSessionsAsync(
                    context.ParseResult,
                    (client, options) => client.ListSessionsAsync(new() { PageSize = MaxListed, States = { states } }, options),
                    CancellationToken.None,
                    CompletionTime).GetAwaiter().GetResult();
                return found.Sessions.Select(session => HexText.Of(session.SessionId.Span))
                    .Where(id => id.StartsWith(context.WordToComplete, StringComparison.OrdinalIgnoreCase));
            }
            catch (FailureException)
            {
                // A shell must not show an error while the user types.
                return [];
            }
        });

    public static ByteString Read(ParseResult parsed, Argument<HexValue?> argument) =>
        ByteString.CopyFrom(parsed.GetRequiredValue(argument)!.Bytes);
}

/// <summary>The option with the peers of sessions.</summary>
internal static class SessionPeerOption
{
    public static Option<string[]> Create() => new("--peer")
    {
        Description = "Show only sessions of this peer. unknown = of no configured peer. Can be given several times.",
        HelpName = "name",
        AllowMultipleArgumentsPerToken = true,
    };
}
