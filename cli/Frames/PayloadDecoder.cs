using System.Text;
using Rke.Wire;

namespace Rke.Cli;

/// <summary>Adds the fields of plain payloads (docs/WIRE.md §5 and §6).</summary>
internal static class PayloadDecoder
{
    private const int TrailerLength = ProfileRules.TrailerLength;
    private const int ChecksumLength = 4;

    public static void AddRequest(FieldReader reader, WireProfile profile, WireCommand command, ReadOnlySpan<byte> payload)
    {
        switch (command)
        {
            case WireCommand.PostKey when profile == WireProfile.Rke:
                reader.Add("key id", 16, _ => "HS is its MD5");
                AddStartAndLength(reader, profile, payload.Length > 17 ? payload[16] : 0);
                AddPadding(reader, payload.Length > 17 ? payload[16] : 0, payload.Length > 17 ? payload[17] : 0);
                break;
            case WireCommand.PostKey:
                reader.Add("HS", 16, _ => "MD5 of the key id");
                reader.Add("receiver address", 16, WireText.RightAlignedAddress);
                AddCoin(reader, "sender's ");
                AddPadding(reader, payload.Length > 166 ? payload[165] : 0, payload.Length > 166 ? payload[166] : 0);
                AddStartAndLength(reader, profile, payload.Length > 165 ? payload[165] : 0);
                break;
            case WireCommand.GetKey:
                reader.Add("HS", 16, _ => "MD5 of the key id");
                if (profile == WireProfile.Raidax)
                {
                    AddCoin(reader, "sender's ");
                    reader.Add("sender address", 16, WireText.RightAlignedAddress);
                }

                break;
            case WireCommand.Signal:
                AddParts(reader, payload.IsEmpty ? 0 : payload[0]);
                break;
            case WireCommand.NameLookup:
                reader.Add(
                    "record type",
                    1,
                    bytes => ((NameRecordType)bytes[0]).ToString().ToUpperInvariant(),
                    bytes => bytes[0] is >= 1 and <= 3 ? null : "must be 1, 2 or 3");
                reader.AddRest("name", TrailerLength, Encoding.ASCII.GetString(payload.IsEmpty ? payload : payload[1..]));
                break;
            case WireCommand.ExchangeKeys:
                AddSlots(reader, payload);
                break;
            case WireCommand.FreeAccount:
                AddCoin(reader, "new ");
                AddChecksum(reader, FreeAccountPayload.TryRead(payload, out _, out _));
                break;
            case WireCommand.PaidAccount:
                AddCoin(reader, "paying ");
                reader.AddFixed("reserved", new byte[6], "0");
                AddCoin(reader, "new ");
                reader.Add("authenticity numbers", CoinKeys.NumbersLength, _ => "25 × 16 bytes of the paying coin", isSecret: true);
                PaidAccountPayload.TryRead(payload, out _, out var error);
                AddChecksum(reader, error != WireError.ChecksumWrong);
                break;
            default:
                break;
        }

        reader.AddRest("extra bytes", TrailerLength, "not in any field");
    }

    public static void AddResponse(FieldReader reader, WireProfile profile, WireCommand command, ReadOnlySpan<byte> payload)
    {
        switch (command)
        {
            case WireCommand.GetKey when profile == WireProfile.Rke && !payload.IsEmpty:
                reader.Add("key id", 16, _ => "HS is its MD5");
                AddCoin(reader, "sender's ");
                reader.Add("sender address", 16, WireText.RightAlignedAddress);
                if (payload.Length > 37)
                {
                    int length = payload[37];
                    reader.Add("KL", 1, WireText.Number, bytes => CheckLength(bytes[0]));
                    reader.Add("key part", Math.Min(length, payload.Length - 38), _ => $"{length} bytes", isSecret: true);
                }

                break;
            case WireCommand.GetKey when !payload.IsEmpty:
                AddCoin(reader, "sender's ");
                reader.AddRest("key part", TrailerLength, $"{payload.Length - 5} bytes", isSecret: true);
                break;
            case WireCommand.Signal:
                for (var index = 0; index < Math.Min(16, payload.Length); index++)
                {
                    reader.Add(
                        $"part {index}",
                        1,
                        bytes => bytes[0] == 0xFF ? "used" : "not used",
                        bytes => bytes[0] is 0x00 or 0xFF ? null : "must be 00 or ff");
                }

                break;
            case WireCommand.ExchangeKeys when payload.Length == ExchangeKeysAnswer.Length:
                reader.Add("collected parts", ExchangeKeysAnswer.Length, CollectedSlots);
                break;
            case WireCommand.FreeAccount or WireCommand.PaidAccount when !payload.IsEmpty:
                reader.Add("authenticity number", AccountAnswer.Length, _ => "of the new account for this server", isSecret: true);
                break;
            case WireCommand.NameLookup when payload.Length == 6:
                reader.Add("IPv4 address", 4, WireText.Address);
                reader.Add("port", 2, WireText.Number);
                break;
            case WireCommand.NameLookup when !payload.IsEmpty:
                reader.AddRest("text", TrailerLength, Encoding.UTF8.GetString(payload));
                break;
            default:
                break;
        }

        reader.AddRest("extra bytes", TrailerLength, "not in any field");
    }

