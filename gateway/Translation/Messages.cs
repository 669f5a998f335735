using System.Net;
using Google.Protobuf;
using Rke.Gateway.State;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Translation;

/// <summary>Small things of the wire as proto messages, and as what the shared state calls them.</summary>
internal static class Messages
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

    public static PartHash ToPart(this KeyIdHash hash)
    {
        Span<byte> bytes = stackalloc byte[KeyIdHash.Length];
        hash.CopyTo(bytes);
        return PartHash.Read(bytes);
    }
}
