using System.CommandLine;
using Rke.V1;

namespace Rke.Cli;

/// <summary>The options for the parts of a session's key and for their key servers.</summary>
internal sealed class SessionPlanOptions
{
    private readonly Option<uint> _keySize = new("--key-size")
    {
        Description = "The length of the key in bytes: 16 to 640, a multiple of 4. Default: 32.",
        HelpName = "bytes",
    };

    private readonly Option<uint> _parts = new("--parts")
    {
        Description = "The number of parts, 1-16. Default: 4.",
        HelpName = "count",
    };

    private readonly Option<uint[]> _lengths = Numbers("--part-length", "bytes", "The length of a part, in order.");

    private readonly Option<uint?> _network = new("--network")
    {
        Description = "Use only key servers of this network. 0 = the gateway's default network. Default: any network that both sides have.",
    };

    private readonly Option<uint[]> _only = Numbers("--only-raida", "number", "Use only key servers with this number.");
    private readonly Option<uint[]> _exclude = Numbers("--exclude-raida", "number", "Do not use key servers with this number.");
    private readonly Option<uint[]> _prefer = Numbers("--prefer-raida", "number", "Use key servers with this number first.");

    private readonly Option<string> _transport = new("--transport")
    {
        Description = "How the receiver learns of the parts: a Signal over UDP, or Exchange Keys over TCP, which can resume an earlier session.",
        DefaultValueFactory = _ => "signal",
    };

    private SessionPlanOptions(Command command)
    {
        _transport.AcceptOnlyFromAmong("signal", "exchange");
        foreach (var option in (Option[])[_keySize, _parts, _lengths, _network, _only, _exclude, _prefer, _transport])
        {
            command.Add(option);
        }
    }

    public static SessionPlanOptions AddTo(Command command) => new(command);

    public InitiateSessionRequest Read(ParseResult parsed)
    {
        var request = new InitiateSessionRequest
        {
            KeySize = parsed.GetValue(_keySize),
            PartCount = parsed.GetValue(_parts),
            PartLengths = { parsed.GetValue(_lengths) ?? [] },
            Preferences = new()
            {
                OnlyRaidaIds = { parsed.GetValue(_only) ?? [] },
                ExcludeRaidaIds = { parsed.GetValue(_exclude) ?? [] },
                PreferRaidaIds = { parsed.GetValue(_prefer) ?? [] },
            },
        };
        if (parsed.GetValue(_transport) == "exchange")
        {
            request.Transport = InitiateSessionRequest.Types.Transport.Exchange;
        }

        if (parsed.GetValue(_network) is { } network)
        {
            request.Preferences.Network = network;
        }

        return request;
    }

    private static Option<uint[]> Numbers(string name, string helpName, string description) => new(name)
    {
        Description = $"{description} Can be given several times.",
        HelpName = helpName,
        AllowMultipleArgumentsPerToken = true,
    };
}
