using System.CommandLine;
using Google.Protobuf;

namespace Rke.Cli;

/// <summary>The argument with the id of a session.</summary>
internal static class SessionIdArgument
{
    public static Argument<HexValue?> Create() => new("id")
    {
        Description = "The session's id: 32 hexadecimal digits.",
        CustomParser = OptionParsers.Hex16,
    };

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
