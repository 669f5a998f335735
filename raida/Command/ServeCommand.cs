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

    private static readonly KeyServerOptions s_defaults = new();

    private static readonly Option<IPEndPoint> s_listen = new("--listen")
    {
        HelpName = "address:port",
        Description = "Where RAIDA 0 would listen; RAIDA n listens on port + n. Port 0 takes free ports. Default: 127.0.0.1:50000",
        CustomParser = result => Parse<IPEndPoint>(
            result, "an address and a port, such as 127.0.0.1:50000 or [::1]:50000", IPEndPoint.TryParse!),
    };

    private static readonly Option<byte[]> s_numbers = new("--raida")
    {
        HelpName = "numbers",
        Description = "Which numbers to serve, such as 14, 0-24 or 0,3,5-7. Default: 0-24",
        CustomParser = result => Parse<byte[]>(
            result, "numbers from 0 to 24, such as 14, 0-24 or 0,3,5-7", NumberRange.TryParse),
    };

    private static readonly Option<ushort> s_network = new("--network")
    {
        HelpName = "number",
        Description = "The network (coin id) that requests must name; 6 is CloudCoin",
        DefaultValueFactory = _ => s_defaults.Network,
    };

    private static readonly Option<WireProfile> s_profile = new("--profile")
    {
        HelpName = "rke|raidax",
        Description = "The dialect: rke as documented, raidax as the deployed server",
        DefaultValueFactory = _ => s_defaults.Profile,
    };

    private static readonly Option<ResponseIv> s_responseIv = new("--response-iv")
    {
        HelpName = "same|continued",
        Description = "Where the keystream of an answer starts: as the request's, or where that ended",
        DefaultValueFactory = _ => s_defaults.ResponseIv,
    };

    private static readonly Option<string[]> s_coins = new("--coins")
    {
        HelpName = "folder or file",
        Description = "RAIDA key files of formats 9 and A; may be given several times",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<int> s_makeCoins = new("--make-coins")
    {
        HelpName = "count",
        Description = "Make this many coins and keep them in the (first) --coins folder, if that was not done before",
    };

    private static readonly Option<FileInfo?> s_zone = new("--zone")
    {
        HelpName = "file",
        Description = "Names to answer, a record a line: 'name A 192.0.2.1', 'name SRV 192.0.2.1:75', 'name TXT \"text\"'",
    };

    private static readonly Option<TimeSpan> s_keyLife = new("--key-life")
    {
        HelpName = "hh:mm:ss",
        Description = "How long a key part waits",
        DefaultValueFactory = _ => s_defaults.KeyLife,
    };

    private static readonly Option<int> s_maxKeys = new("--max-keys")
    {
        HelpName = "count",
        Description = "How many key parts may wait, all numbers together",
        DefaultValueFactory = _ => s_defaults.MaxKeys,
    };

    private static readonly Option<int?> s_postLimit = new("--post-limit")
    {
        HelpName = "count",
        Description = "How often a coin may post to one number in a window; then status 7. Without it: no limit",
    };

    private static readonly Option<TimeSpan> s_postWindow = new("--post-window")
    {
        HelpName = "hh:mm:ss",
        Description = "The window of --post-limit",
        DefaultValueFactory = _ => s_defaults.PostWindow,
    };

    private static readonly Option<TimeSpan> s_replyLife = new("--reply-life")
    {
        HelpName = "hh:mm:ss",
        Description = "How long an answer is kept for the same datagram coming again",
        DefaultValueFactory = _ => s_defaults.ReplyLife,
    };

    private static readonly Option<int?> s_loops = new("--loops")
    {
        HelpName = "count",
        Description = "Receiving threads a number. Default: one, or one a processor when one number is served",
    };

    private static readonly Option<FileInfo?> s_history = new("--history")
    {
        HelpName = "file",
        Description = "For tests: write what becomes of every key part as JSON lines, without key bytes",
    };

    private static readonly Option<Impairment> s_requests = MakeImpairment("--requests", "requests");

    private static readonly Option<Impairment> s_answers = MakeImpairment("--answers", "answers");

    private static readonly Option<ulong> s_seed = new("--seed")
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
            s_listen, s_numbers, s_network, s_profile, s_responseIv, s_coins, s_makeCoins, s_zone, s_keyLife, s_maxKeys,
            s_postLimit, s_postWindow, s_replyLife, s_loops, s_history, s_requests, s_answers, s_seed,
        ];
        foreach (var option in options)
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, stop) => new ServeRun
        {
            Options = Read(parsed),
            CoinPaths = parsed.GetValue(s_coins)!,
            CoinsToMake = parsed.GetValue(s_makeCoins),
            Zone = parsed.GetValue(s_zone),
            History = parsed.GetValue(s_history),
        }.RunAsync(stop));
        return command;
    }

    private delegate bool Parser<T>(string text, out T value);

    private static KeyServerOptions Read(ParseResult parsed) => new()
    {
        Listen = parsed.GetValue(s_listen) ?? new IPEndPoint(IPAddress.Loopback, DefaultPort),
        Numbers = parsed.GetValue(s_numbers) ?? s_defaults.Numbers,
        Network = parsed.GetValue(s_network),
        Profile = parsed.GetValue(s_profile),
        ResponseIv = parsed.GetValue(s_responseIv),
        KeyLife = parsed.GetValue(s_keyLife),
        MaxKeys = parsed.GetValue(s_maxKeys),
        PostLimit = parsed.GetValue(s_postLimit),
        PostWindow = parsed.GetValue(s_postWindow),
        ReplyLife = parsed.GetValue(s_replyLife),
        ReceiveLoops = parsed.GetValue(s_loops),
        Requests = parsed.GetValue(s_requests) ?? Impairment.None,
        Answers = parsed.GetValue(s_answers) ?? Impairment.None,
        Seed = parsed.GetValue(s_seed),
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
