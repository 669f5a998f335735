using System.Net;
using Google.Protobuf;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Calls;

/// <summary>Checks for request fields that several RPCs have. Each adds an invalid field to the error.</summary>
internal static class RequestFieldChecks
{
    public static Network? CheckNetwork(this BadFields bad, NetworkDirectory directory, uint network)
    {
        var found = directory.Find(network);
        bad.Check(found is not null, "network", "is not a configured network; 0 is the default network");
        return found;
    }

    public static void CheckRaidaId(this BadFields bad, Network? network, uint raidaId)
    {
        if (raidaId >= RaidaNetwork.ServerCount)
        {
            bad.Add("raida_id", $"must be 0 to {RaidaNetwork.MaxRaidaId}");
        }
        else if (network is not null && !network.Servers.ContainsKey((byte)raidaId))
        {
            bad.Add("raida_id", $"network {network.Id} has no configured key server with this id");
        }
    }

    public static CoinId? CheckCoin(this BadFields bad, Coin? coin)
    {
        if (coin is null || !bad.Check(
            coin.Denomination is >= sbyte.MinValue and <= sbyte.MaxValue, "coin.denomination", "must be -128 to 127"))
        {
            return null;
        }

        return new CoinId((sbyte)coin.Denomination, coin.SerialNumber);
    }

    public static bool CheckLength(this BadFields bad, ByteString bytes, int length, string path) =>
        bad.Check(bytes.Length == length, path, $"must be {length} bytes, not {bytes.Length}");

    public static void CheckEndpoint(this BadFields bad, V1.Endpoint endpoint, string path)
    {
        bad.Check(endpoint.Host.Length > 0, $"{path}.host", "must not be empty");
        bad.CheckPort(endpoint.Port, $"{path}.port");
    }

    public static bool CheckPort(this BadFields bad, uint port, string path) =>
        bad.Check(port is > 0 and <= IPEndPoint.MaxPort, path, "must be 1 to 65535");
}
