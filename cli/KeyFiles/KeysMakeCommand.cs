using System.CommandLine;
using System.Security.Cryptography;
using Rke.Wire;

namespace Rke.Cli;

/// <summary><c>rkectl keys make</c> makes a key file with random authenticity numbers.</summary>
internal static class KeysMakeCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var path =
            new Argument<string>("file") { Description = "The new file, with mode 0600. It must not exist." };
        var network = new Option<ushort>("--network")
        {
            Description = "The number of the network whose key servers have these coins.",
            DefaultValueFactory = _ => 6,
        };
        var coins =
            new Option<int>("--coins", "-n") { Description = "The number of coins, 1-65535.", DefaultValueFactory = _ => 1 };
        var denomination = new Option<sbyte>("--denomination")
        {
            Description = "The denomination (DN) of all coins, -128 to 127.",
            DefaultValueFactory = _ => 1,
        };
        var serial = new Option<uint>("--first-serial")
        {
            Description = "The serial number (SN) of the first coin. The numbers of the other coins follow it.",
            DefaultValueFactory = _ => 1,
        };
        var format = new Option<string>("--format")
        {
            Description = "Format 9 stores the 25 authenticity numbers of each coin. Format A stores a seed for them.",
            DefaultValueFactory = _ => "9",
        };
        format.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "9", "A");
        var command = new Command("make", "Make a RAIDA key file with random authenticity numbers.")
        {
            path, network, coins, denomination, serial, format,
        };
        command.SetAction(parsed =>
        {
            Check(parsed.GetValue(coins), parsed.GetValue(serial));
            var isA = string.Equals(parsed.GetRequiredValue(format), "A", StringComparison.OrdinalIgnoreCase);
            var ids = Enumerable.Range(0, parsed.GetValue(coins))
                .Select(index => new CoinId(parsed.GetValue(denomination), parsed.GetValue(serial) + (uint)index));
            using var file = SecretFile.Create(parsed.GetRequiredValue(path));
            var bytes = isA ? MakeFormatA(parsed.GetValue(network), ids) : MakeFormat9(parsed.GetValue(network), ids);
            file.Write(bytes);
            CryptographicOperations.ZeroMemory(bytes);
            new Report()
                .Add("file", parsed.GetRequiredValue(path))
                .Add("format", isA ? "A" : "9")
                .Add("network", parsed.GetValue(network))
                .Add("coins", parsed.GetValue(coins))
                .Write(terminal, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static void Check(int coins, uint serial)
    {
        var error = coins is < 1 or > KeyFile.MaxCoins ? "--coins must be 1 to 65535."
            : serial > uint.MaxValue - (uint)(coins - 1)
                ? "--first-serial plus --coins exceeds the last serial number, 4294967295."
            : null;
        if (error is not null)
        {
            throw new FailureException(ExitCode.Usage, error, "See 'rkectl keys make --help'.");
        }
    }

    private static byte[] MakeFormat9(ushort network, IEnumerable<CoinId> ids)
    {
        Span<byte> numbers = stackalloc byte[CoinKeys.NumbersLength];
        var coins = new List<CoinKeys>();
        foreach (var id in ids)
        {
            RandomNumberGenerator.Fill(numbers);
            coins.Add(CoinKeys.Create(id, numbers));
        }

        CryptographicOperations.ZeroMemory(numbers);
        var file = KeyFile.WriteFormat9(network, coins);
        coins.ForEach(coin => coin.Dispose());
        return file;
    }

    private static byte[] MakeFormatA(ushort network, IEnumerable<CoinId> ids)
    {
        Span<byte> seed = stackalloc byte[CoinSeed.Length];
        var coins = new List<CoinSeed>();
        foreach (var id in ids)
        {
            RandomNumberGenerator.Fill(seed);
            coins.Add(CoinSeed.Create(id, seed));
        }

        CryptographicOperations.ZeroMemory(seed);
        var file = KeyFile.WriteFormatA(network, coins);
        coins.ForEach(coin => coin.Dispose());
        return file;
    }
}
