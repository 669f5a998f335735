using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Rke.Wire;

namespace Rke.Cli;

/// <summary>
/// Encodes the request frame of a vector from its inputs. The frames in the vector are not read.
/// </summary>
internal static class VectorEncoder
{
    private static readonly (string, WireProfile)[] Profiles =
        [("rke", WireProfile.Rke), ("raidax", WireProfile.Raidax)];

    private static readonly (string, WireCommand)[] Commands =
    [
        ("echo", WireCommand.Echo), ("post_key", WireCommand.PostKey), ("get_key", WireCommand.GetKey),
        ("signal", WireCommand.Signal), ("name_lookup", WireCommand.NameLookup),
        ("exchange_keys", WireCommand.ExchangeKeys), ("free_account", WireCommand.FreeAccount),
        ("paid_account", WireCommand.PaidAccount),
    ];

    private static readonly (string, NameRecordType)[] RecordTypes =
        [("A", NameRecordType.A), ("SRV", NameRecordType.Srv), ("TXT", NameRecordType.Txt)];

    public static bool TryEncode(VectorReader vector, out byte[] frame)
    {
        frame = [];
        if (!vector.IsValid)
        {
            return false;
        }

        var profile = vector.Choice("profile", Profiles);
        var command = vector.Choice("command", Commands);
        if (!vector.IsValid)
        {
            return false;
        }

        if (!CommandCode.CommandsOf(profile).Contains(command))
        {
            vector.Fail("command", "is not a command of the raidax profile.");
            return false;
        }

        using var cipher = ReadCipher(vector, profile, command);
        var envelope = new Envelope(
            new RequestAddress(
                profile,
                (ushort)vector.Integer("network", 0, ushort.MaxValue),
                (byte)vector.Integer(
                    "raida",
                    0,
                    RequestHeader.IsForReceiver(command) && profile == WireProfile.Rke ? 0 : RaidaNetwork.MaxRaidaId),
                cipher is null ? default : ReadCoin(vector)),
            new Nonce(BinaryPrimitives.ReadUInt64BigEndian(vector.Hex("nonce", Nonce.Length))),
            Challenge.Create(vector.Hex("challenge_random", Challenge.RandomLength)),
            cipher);
        frame = command switch
        {
            WireCommand.PostKey => EncodePostKey(vector, envelope),
            WireCommand.GetKey => EncodeGetKey(vector, envelope),
            WireCommand.Signal => EncodeSignal(vector, envelope),
            WireCommand.NameLookup => EncodeNameLookup(vector, envelope),
            WireCommand.ExchangeKeys => EncodeExchangeKeys(vector, envelope),
            WireCommand.FreeAccount => envelope.Write(new FreeAccountPayload(ReadCoin(vector, "new_"))),
            WireCommand.PaidAccount => envelope.Write(new PaidAccountPayload(
                ReadCoin(vector, "paying_"),
                ReadCoin(vector, "new_"),
                vector.Hex("paying_authenticity_numbers", CoinKeys.NumbersLength))),
            _ => envelope.Write(default(EchoPayload)),
        };
        return vector.IsValid;
    }

    private static byte[] EncodePostKey(VectorReader vector, Envelope envelope)
    {
        var id = KeyId.Read(vector.Hex("key_id", KeyId.Length));
        var part = vector.Hex("key_part", 4, 8, 16, 24, 32, 40);
        var padding = vector.Hex("padding", ProfileRules.PaddingLength);
        var start = vector.Integer("key_start", 0, ProfileRules.KeyRoom(envelope.Address.Profile) - part.Length);
        return vector.IsValid
            && PostKeyPayload.TryCreate(
                envelope.Address.Profile, id, sender: default, (int)start, part, padding, out var payload, out _)
                ? envelope.Write(payload)
                : [];
    }

    private static byte[] EncodeGetKey(VectorReader vector, Envelope envelope)
    {
        var hash = vector.Has("key_id")
            ? KeyId.Read(vector.Hex("key_id", KeyId.Length)).Hash()
            : KeyIdHash.Read(vector.Hex("key_id_hash", KeyIdHash.Length));
        if (vector.IsValid && vector.Has("key_id_hash")
            && KeyIdHash.Read(vector.Hex("key_id_hash", KeyIdHash.Length)) != hash)
        {
            vector.Fail("key_id_hash", "is not the MD5 of key_id. Omit one of the two fields.");
        }

        return envelope.Write(new GetKeyPayload(hash));
    }

