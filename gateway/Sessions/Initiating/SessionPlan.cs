using Google.Protobuf.Collections;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;
using Rke.V1;
using Rke.Wire;

namespace Rke.Gateway.Sessions.Initiating;

/// <summary>A valid InitiateSession request, with the length of each part.</summary>
/// <param name="Target">The receiver of the Signal, without the parts.</param>
/// <param name="Lengths">The length of each part, in order.</param>
/// <param name="Network">The only network whose servers may be used. Null allows all networks.</param>
/// <param name="IsExchange">Exchange Keys over TCP instead of a Signal.</param>
/// <param name="Preferences">The preferred, allowed and excluded servers.</param>
internal sealed record SessionPlan(
    SignalRequest Target, IReadOnlyList<int> Lengths, Network? Network, bool IsExchange, SessionPreferences Preferences)
{
    /// <summary>Validates the request. The call fails with all invalid fields at once.</summary>
    public static SessionPlan Parse(InitiateSessionRequest request, NetworkDirectory networks)
    {
        var bad = new BadFields();
        var target = ParseTarget(request, bad);
        var lengths = request.PartLengths.Count > 0 ? ParseLengths(request, bad) : ChooseLengths(request, bad);
        var preferences = request.Preferences ?? new SessionPreferences();
        var network = preferences.HasNetwork ? networks.Find(preferences.Network) : null;
        bad.Check(
            !preferences.HasNetwork || network is not null,
            "preferences.network",
            "is not a configured network; omit it to use any network that both sides have");
        CheckIds(preferences.OnlyRaidaIds, "preferences.only_raida_ids", bad);
        CheckIds(preferences.ExcludeRaidaIds, "preferences.exclude_raida_ids", bad);
        CheckIds(preferences.PreferRaidaIds, "preferences.prefer_raida_ids", bad);
        bad.Check(
            Enum.IsDefined(request.Transport), "transport", "must be TRANSPORT_SIGNAL or TRANSPORT_EXCHANGE, or absent");
        bad.ThrowIfAny();
        return new(
            target, lengths, network, request.Transport == InitiateSessionRequest.Types.Transport.Exchange, preferences);
    }

    private static SignalRequest ParseTarget(InitiateSessionRequest request, BadFields bad)
    {
        switch (request.TargetCase)
        {
            case InitiateSessionRequest.TargetOneofCase.Domain:
                bad.Check(request.Domain.Length > 0, "domain", "must not be empty");
                return new() { Domain = request.Domain };
            case InitiateSessionRequest.TargetOneofCase.Endpoint:
                bad.Check(request.Endpoint.Host.Length > 0, "endpoint.host", "must not be empty");
                bad.Check(request.Endpoint.Port is > 0 and <= ushort.MaxValue, "endpoint.port", "must be 1 to 65535");
                return new() { Endpoint = request.Endpoint };
            default:
                bad.Add("target", "must be domain or endpoint");
                return new();
        }
    }

    private static IReadOnlyList<int> ParseLengths(InitiateSessionRequest request, BadFields bad)
    {
        bad.Check(
            request.PartLengths.Count <= SessionKey.MaxParts,
            "part_lengths",
            $"must have at most {SessionKey.MaxParts} elements");
        for (var index = 0; index < Math.Min(request.PartLengths.Count, SessionKey.MaxParts); index++)
        {
            bad.Check(
                SessionKey.PartLengths.Any(length => length == request.PartLengths[index]),
                $"part_lengths[{index}]",
                "must be 4, 8, 16, 24, 32 or 40");
        }

        var sum = request.PartLengths.Sum(length => (long)length);
        bad.Check(sum >= SessionKey.MinLength, "part_lengths", $"must add up to at least {SessionKey.MinLength}");
        bad.Check(
            request.KeySize == 0 || request.KeySize == sum, "key_size", "must be 0 or the sum of part_lengths");
        bad.Check(
            request.PartCount == 0 || request.PartCount == request.PartLengths.Count,
            "part_count",
            "must be 0 or the number of part_lengths");
        return [.. request.PartLengths.Select(length => (int)Math.Min(length, int.MaxValue))];
    }

    private static IReadOnlyList<int> ChooseLengths(InitiateSessionRequest request, BadFields bad)
    {
        var isSize = bad.Check(
            request.KeySize == 0
                || (request.KeySize >= SessionKey.MinLength && request.KeySize <= SessionKey.MaxLength
                    && request.KeySize % SessionKey.LengthUnit == 0),
            "key_size",
            $"must be 0, or {SessionKey.MinLength} to {SessionKey.MaxLength} and a multiple of {SessionKey.LengthUnit}");
        var isCount = bad.Check(
            request.PartCount <= SessionKey.MaxParts, "part_count", $"must be 0 to {SessionKey.MaxParts}");
        if (!isSize || !isCount)
        {
            return [];
        }

        var size = request.KeySize == 0 ? SessionKey.DefaultLength : (int)request.KeySize;
        var cut = request.PartCount == 0 ? KeySplitter.SplitByDefault(size) : KeySplitter.SplitEvenly(size, (int)request.PartCount);
        bad.Check(
            cut is not null,
            request.PartCount == 0 ? "key_size" : "part_count",
            $"must allow parts of 4, 8, 16, 24, 32 or 40 bytes that add up to {size} bytes");
        return cut ?? [];
    }

    private static void CheckIds(RepeatedField<uint> ids, string path, BadFields bad)
    {
        for (var index = 0; index < ids.Count; index++)
        {
            if (!bad.Check(ids[index] <= RaidaNetwork.MaxRaidaId, $"{path}[{index}]", $"must be 0 to {RaidaNetwork.MaxRaidaId}"))
            {
                return;
            }
        }
    }
}
