using Google.Protobuf.Collections;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;
using Rke.V1;

namespace Rke.Gateway.Sessions.Initiating;

/// <summary>An InitiateSession request that cannot be wrong any more: the cut is chosen.</summary>
/// <param name="Target">Whom to signal, without the parts.</param>
/// <param name="Lengths">The length of each part, in order.</param>
/// <param name="Network">Only servers of this network; null = of any.</param>
/// <param name="Preferences">Which servers.</param>
internal sealed record SessionOrder(
    SignalRequest Target, IReadOnlyList<int> Lengths, Network? Network, SessionPreferences Preferences)
{
    private const uint HighestRaidaId = 24;

    /// <summary>Reads the request; the call ends with every bad field at once.</summary>
    public static SessionOrder Parse(InitiateSessionRequest request, NetworkDirectory networks)
    {
        var bad = new BadFields();
        var target = ParseTarget(request, bad);
        var lengths = request.PartLengths.Count > 0 ? ParseLengths(request, bad) : ChooseLengths(request, bad);
        var preferences = request.Preferences ?? new SessionPreferences();
        var network = preferences.Network == 0 ? null : networks.Find(preferences.Network);
        bad.Check(
            preferences.Network == 0 || network is not null,
            "preferences.network",
            "no such network is configured here; 0 is any that both sides have");
        CheckIds(preferences.OnlyRaidaIds, "preferences.only_raida_ids", bad);
        CheckIds(preferences.ExcludeRaidaIds, "preferences.exclude_raida_ids", bad);
        CheckIds(preferences.PreferRaidaIds, "preferences.prefer_raida_ids", bad);
        bad.ThrowIfAny();
        return new(target, lengths, network, preferences);
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
                bad.Add("target", "domain or endpoint must be given");
                return new();
        }
    }

    private static IReadOnlyList<int> ParseLengths(InitiateSessionRequest request, BadFields bad)
    {
        bad.Check(
            request.PartLengths.Count <= SessionKey.MostParts,
            "part_lengths",
            $"must be at most {SessionKey.MostParts}");
        for (var index = 0; index < Math.Min(request.PartLengths.Count, SessionKey.MostParts); index++)
        {
            bad.Check(
                SessionKey.PartLengths.Any(length => length == request.PartLengths[index]),
                $"part_lengths[{index}]",
                "must be 4, 8, 16, 24, 32 or 40");
        }

        var sum = request.PartLengths.Sum(length => (long)length);
        bad.Check(sum >= SessionKey.LeastLength, "part_lengths", $"must add up to at least {SessionKey.LeastLength}");
        bad.Check(
            request.KeySize == 0 || request.KeySize == sum, "key_size", "must be 0 or what part_lengths add up to");
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
                || (request.KeySize >= SessionKey.LeastLength && request.KeySize <= SessionKey.MostLength
                    && request.KeySize % SessionKey.Unit == 0),
            "key_size",
            $"must be 0, or {SessionKey.LeastLength} to {SessionKey.MostLength} and a multiple of {SessionKey.Unit}");
        var isCount = bad.Check(
            request.PartCount <= SessionKey.MostParts, "part_count", $"must be 0 to {SessionKey.MostParts}");
        if (!isSize || !isCount)
        {
            return [];
        }

        var size = request.KeySize == 0 ? SessionKey.UsualLength : (int)request.KeySize;
        var cut = request.PartCount == 0 ? KeyCut.Usual(size) : KeyCut.Even(size, (int)request.PartCount);
        bad.Check(
            cut is not null,
            request.PartCount == 0 ? "key_size" : "part_count",
            $"so many parts of 4, 8, 16, 24, 32 or 40 bytes do not make up {size} bytes");
        return cut ?? [];
    }

    private static void CheckIds(RepeatedField<uint> ids, string path, BadFields bad)
    {
        for (var index = 0; index < ids.Count; index++)
        {
            if (!bad.Check(ids[index] <= HighestRaidaId, $"{path}[{index}]", $"must be 0 to {HighestRaidaId}"))
            {
                return;
            }
        }
    }
}
