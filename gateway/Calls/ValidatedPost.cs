using System.Buffers.Binary;
using Google.Protobuf;
using Rke.Gateway.Coins;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;
using Rke.UdpBridge;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Calls;

/// <summary>A valid PostKey request. Fields that the caller left empty have a chosen value.</summary>
internal sealed record ValidatedPost(
    Network Network, byte RaidaId, KeyId KeyId, ByteString KeyPart, byte KeyStart, CoinId? Coin)
{
    private const int MaxIdempotencyKey = 128;

    public KeyIdHash Hash { get; } = KeyId.Hash();

    public ServerId Server => Network[RaidaId];

    /// <summary>Whether the caller learns the key id only from the response, so that it cannot use the part of a failed call.</summary>
    public bool IsKeyIdSecret { get; init; }

    /// <summary>Where the search for a free coin starts. Null = at the next coin of the rotation.</summary>
    public uint? CoinStart { get; init; }

    /// <summary>The outcome if no valid response arrives.</summary>
    public PostOutcome UnknownOutcome => IsKeyIdSecret ? PostOutcome.Orphaned : PostOutcome.Unknown;

    /// <summary>Reads the request. The call fails with all invalid fields at once.</summary>
    public static ValidatedPost Parse(PostKeyRequest request, NetworkDirectory networks, IEntropySource entropy)
    {
        var bad = new BadFields();
        var network = bad.CheckNetwork(networks, request.Network);
        bad.CheckRaidaId(network, request.RaidaId);
        var coin = bad.CheckCoin(request.Coin);
        if (request.KeyId.Length > 0)
        {
            bad.CheckLength(request.KeyId, KeyId.Length, "key_id");
        }

        var isLengthValid = bad.Check(
            ProfileRules.IsKeyLength(request.KeyPart.Length), "key_part", "must be 4, 8, 16, 24, 32 or 40 bytes");
        var room = ProfileRules.KeyRoom(network?.Profile ?? WireProfile.Rke);
        if (request.HasKeyStart)
        {
            CheckKeyStart(bad, request, isLengthValid, room);
        }

        bad.Check(
            request.IdempotencyKey.Length <= MaxIdempotencyKey
                || request.IdempotencyKey.EnumerateRunes().Count() <= MaxIdempotencyKey,
            "idempotency_key",
            "must be at most 128 characters");
        bad.ThrowIfAny();

        return new(
            network!,
            (byte)request.RaidaId,
            request.KeyId.Length > 0 ? KeyId.Read(request.KeyId.Span) : MakeKeyId(entropy),
            request.KeyPart,
            request.HasKeyStart ? (byte)request.KeyStart : MakeKeyStart(entropy, room - request.KeyPart.Length),
            coin)
        {
            IsKeyIdSecret = request.KeyId.Length == 0,
        };
    }

    /// <inheritdoc/>
    public override string ToString() => $"ValidatedPost({Server}, redacted)";

    private static void CheckKeyStart(BadFields bad, PostKeyRequest request, bool isLengthValid, int room)
    {
        if (request.KeyStart >= ProfileRules.PaddingLength)
        {
            bad.Add("key_start", $"must be 0 to {ProfileRules.PaddingLength - 1}");
        }
        else if (isLengthValid)
        {
            bad.Check(
                request.KeyStart + request.KeyPart.Length <= room,
                "key_start",
                $"plus the length of key_part must be at most {room}");
        }
    }

    private static KeyId MakeKeyId(IEntropySource entropy)
    {
        Span<byte> id = stackalloc byte[KeyId.Length];
        entropy.Fill(id);
        return KeyId.Read(id);
    }

    private static byte MakeKeyStart(IEntropySource entropy, int max)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        entropy.Fill(bytes);
        return (byte)(BinaryPrimitives.ReadUInt32BigEndian(bytes) % (uint)(max + 1));
    }
}
