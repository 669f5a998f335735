using System.Text.Json.Nodes;
using Rke.UdpBridge;
using Rke.Wire;

namespace Rke.Cli;

/// <summary>Shows one entry of the key store for <c>rkectl keys show</c>.</summary>
internal static class StoreShow
{
    public static Report Of(StoreEntry entry, bool reveals)
    {
        var row = StoreReport.Row(entry.Usable(), TimeOfDay.Now(TimeProvider.System));
        var report = new Report();
        foreach (var (name, value) in row)
        {
            if (value is not null)
            {
                report.Add(name, value.DeepClone());
            }
        }

        report.Add("file", entry.Path);
        if (entry.Key is { } key)
        {
            report.Add("key_fingerprint", key.Fingerprint);
            return reveals ? report.Add("key", HexText.Of(key.Key)) : report;
        }

        report.Add("network", entry.Coin!.Network);
        return reveals ? report.Add("ans", Numbers(entry.Coin.Coins[0])) : report;
    }

    public static JsonArray Numbers(CoinKeys coin)
    {
        Span<byte> number = stackalloc byte[AuthenticityNumber.Length];
        var numbers = new JsonArray();
        for (var raida = 0; raida < RaidaNetwork.ServerCount; raida++)
        {
            coin[raida].CopyTo(number);
            numbers.Add((JsonNode)HexText.Of(number));
        }

        number.Clear();
        return numbers;
    }
}
