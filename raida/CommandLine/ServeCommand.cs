using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Rke.Raida.Accounts;
using Rke.Raida.Impairments;
using Rke.Raida.Serving;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Raida.CommandLine;

/// <summary>The command line options of the key server.</summary>
internal static class ServeCommand
{
    private const int DefaultPort = 50000;

    private static readonly KeyServerOptions Defaults = new();
    private static readonly AccountOptions AccountDefaults = new();

    private static readonly Option<IPEndPoint> Listen = new("--listen")
    {
        HelpName = "address:port",
        Description = "Address and base port. RAIDA id n listens on port + n. With port 0, each server gets a free port. "
            + "[::] serves IPv6 and IPv4 [default: 127.0.0.1:50000]",
        CustomParser = result => Parse<IPEndPoint>(
            result, "an address and a port, such as 127.0.0.1:50000 or [::1]:50000", IPEndPoint.TryParse!),
    };

    private static readonly Option<byte[]> RaidaIds = new("--raida")
    {
        HelpName = "ids",
        Description = "RAIDA ids to serve, such as 14, 0-24 or 0,3,5-7 [default: 0-24]",
        CustomParser = result => Parse<byte[]>(
            result, "RAIDA ids from 0 to 24, such as 14, 0-24 or 0,3,5-7", RaidaIdList.TryParse),
    };

    private static readonly Option<ushort> Network = new("--network")
    {
        HelpName = "number",
        Description = "Network (coin id) of the servers. 6 is CloudCoin",
        DefaultValueFactory = _ => Defaults.Network,
    };

    private static readonly Option<WireProfile> Profile = new("--profile")
    {
        HelpName = "rke|raidax",
        Description = "Protocol profile: rke as documented, or raidax as the deployed server",
        DefaultValueFactory = _ => Defaults.Profile,
    };

    private static readonly Option<ResponseIv> ResponseIv = new("--response-iv")
    {
        HelpName = "same|continued",
        Description = "Start of the keystream of a raidax response: same as the request, or continued after it",
        DefaultValueFactory = _ => Defaults.ResponseIv,
    };

