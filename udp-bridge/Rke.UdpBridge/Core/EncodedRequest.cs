using System.Buffers.Binary;
using Rke.Wire;

namespace Rke.UdpBridge.Core;

/// <summary>A request datagram, and what its response must match.</summary>
/// <param name="Datagram">The bytes of the datagram.</param>
/// <param name="Expected">The response that answers it.</param>
/// <param name="Seed">Seeds the jitter of the retransmissions.</param>
internal readonly record struct EncodedRequest(byte[] Datagram, ExpectedResponse Expected, uint Seed)
{
    /// <summary>The random bytes that one request needs: for the challenge, the seed and the echo.</summary>
    public const int RandomLength = Challenge.RandomLength + sizeof(uint) + sizeof(ushort);

    /// <summary>Encodes a request.</summary>
    /// <param name="server">The server that the request goes to.</param>
    /// <param name="payload">The payload of the request.</param>
    /// <param name="encryption">Null for an unencrypted request: its echo is then random.</param>
    /// <param name="random"><see cref="RandomLength"/> random bytes.</param>
    public static EncodedRequest Encode<TPayload>(
        ServerAddress server, in TPayload payload, RequestEncryption? encryption, ReadOnlySpan<byte> random)
        where TPayload : IPayload, allows ref struct
    {
        var challenge = Challenge.Create(random);
        var seed = BinaryPrimitives.ReadUInt32BigEndian(random[Challenge.RandomLength..]);
        var nonce = encryption?.Nonce ?? new Nonce(BinaryPrimitives.ReadUInt16BigEndian(random[^sizeof(ushort)..]));
        var cipher = encryption?.Cipher;
        var address = new RequestAddress(server.Profile, server.Network, server.RaidaId, encryption?.Coin ?? default);
        var datagram = new byte[RequestFrame.Measure(server.Profile, payload)];
        RequestFrame.Write(datagram, address, nonce, challenge, payload, cipher);
        var expected = ExpectedResponse.To(address, payload.Command, nonce, challenge, cipher, datagram.Length);
        return new(datagram, expected, seed);
    }
}
