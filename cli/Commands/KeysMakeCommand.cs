using System.CommandLine;
using System.Security.Cryptography;
using Rke.Wire;

namespace Rke.Cli;

/// <summary><c>rkectl keys make</c>: a key file with random authenticity numbers.</summary>
internal static class KeysMakeCommand
{
    public static Command Create(Terminal terminal, Option<bool> json)
    {
        var path =
            new Argument<string>("file") { Description = "The file to make; it must not exist. Only its owner can read it." };
        var network = new Option<ushort>("--network")
        {
            Description = "The network whose servers share the keys.",
            DefaultValueFactory = _ => 6,
        };
        var coins =
            new Option<int>("--coins", "-n") { Description = "How many coins, 1-65535.", DefaultValueFactory = _ => 1 };
        var denomination = new Option<sbyte>("--denomination")
        {
            Description = "DN of every coin, -128 to 127.",
            DefaultValueFactory = _ => 1,
        };
        var serial = new Option<uint>("--first-serial")
        {
            Description = "SN of the first coin; the others count up from it.",
            DefaultValueFactory = _ => 1,
        };
        var format = new Option<string>("--format")
        {
            Description = "9 stores all 25 authenticity numbers of a coin, A a seed of which they are derived.",
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
        var mistake = coins is < 1 or > KeyFile.MaxCoins ? "--coins takes 1 to 65535."
            : serial > uint.MaxValue - (uint)(coins - 1)
                ? "--first-serial and --coins lead past the last serial number, 4294967295."
            : null;
        if (mistake is not null)
        {
            throw new FailureException(ExitCode.Usage, mistake, "See 'rkectl keys make --help'.");
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