    private static readonly Option<string[]> Coins = new("--coins")
    {
        HelpName = "folder or file",
        Description = "RAIDA key files of formats 8, 9, A and B. You can give this option several times",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<int> CoinsToCreate = new("--make-coins")
    {
        HelpName = "count",
        Description = "Create this many coins on the first start, and store them in the first --coins folder",
    };

    private static readonly Option<FileInfo?> Zone = new("--zone")
    {
        HelpName = "file",
        Description = "Zone file for name lookup, with one record per line: "
            + "'name A 192.0.2.1', 'name SRV 192.0.2.1:75', 'name TXT \"text\"'",
    };

    private static readonly Option<TimeSpan> KeyLifetime = new("--key-life")
    {
        HelpName = "time",
        CustomParser = ParseTime,
        Description = "Time until a key part expires",
        DefaultValueFactory = _ => Defaults.KeyLifetime,
    };

    private static readonly Option<int> MaxKeys = new("--max-keys")
    {
        HelpName = "count",
        Description = "Maximum number of stored key parts, for all servers together",
        DefaultValueFactory = _ => Defaults.MaxKeys,
    };

    private static readonly Option<int?> PostLimit = new("--post-limit")
    {
        HelpName = "count",
        Description = "Maximum number of posts per coin, server and window. Above it, status 7 [default: no limit]",
    };

    private static readonly Option<TimeSpan> PostWindow = new("--post-window")
    {
        HelpName = "time",
        CustomParser = ParseTime,
        Description = "Window of --post-limit",
        DefaultValueFactory = _ => Defaults.PostWindow,
    };

    private static readonly Option<TimeSpan> ResponseLifetime = new("--reply-life")
    {
        HelpName = "time",
        CustomParser = ParseTime,
        Description = "Time for which a response is cached for repeated datagrams",
        DefaultValueFactory = _ => Defaults.ResponseLifetime,
    };

    private static readonly Option<bool> FreeAccounts = new("--free-accounts")
    {
        Description = "Open free accounts (docs/WIRE.md §10). The response is not encrypted",
    };

    private static readonly Option<string[]> FreeNetworks = CreateFreeNetworks();

    private static readonly Option<bool> PaidAccounts = new("--paid-accounts")
    {
        Description = "Open accounts for a coin, over TLS at the TCP port with the number of the UDP port",
    };

    private static readonly Option<FileInfo?> Certificate = new("--tls-certificate")
    {
        HelpName = "file",
        Description = "The certificate of the TLS port, followed by its intermediate certificates, in PEM",
    };

    private static readonly Option<FileInfo?> CertificateKey = new("--tls-key")
    {
        HelpName = "file",
        Description = "The private key of --tls-certificate, in PEM",
    };

    private static readonly Option<string?> AccountFolder = new("--accounts")
    {
        HelpName = "folder",
        Description = "The folder that keeps the opened accounts and the coins that paid",
    };

    private static readonly Option<sbyte> AccountPrice = new("--account-price")
    {
        HelpName = "denomination",
        Description = "The lowest denomination of a coin that pays for an account",
    };

    private static readonly Option<uint> FirstAccount = new("--first-account")
    {
        HelpName = "number",
        Description = "The lowest serial number of an account",
        DefaultValueFactory = _ => AccountDefaults.FirstSerialNumber,
    };

    private static readonly Option<uint> LastAccount = new("--last-account")
    {
        HelpName = "number",
        Description = "The highest serial number of an account",
        DefaultValueFactory = _ => AccountDefaults.LastSerialNumber,
    };

    private static readonly Option<int> AccountBurst = new("--account-burst")
    {
        HelpName = "count",
        Description = "Maximum number of account requests in a burst from one IPv4 /24 or IPv6 /56, per server. Above it, status 7. "
            + "A source gets back one request every 6 seconds",
        DefaultValueFactory = _ => AccountDefaults.RequestBurst,
    };

    private static readonly Option<Impairment> RequestImpairment = CreateImpairment("--requests", "incoming");

    private static readonly Option<Impairment> ResponseImpairment = CreateImpairment("--answers", "outgoing");

    private static readonly Option<ulong> Seed = new("--seed")
    {
        HelpName = "number",
        Description = "For tests: seed of --requests and --answers. The same seed gives the same faults",
    };

    public static RootCommand Create()
    {
        var command = new RootCommand(
            "A RAIDA key server for development, tests and small networks. It implements the wire format of docs/WIRE.md, "
            + "and keeps key parts only in memory.");
        Option[] options =
        [
            Listen, RaidaIds, Network, Profile, ResponseIv, Coins, CoinsToCreate, Zone, KeyLifetime, MaxKeys,
            PostLimit, PostWindow, ResponseLifetime, FreeAccounts, FreeNetworks, PaidAccounts, Certificate, CertificateKey, AccountFolder,
            AccountPrice, FirstAccount, LastAccount, AccountBurst, RequestImpairment, ResponseImpairment, Seed,
        ];
        foreach (var option in options)
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, stop) => new ServeRun
        {
            Options = Read(parsed),
            Accounts = ReadAccounts(parsed),
            Certificate = parsed.GetValue(Certificate),
            CertificateKey = parsed.GetValue(CertificateKey),
            CoinPaths = parsed.GetValue(Coins)!,
            CoinsToCreate = parsed.GetValue(CoinsToCreate),
            Zone = parsed.GetValue(Zone),
        }.RunAsync(stop));
        return command;
    }

    private delegate bool Parser<T>(string text, out T value);

    private static KeyServerOptions Read(ParseResult parsed) => new()
    {
        Listen = parsed.GetValue(Listen) ?? new IPEndPoint(IPAddress.Loopback, DefaultPort),
        RaidaIds = parsed.GetValue(RaidaIds) is { Length: > 0 } raidaIds ? raidaIds : Defaults.RaidaIds,
        Network = parsed.GetValue(Network),
        Profile = parsed.GetValue(Profile),
        ResponseIv = parsed.GetValue(ResponseIv),
        KeyLifetime = parsed.GetValue(KeyLifetime),
        MaxKeys = parsed.GetValue(MaxKeys),
        PostLimit = parsed.GetValue(PostLimit),
        PostWindow = parsed.GetValue(PostWindow),
        ResponseLifetime = parsed.GetValue(ResponseLifetime),
        RequestImpairment = parsed.GetValue(RequestImpairment) ?? Impairment.None,
        ResponseImpairment = parsed.GetValue(ResponseImpairment) ?? Impairment.None,
        Seed = parsed.GetValue(Seed),
    };

    private static TimeSpan ParseTime(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (!DurationText.TryParse(text, out var time))
        {
            result.AddError($"'{text}' is not valid. Use a time, such as 5s, 10m or 00:10:00.");
        }

        return time;
    }

    private static AccountOptions? ReadAccounts(ParseResult parsed) =>
        !parsed.GetValue(FreeAccounts) && !parsed.GetValue(PaidAccounts) ? null : new()
        {
            IsFree = parsed.GetValue(FreeAccounts),
            IsPaid = parsed.GetValue(PaidAccounts),
            FreeNetworks = parsed.GetValue(FreeNetworks) is { Length: > 0 } networks
                ? [.. networks.Select(IPNetwork.Parse)]
                : AccountDefaults.FreeNetworks,
            Folder = parsed.GetValue(AccountFolder),
            Price = parsed.GetValue(AccountPrice),
            FirstSerialNumber = parsed.GetValue(FirstAccount),
            LastSerialNumber = parsed.GetValue(LastAccount),
            RequestBurst = parsed.GetValue(AccountBurst),
        };

    private static Option<string[]> CreateFreeNetworks()
    {
        var option = new Option<string[]>("--free-accounts-from")
        {
            HelpName = "network",
            Description = "A network that may open free accounts, such as 10.0.0.0/8. You can give this option several times "
                + "[default: 127.0.0.0/8 and ::1/128]",
            DefaultValueFactory = _ => [],
        };
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => !IPNetwork.TryParse(token.Value, out _)))
            {
                result.AddError($"'{token.Value}' is not valid. Use a network, such as 10.0.0.0/8 or 2001:db8::/32.");
            }
        });
        return option;
    }

    private static Option<Impairment> CreateImpairment(string name, string direction) => new(name)
    {
        HelpName = "impairment",
        Description = $"For tests: simulated network faults of {direction} datagrams, such as {Impairment.Example}. "
            + "drop, duplicate and reorder are shares from 0 to 1",
        CustomParser = result => Parse<Impairment>(
            result, $"an impairment, such as {Impairment.Example}", Impairment.TryParse),
    };

    private static T? Parse<T>(ArgumentResult result, string expected, Parser<T> parser)
        where T : class
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (parser(text, out var value))
        {
            return value;
        }

        result.AddError($"'{text}' is not valid. Use {expected}.");
        return null;
    }
}
