using Rke.Wire;

namespace Rke.Cli;

/// <summary>Tells profile and direction of a frame that may be wrong.</summary>
internal static class FrameKind
{
    /// <param name="profile">Null = to be told.</param>
    /// <param name="isResponse">Null = to be told.</param>
    public static (WireProfile Profile, bool IsResponse) Tell(byte[] frame, WireProfile? profile, bool? isResponse)
    {
        // What reads without a mistake is what it looks like; requests first: they have more fixed bytes.
        foreach (var direction in (bool[])[false, true])
        {
            foreach (var dialect in (WireProfile[])[WireProfile.Rke, WireProfile.Raidax])
            {
                var isAsked = (profile ?? dialect) == dialect && (isResponse ?? direction) == direction;
                if (isAsked && Reads(frame, dialect, direction))
                {
                    return (dialect, direction);
                }
            }
        }

        // A response has frame count 1 where a request has group and command; no request has group 0 and command 1.
        var looksLikeResponse = isResponse ?? (frame is [_, 0, _, _, 0, 1, ..] && frame[0] < CoinKeys.ServerCount);
        return (profile ?? Dialect(frame, looksLikeResponse), looksLikeResponse);
    }

    private static bool Reads(byte[] frame, WireProfile profile, bool isResponse)
    {
        if (!isResponse)
        {
            return RequestFrame.TryRead(profile, frame, out _, out _);
        }

        // Without a body, the status alone tells the profiles apart.
        return ResponseFrame.TryRead(profile, frame, out var response, out _)
            && (frame.Length > ResponseHeader.Length || profile == WireProfile.Raidax
                || response.Header.Status != ProfileRules.Success(WireProfile.Raidax));
    }

    private static WireProfile Dialect(byte[] frame, bool isResponse) =>
        frame is [.., 0x3E, 0x3E] || (isResponse && frame is [_, _, 250, ..])
            ? WireProfile.Raidax
            : WireProfile.Rke;
}