    private static void AddStartAndLength(FieldReader reader, WireProfile profile, int start)
    {
        reader.Add("KS", 1, bytes => $"the key part starts at byte {bytes[0]} of the padding");
        reader.Add(
            "KL",
            1,
            WireText.Number,
            bytes => CheckLength(bytes[0])
                ?? (start + bytes[0] <= ProfileRules.KeyRoom(profile)
                    ? null
                    : $"KS + KL must be at most {ProfileRules.KeyRoom(profile)}"));
    }

    private static string? CheckLength(int length) =>
        ProfileRules.IsKeyLength(length) ? null : "must be 4, 8, 16, 24, 32 or 40";

    private static void AddPadding(FieldReader reader, int start, int length)
    {
        start = Math.Min(start, ProfileRules.PaddingLength);
        length = Math.Min(length, ProfileRules.PaddingLength - start);
        reader.Add("padding", start, _ => "random");
        reader.Add("key part", length, bytes => $"{bytes.Length} bytes", isSecret: true);
        reader.Add("padding", ProfileRules.PaddingLength - start - length, _ => "random");
    }

    private static void AddCoin(FieldReader reader, string whose)
    {
        reader.Add($"{whose}DN", 1, WireText.Signed);
        reader.Add($"{whose}SN", 4, WireText.Number);
    }

    private static void AddSlots(FieldReader reader, ReadOnlySpan<byte> payload)
    {
        reader.Add("CI", CacheableKeyId.Length, bytes => bytes.AsSpan().ContainsAnyExcept((byte)0) ? "cacheable key id" : "none");
        var rest = payload.Length < CacheableKeyId.Length ? payload : payload[CacheableKeyId.Length..];
        var index = 0;
        while (index < ExchangeKeysPayload.MaxSlots && rest.Length >= KeySlot.Length && (rest[0] | rest[1]) != 0)
        {
            reader.Add($"slot {index} CO", 2, bytes => $"network {WireText.Number(bytes)}");
            reader.AddFixed($"slot {index} SP", [0], "0");
            reader.Add(
                $"slot {index} DA",
                1,
                bytes => $"RAIDA id {bytes[0]}",
                bytes => bytes[0] <= RaidaNetwork.MaxRaidaId ? null : $"must be 0 to {RaidaNetwork.MaxRaidaId}");
            reader.AddFixed($"slot {index} SH", [0], "0");
            AddCoin(reader, $"slot {index} ");
            reader.Add($"slot {index} key id", KeyId.Length, _ => "HS is its MD5");
            rest = rest[KeySlot.Length..];
            index++;
        }

        reader.Add("empty slots", ExchangeKeysPayload.Length - CacheableKeyId.Length - (index * KeySlot.Length), _ => $"{index} slots are used");
    }

    private static string CollectedSlots(byte[] bytes)
    {
        var slots = Enumerable.Range(0, bytes.Length * 8).Where(slot => (bytes[slot / 8] & (0x80 >> (slot % 8))) != 0);
        return $"slots {string.Join(", ", slots)}";
    }

    private static void AddChecksum(FieldReader reader, bool isMatch) => reader.Add(
        "CC", ChecksumLength, _ => isMatch ? "matches" : "", _ => isMatch ? null : "must be the CRC-32 of the payload before it");

    private static void AddParts(FieldReader reader, int count)
    {
        reader.Add(
            "NU",
            1,
            bytes => $"{bytes[0]} parts",
            bytes => bytes[0] is >= 1 and <= SignalPayload.MaxParts ? null : "must be 1 to 16");
        for (var index = 0; index < Math.Min(count, SignalPayload.MaxParts); index++)
        {
            var version = 0;
            reader.Add(
                $"part {index} IP version",
                1,
                bytes =>
                {
                    version = bytes[0];
                    return $"IPv{version}";
                },
                bytes => bytes[0] is 4 or 6 ? null : "must be 04 or 06");
            reader.Add($"part {index} HS", 16, _ => "MD5 of the key id");
            reader.Add($"part {index} address", version == 4 ? 4 : 16, WireText.Address);
            reader.Add($"part {index} fill", version == 4 ? SignalPart.FillLength : 0, _ => "random");
            reader.Add(
                $"part {index} port",
                3,
                WireText.Number,
                bytes => bytes[0] == 0 && (bytes[1] | bytes[2]) != 0 ? null : "must be 1 to 65535");
        }
    }
}