    private static byte[] EncodeSignal(VectorReader vector, Envelope envelope)
    {
        var list = vector.List("parts");
        if (list.Count is < 1 or > SignalPayload.MaxParts)
        {
            vector.Fail("parts", "must have 1 to 16 parts.");
            return [];
        }

        var parts = new SignalPart[list.Count];
        var fill = new byte[list.Count * SignalPart.FillLength];
        for (var index = 0; index < parts.Length; index++)
        {
            var hash = KeyIdHash.Read(list[index].Hex("key_id_hash", KeyIdHash.Length));
            var address = list[index].Address("address");
            parts[index] = new(hash, new IPEndPoint(address, (int)list[index].Integer("port", 1, ushort.MaxValue)));
            if (address.AddressFamily == AddressFamily.InterNetwork)
            {
                list[index].Hex("fill", SignalPart.FillLength).CopyTo(fill, index * SignalPart.FillLength);
            }
        }

        return vector.IsValid && SignalPayload.TryCreate(parts, fill, out var payload, out _)
            ? envelope.Write(payload)
            : [];
    }

    private static byte[] EncodeNameLookup(VectorReader vector, Envelope envelope)
    {
        var type = vector.Choice("record_type", RecordTypes);
        var domain = Encoding.UTF8.GetBytes(vector.Text("domain"));
        if (NameLookupPayload.TryCreate(envelope.Address.Profile, type, domain, out var payload, out var error))
        {
            return envelope.Write(payload);
        }

        vector.Fail(
            error == WireError.RecordTypeInvalid ? "record_type" : "domain",
            error == WireError.RecordTypeInvalid
                ? "must be A or SRV in the raidax profile."
                : "must be 1 to 253 letters, digits, '-', '.', and in the rke profile '_'.");
        return [];
    }

    private static byte[] EncodeExchangeKeys(VectorReader vector, Envelope envelope)
    {
        var cacheableId = vector.Has("cacheable_key_id")
            ? CacheableKeyId.Read(vector.Hex("cacheable_key_id", CacheableKeyId.Length))
            : default;
        var list = vector.List("slots");
        if (list.Count > ExchangeKeysPayload.MaxSlots || (list.Count == 0 && cacheableId.IsNone))
        {
            vector.Fail("slots", "must have 1 to 16 slots, or 0 to 16 slots with a cacheable_key_id.");
            return [];
        }

        var slots = list.Select(slot => new KeySlot(
            (ushort)slot.Integer("network", 1, ushort.MaxValue),
            (byte)slot.Integer("raida", 0, RaidaNetwork.MaxRaidaId),
            slot.Has("serial_number") ? ReadCoin(slot) : default,
            KeyId.Read(slot.Hex("key_id", KeyId.Length)))).ToArray();
        return vector.IsValid && ExchangeKeysPayload.TryCreate(cacheableId, slots, out var payload, out _)
            ? envelope.Write(payload)
            : [];
    }

    private static CoinCipher? ReadCipher(VectorReader vector, WireProfile profile, WireCommand command)
    {
        if (!vector.Has("authenticity_number"))
        {
            return null;
        }

        var number = vector.Hex("authenticity_number", AuthenticityNumber.Length);
        if (!RequestHeader.CanEncrypt(profile, command))
        {
            vector.Fail("authenticity_number", "is not allowed, because this command is not encrypted.");
        }

        var cipher = new CoinCipher(AuthenticityNumber.Read(number));
        CryptographicOperations.ZeroMemory(number);
        return cipher;
    }

    private static CoinId ReadCoin(VectorReader vector, string prefix = "") => new(
        (sbyte)vector.Integer($"{prefix}denomination", sbyte.MinValue, sbyte.MaxValue),
        (uint)vector.Integer($"{prefix}serial_number", 0, uint.MaxValue));

    /// <summary>All inputs of a request except its payload.</summary>
    private sealed record Envelope(RequestAddress Address, Nonce Nonce, Challenge Challenge, CoinCipher? Cipher)
    {
        public byte[] Write<TPayload>(TPayload payload)
            where TPayload : IPayload, allows ref struct
        {
            var frame = new byte[RequestFrame.Measure(Address.Profile, payload)];
            RequestFrame.Write(frame, Address, Nonce, Challenge, payload, Cipher);
            return frame;
        }
    }
}
