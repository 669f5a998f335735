using System.Net;
using Rke.UdpBridge;
using Rke.UdpBridge.Core;
using Rke.Wire;

namespace Rke.Bench.Micro;

/// <summary>A GetKey request of the rke profile, and the response of a key server to it.</summary>
internal static class Frames
{
    public static readonly CoinId Coin = new(1, 1000);
    public static readonly ServerAddress Server = new(WireProfile.Rke, 6, 14, new(IPAddress.Loopback, 50_014));

    private static readonly byte[] Random = new byte[EncodedRequest.RandomLength];
    private static readonly KeyId Id = KeyId.Read(new byte[KeyId.Length]);

    public static GetKeyPayload Payload => new(Id.Hash());

    public static EncodedRequest Encode(CoinCipher cipher, ulong nonce) =>
        EncodedRequest.Encode(Server, Payload, new RequestEncryption(Coin, cipher, new Nonce(nonce)), Random);

    /// <summary>The response to a request, with a part of 16 bytes.</summary>
    public static byte[] Answer(CoinCipher cipher, EncodedRequest request)
    {
        if (!RequestFrame.TryRead(WireProfile.Rke, request.Datagram, out var frame, out var error))
        {
            throw new InvalidOperationException($"The request is not valid: {error}.");
        }

        var answer = new byte[ProfileRules.MaxResponseLength];
        var payload = new GetKeyAnswer(Id, Coin, IPAddress.Loopback, new byte[16]);
        var length = ResponseFrame.Write(answer, frame, Challenge.Create(Random), 1000, payload, ResponseIv.Same, cipher);
        return answer[..length];
    }
}
