using System.Net;
using Google.Protobuf;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Calls;

/// <summary>Converts ids and addresses to proto messages.</summary>
internal static class ProtoConversions
{
    public static Coin ToMessage(this CoinId coin) =>
        new() { Denomination = coin.Denomination, SerialNumber = coin.SerialNumber };

    public static V1.Endpoint ToMessage(this IPEndPoint endPoint) =>
        new() { Host = endPoint.Address.ToString(), Port = (uint)endPoint.Port };

    public static ByteString ToMessage(this KeyId keyId)
    {
        var bytes = new byte[KeyId.Length];
        keyId.CopyTo(bytes);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    public static ByteString ToMessage(this KeyIdHash hash)
    {
        var bytes = new byte[KeyIdHash.Length];
        hash.CopyTo(bytes);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }
}
