using System.Text;
using Rke.Wire;

namespace Rke.Cli;

/// <summary>The fields of plain payloads (docs/WIRE.md §5, §6).</summary>
internal static class PayloadFields
{
    private const int TrailerLength = ProfileRules.TrailerLength;

    public static void AddRequest(FieldList list, WireProfile profile, WireCommand command, ReadOnlySpan<byte> payload)
    {
        switch (command)
        {
            case WireCommand.PostKey when profile == WireProfile.Rke:
                list.Add("key id", 16, _ => "its MD5 is HS");
                AddPlace(list, profile, payload.Length > 17 ? payload[16] : 0);
                AddPadding(list, payload.Length > 17 ? payload[16] : 0, payload.Length > 17 ? payload[17] : 0);
                break;
            case WireCommand.PostKey:
                list.Add("HS", 16, _ => "MD5 of the key id");
                list.Add("receiver address", 16, WireWords.RightAlignedAddress);
                AddCoin(list, "receiver's ");
                AddPadding(list, payload.Length > 166 ? payload[165] : 0, payload.Length > 166 ? payload[166] : 0);
                AddPlace(list, profile, payload.Length > 165 ? payload[165] : 0);
                break;
            case WireCommand.GetKey:
                list.Add("HS", 16, _ => "MD5 of the key id");
                if (profile == WireProfile.Raidax)
                {
                    AddCoin(list, "sender's ");
                    list.Add("sender address", 16, WireWords.RightAlignedAddress);
                }

                break;
            case WireCommand.Signal:
                AddParts(list, payload.IsEmpty ? 0 : payload[0]);
                break;
            case WireCommand.NameLookup:
                list.Add(
                    "record type",
                    1,
                    bytes => ((NameRecordType)bytes[0]).ToString().ToUpperInvariant(),
                    bytes => bytes[0] is >= 1 and <= 3 ? null : "must be 1, 2 or 3");
                list.AddRest("name", TrailerLength, Encoding.ASCII.GetString(payload.IsEmpty ? payload : payload[1..]));
                break;
            default:
                break;
        }

        list.AddRest("too many bytes", TrailerLength, "belong to no field");
    }

    public static void AddAnswer(FieldList list, WireProfile profile, WireCommand command, ReadOnlySpan<byte> payload)
    {
        switch (command)
        {
            case WireCommand.GetKey when profile == WireProfile.Rke && !payload.IsEmpty:
                list.Add("key id", 16, _ => "its MD5 is HS");
                AddCoin(list, "sender's ");
                list.Add("sender address", 16, WireWords.RightAlignedAddress);
                if (payload.Length > 37)
                {
                    int length = payload[37];
                    list.Add("KL", 1, WireWords.Number, bytes => CheckLength(bytes[0]));
                    list.Add("key part", Math.Min(length, payload.Length - 38), _ => $"{length} bytes", isSecret: true);
                }

                break;
            case WireCommand.GetKey when !payload.IsEmpty:
                AddCoin(list, "sender's ");
                list.AddRest("key part", TrailerLength, $"{payload.Length - 5} bytes", isSecret: true);
                break;
            case WireCommand.Signal:
                for (var index = 0; index < Math.Min(16, payload.Length); index++)
                {
                    list.Add(
                        $"part {index}",
                        1,
                        bytes => bytes[0] == 0xFF ? "used" : "not used",
                        bytes => bytes[0] is 0x00 or 0xFF ? null : "must be 00 or ff");
                }

                break;
            case WireCommand.NameLookup when payload.Length == 6:
                list.Add("IPv4 address", 4, WireWords.Address);
                list.Add("port", 2, WireWords.Number);
                break;
            case WireCommand.NameLookup when !payload.IsEmpty:
                list.AddRest("text", TrailerLength, Encoding.UTF8.GetString(payload));
                break;
            default:
                break;
        }

        list.AddRest("too many bytes", TrailerLength, "belong to no field");
    }

    private static void AddPlace(FieldList list, WireProfile profile, int start)
    {
        list.Add("KS", 1, bytes => $"the key part starts at byte {bytes[0]} of the padding");
        list.Add(
            "KL",
            1,
            WireWords.Number,
            bytes => CheckLength(bytes[0])
                ?? (start + bytes[0] <= ProfileRules.KeyRoom(profile)
                    ? null
                    : $"KS + KL must be {ProfileRules.KeyRoom(profile)} at most"));
    }

    private static string? CheckLength(int length) =>
        ProfileRules.IsKeyLength(length) ? null : "must be 4, 8, 16, 24, 32 or 40";

    private static void AddPadding(FieldList list, int start, int length)
    {
        start = Math.Min(start, ProfileRules.PaddingLength);
        length = Math.Min(length, ProfileRules.PaddingLength - start);
        list.Add("padding", start, _ => "random");
        list.Add("key part", length, bytes => $"{bytes.Length} bytes", isSecret: true);
        list.Add("padding", ProfileRules.PaddingLength - start - length, _ => "random");
    }

    private static void AddCoin(FieldList list, string whose)
    {
        list.Add($"{whose}DN", 1, WireWords.Signed);
        list.Add($"{whose}SN", 4, WireWords.Number);
    }

    private static void AddParts(FieldList list, int count)
    {
        list.Add(
            "NU",
            1,
            bytes => $"{bytes[0]} parts",
            bytes => bytes[0] is >= 1 and <= SignalPayload.MaxParts ? null : "must be 1 to 16");
        for (var index = 0; index < Math.Min(count, SignalPayload.MaxParts); index++)
        {
            var version = 0;
            list.Add(
                $"part {index} IP version",
                1,
                bytes =>
                {
                    version = bytes[0];
                    return $"IPv{version}";
                },
                bytes => bytes[0] is 4 or 6 ? null : "must be 04 or 06");
            list.Add($"part {index} HS", 16, _ => "MD5 of the key id");
            list.Add($"part {index} address", version == 4 ? 4 : 16, WireWords.Address);
            list.Add($"part {index} fill", version == 4 ? SignalPart.FillLength : 0, _ => "random");
            list.Add(
                $"part {index} port",
                3,
                WireWords.Number,
                bytes => bytes[0] == 0 && (bytes[1] | bytes[2]) != 0 ? null : "must be 1 to 65535");
        }
    }
}
