using System.Buffers.Binary;
using Google.Protobuf;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;
using Rke.Gateway.State;
using Rke.UdpBridge;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Translation;

/// <summary>A PostKey request that cannot be wrong any more: what it left open is chosen.</summary>
internal sealed record PostKeyOrder(
    Network Network, byte RaidaId, KeyId KeyId, ByteString KeyPart, byte KeyStart, CoinId? Coin)
{
    private const int MaxIdempotencyKey = 128;

    public KeyIdHash Hash { get; } = KeyId.Hash();

    public ServerNumber Server => Network[RaidaId];

    /// <summary>Reads the request; the call ends with every bad field at once.</summary>
    public static PostKeyOrder Parse(PostKeyRequest request, NetworkDirectory networks, IEntropySource entropy)
    {
        var bad = new BadFields();
        var network = bad.CheckNetwork(networks, request.Network);
        bad.CheckRaidaId(network, request.RaidaId);
        var coin = bad.CheckCoin(request.Coin);
        if (request.KeyId.Length > 0)
        {
            bad.CheckLength(request.KeyId, KeyId.Length, "key_id");
        }

        var isLengthRight = bad.Check(
            ProfileRules.IsKeyLength(request.KeyPart.Length), "key_part", "must be 4, 8, 16, 24, 32 or 40 bytes");
        var room = ProfileRules.KeyRoom(network?.Profile ?? WireProfile.Rke);
        if (request.HasKeyStart)
        {
            CheckKeyStart(bad, request, isLengthRight, room);
        }

        bad.Check(
            request.IdempotencyKey.Length <= MaxIdempotencyKey
                || request.IdempotencyKey.EnumerateRunes().Count() <= MaxIdempotencyKey,
            "idempotency_key",
            $"must be at most {MaxIdempotencyKey} characters");
        bad.ThrowIfAny();

        return new(
            network!,
            (byte)request.RaidaId,
            request.KeyId.Length > 0 ? KeyId.Read(request.KeyId.Span) : MakeKeyId(entropy),
            request.KeyPart,
            request.HasKeyStart ? (byte)request.KeyStart : MakeKeyStart(entropy, room - request.KeyPart.Length),
            coin);
    }

    /// <inheritdoc/>
    public override string ToString() => $"PostKeyOrder({Server}, redacted)";

    private static void CheckKeyStart(BadFields bad, PostKeyRequest request, bool isLengthRight, int room)
    {
        if (request.KeyStart >= ProfileRules.PaddingLength)
        {
            bad.Add("key_start", $"must be 0 to {ProfileRules.PaddingLength - 1}");
        }
        else if (isLengthRight)
        {
            bad.Check(
                request.KeyStart + request.KeyPart.Length <= room,
                "key_start",
                $"and the key part's length together must be at most {room}");
        }
    }

    private static KeyId MakeKeyId(IEntropySource entropy)
    {
        Span<byte> id = stackalloc byte[KeyId.Length];
        entropy.Fill(id);
        return KeyId.Read(id);
    }

    private static byte MakeKeyStart(IEntropySource entropy, int most)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        entropy.Fill(bytes);
        return (byte)(BinaryPrimitives.ReadUInt32BigEndian(bytes) % (uint)(most + 1));
    }
}
