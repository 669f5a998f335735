using System.CommandLine;
using Rke.V1;

namespace Rke.Cli;

/// <summary>How a session's key is cut, and which key servers its parts go to.</summary>
internal sealed class SessionOrderOptions
{
    private readonly Option<uint> _keySize = new("--key-size")
    {
        Description = "The key's length in bytes: 16 to 640, a multiple of 4; 32 when left out.",
        HelpName = "bytes",
    };

    private readonly Option<uint> _parts = new("--parts")
    {
        Description = "How many parts, 1-16; 4 when left out.",
        HelpName = "count",
    };

    private readonly Option<uint[]> _lengths = Numbers("--part-length", "bytes", "The length of each part, in order.");

    private readonly Option<uint> _network = new("--network")
    {
        Description = "Only key servers of this network; any that both sides have when left out.",
    };

    private readonly Option<uint[]> _only = Numbers("--only-raida", "number", "Only key servers with these numbers.");
    private readonly Option<uint[]> _exclude = Numbers("--exclude-raida", "number", "No key servers with these numbers.");
    private readonly Option<uint[]> _prefer = Numbers("--prefer-raida", "number", "These key servers before others.");

    private SessionOrderOptions(Command command)
    {
        foreach (var option in (Option[])[_keySize, _parts, _lengths, _network, _only, _exclude, _prefer])
        {
            command.Add(option);
        }
    }

    public static SessionOrderOptions AddTo(Command command) => new(command);

    public InitiateSessionRequest Read(ParseResult parsed) => new()
    {
        KeySize = parsed.GetValue(_keySize),
        PartCount = parsed.GetValue(_parts),
        PartLengths = { parsed.GetValue(_lengths) ?? [] },
        Preferences = new()
        {
            Network = parsed.GetValue(_network),
            OnlyRaidaIds = { parsed.GetValue(_only) ?? [] },
            ExcludeRaidaIds = { parsed.GetValue(_exclude) ?? [] },
            PreferRaidaIds = { parsed.GetValue(_prefer) ?? [] },
        },
    };

    private static Option<uint[]> Numbers(string name, string helpName, string description) => new(name)
    {
        Description = $"{description} May be given several times.",
        HelpName = helpName,
        AllowMultipleArgumentsPerToken = true,
    };
}
