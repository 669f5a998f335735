using System.Buffers.Binary;
using Rke.Fuzz.Driving;
using Rke.Wire;

namespace Rke.Fuzz.Targets;

/// <summary>
/// Key files. The target reads the input as it is, and then with the length of whole coins and the right count.
/// </summary>
internal sealed class KeyFileTarget() : FuzzTarget("key-file")
{
    private const int Format9Coin = 407;
    private const int FormatACoin = 21;

    // A coin of format A has 21 bytes. Its authenticity numbers have 400.
    public override long AllocationLimit(int inputLength) => (64 << 10) + (200L * inputLength);

    public override IEnumerable<byte[]> Seeds()
    {
        var numbers = Enumerable.Range(0, CoinKeys.NumbersLength).Select(index => (byte)index).ToArray();
        yield return KeyFile.WriteFormat9(6, [CoinKeys.Create(new(0, 1000), numbers), CoinKeys.Create(new(-1, 7), numbers)]);
        yield return KeyFile.WriteFormatA(
            65534, [CoinSeed.Create(new(0, 1), "a seed of 11"u8), CoinSeed.Create(new(8, uint.MaxValue), "another one"u8)]);
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        Read(input);
        if (input.Length <= KeyFile.HeaderLength)
        {
            return;
        }

        Span<byte> repaired = new byte[input.Length];
        input.CopyTo(repaired);
        repaired[0] = (byte)(9 + (repaired[0] & 1));
        repaired[5] = 0;
        var coinLength = repaired[0] == 9 ? Format9Coin : FormatACoin;
        var count = (repaired.Length - KeyFile.HeaderLength) / coinLength;
        BinaryPrimitives.WriteUInt16BigEndian(repaired[6..], (ushort)count);
        Read(repaired[..(KeyFile.HeaderLength + (count * coinLength))]);
    }

    private static void Read(ReadOnlySpan<byte> input)
    {
        if (!KeyFile.TryRead(input, out var file, out var error))
        {
            PropertyViolation.Unless(error != KeyFileError.None, "A rejected key file has no error.");
            return;
        }

        PropertyViolation.Unless(error == KeyFileError.None, $"A key file is read with the error {error}.");
        PropertyViolation.Unless(file.Coins.Count > 0, "A key file has no coins.");
        PropertyViolation.Unless(file.Coins.DistinctBy(coin => coin.Id).Count() == file.Coins.Count, "A coin is in the file twice.");
        PropertyViolation.Unless(!file.ToString().Contains('\n', StringComparison.Ordinal), "The text of a key file has lines.");
        var written = KeyFile.WriteFormat9(file.Network, file.Coins);
        PropertyViolation.Unless(
            KeyFile.TryRead(written, out var again, out error) && again.Network == file.Network
            && again.Coins.Zip(file.Coins).All(pair => pair.First.Id == pair.Second.Id && HaveEqualNumbers(pair.First, pair.Second)),
            $"A key file changes when it is written and read: {error}.");
        foreach (var coin in file.Coins.Concat(again!.Coins))
        {
            coin.Dispose();
        }
    }

    private static bool HaveEqualNumbers(CoinKeys left, CoinKeys right) =>
        Enumerable.Range(0, RaidaNetwork.ServerCount).All(raidaId => left[raidaId] == right[raidaId]);
}
