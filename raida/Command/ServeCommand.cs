using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Rke.Raida.Impairments;
using Rke.Raida.Serving;
using Rke.Wire;

namespace Rke.Raida.Command;

/// <summary>The command line of the key server.</summary>
internal static class ServeCommand
{
    private const int DefaultPort = 50000;

    private static readonly KeyServerOptions Defaults = new();

    private static readonly Option<IPEndPoint> Listen = new("--listen")
    {
        HelpName = "address:port",
        Description = "Where RAIDA 0 would listen; RAIDA n listens on port + n. Port 0 takes free ports. "
            + "Default: 127.0.0.1:50000",
        CustomParser = result => Parse<IPEndPoint>(
            result, "an address and a port, such as 127.0.0.1:50000 or [::1]:50000", IPEndPoint.TryParse!),
    };

    private static readonly Option<byte[]> Numbers = new("--raida")
    {
        HelpName = "numbers",
        Description = "Which numbers to serve, such as 14, 0-24 or 0,3,5-7. Default: 0-24",
        CustomParser = result => Parse<byte[]>(
            result, "numbers from 0 to 24, such as 14, 0-24 or 0,3,5-7", NumberRange.TryParse),
    };

    private static readonly Option<ushort> Network = new("--network")
    {
        HelpName = "number",
        Description = "The network (coin id) that requests must name; 6 is CloudCoin",
        DefaultValueFactory = _ => Defaults.Network,
    };

    private static readonly Option<WireProfile> Profile = new("--profile")
    {
        HelpName = "rke|raidax",
        Description = "The dialect: rke as documented, raidax as the deployed server",
        DefaultValueFactory = _ => Defaults.Profile,
    };

    private static readonly Option<ResponseIv> ResponseIv = new("--response-iv")
    {
        HelpName = "same|continued",
        Description = "Where the keystream of an answer starts: as the request's, or where that ended",
        DefaultValueFactory = _ => Defaults.ResponseIv,
    };

    private static readonly Option<string[]> Coins = new("--coins")
    {
        HelpName = "folder or file",
        Description = "RAIDA key files of formats 9 and A; may be given several times",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<int> MakeCoins = new("--make-coins")
    {
        HelpName = "count",
        Description = "Make this many coins and keep them in the (first) --coins folder, if that was not done before",
    };

    private static readonly Option<FileInfo?> Zone = new("--zone")
    {
        HelpName = "file",
        Description = "Names to answer, a record a line: "
            + "'name A 192.0.2.1', 'name SRV 192.0.2.1:75', 'name TXT \"text\"'",
    };

    private static readonly Option<TimeSpan> KeyLife = new("--key-life")
    {
        HelpName = "hh:mm:ss",
        Description = "How long a key part waits",
        DefaultValueFactory = _ => Defaults.KeyLife,
    };

    private static readonly Option<int> MaxKeys = new("--max-keys")
    {
        HelpName = "count",
        Description = "How many key parts may wait, all numbers together",
        DefaultValueFactory = _ => Defaults.MaxKeys,
    };

    private static readonly Option<int?> PostLimit = new("--post-limit")
    {
        HelpName = "count",
        Description = "How often a coin may post to one number in a window; then status 7. Without it: no limit",
    };

    private static readonly Option<TimeSpan> PostWindow = new("--post-window")
    {
        HelpName = "hh:mm:ss",
        Description = "The window of --post-limit",
        DefaultValueFactory = _ => Defaults.PostWindow,
    };

    private static readonly Option<TimeSpan> ReplyLife = new("--reply-life")
    {
        HelpName = "hh:mm:ss",
        Description = "How long an answer is kept for the same datagram coming again",
        DefaultValueFactory = _ => Defaults.ReplyLife,
    };

    private static readonly Option<int?> Loops = new("--loops")
    {
        HelpName = "count",
        Description = "Receiving threads a number. Default: one, or one a processor when one number is served",
    };

    private static readonly Option<FileInfo?> History = new("--history")
    {
        HelpName = "file",
        Description = "For tests: write what becomes of every key part as JSON lines, without key bytes",
    };

    private static readonly Option<Impairment> Requests = MakeImpairment("--requests", "requests");

    private static readonly Option<Impairment> Answers = MakeImpairment("--answers", "answers");

    private static readonly Option<ulong> Seed = new("--seed")
    {
        HelpName = "number",
        Description = "For tests: the seed of --requests and --answers; the same seed, the same losses",
    };

    /// <summary>The root command.</summary>
    public static RootCommand Create()
    {
        var command = new RootCommand(
            "A RAIDA key server that speaks the wire of docs/WIRE.md: for development, tests and small networks. "
            + "It keeps key parts in memory only, until they are read, overwritten or expired.");
        Option[] options =
        [
            Listen, Numbers, Network, Profile, ResponseIv, Coins, MakeCoins, Zone, KeyLife, MaxKeys,
            PostLimit, PostWindow, ReplyLife, Loops, History, Requests, Answers, Seed,
        ];
        foreach (var option in options)
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, stop) => new ServeRun
        {
            Options = Read(parsed),
            CoinPaths = parsed.GetValue(Coins)!,
            CoinsToMake = parsed.GetValue(MakeCoins),
            Zone = parsed.GetValue(Zone),
            History = parsed.GetValue(History),
        }.RunAsync(stop));
        return command;
    }

    private delegate bool Parser<T>(string text, out T value);

    private static KeyServerOptions Read(ParseResult parsed) => new()
    {
        Listen = parsed.GetValue(Listen) ?? new IPEndPoint(IPAddress.Loopback, DefaultPort),
        Numbers = parsed.GetValue(Numbers) is { Length: > 0 } numbers ? numbers : Defaults.Numbers,
        Network = parsed.GetValue(Network),
        Profile = parsed.GetValue(Profile),
        ResponseIv = parsed.GetValue(ResponseIv),
        KeyLife = parsed.GetValue(KeyLife),
        MaxKeys = parsed.GetValue(MaxKeys),
        PostLimit = parsed.GetValue(PostLimit),
        PostWindow = parsed.GetValue(PostWindow),
        ReplyLife = parsed.GetValue(ReplyLife),
        ReceiveLoops = parsed.GetValue(Loops),
        Requests = parsed.GetValue(Requests) ?? Impairment.None,
        Answers = parsed.GetValue(Answers) ?? Impairment.None,
        Seed = parsed.GetValue(Seed),
    };

    private static Option<Impairment> MakeImpairment(string name, string what) => new(name)
    {
        HelpName = "impairment",
        Description = $"For tests: what happens to {what} on their way, such as {ImpairmentText.Form} (shares of 1)",
        CustomParser = result => Parse<Impairment>(
            result, $"of the form {ImpairmentText.Form}", ImpairmentText.TryParse),
    };

    private static T? Parse<T>(ArgumentResult result, string what, Parser<T> parser)
        where T : class
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (parser(text, out var value))
        {
            return value;
        }

        result.AddError($"'{text}' is wrong: it must be {what}.");
        return null;
    }
}
