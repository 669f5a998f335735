using Rke.Wire;

namespace Rke.Cli;

/// <summary>Detects the profile and the direction of a frame, even if the frame is invalid.</summary>
internal static class FrameDetector
{
    /// <param name="profile">Null = detect the profile.</param>
    /// <param name="isResponse">Null = detect the direction.</param>
    public static (WireProfile Profile, bool IsResponse) Detect(byte[] frame, WireProfile? profile, bool? isResponse)
    {
        // The first combination that reads without an error is selected. Requests come first: they have more fixed
        // bytes.
        foreach (var direction in (bool[])[false, true])
        {
            foreach (var dialect in (WireProfile[])[WireProfile.Rke, WireProfile.Raidax])
            {
                var isCandidate = (profile ?? dialect) == dialect && (isResponse ?? direction) == direction;
                if (isCandidate && Reads(frame, dialect, direction))
                {
                    return (dialect, direction);
                }
            }
        }

        // Bytes 4-5 of a response are the frame count 1. In a request they are group and command, and 0 and 1 is no
        // command.
        var looksLikeResponse = isResponse ?? (frame is [_, 0, _, _, 0, 1, ..] && frame[0] <= RaidaNetwork.MaxRaidaId);
        return (profile ?? ProfileOf(frame, looksLikeResponse), looksLikeResponse);
    }

    private static bool Reads(byte[] frame, WireProfile profile, bool isResponse)
    {
        if (!isResponse)
        {
            return RequestFrame.TryRead(profile, frame, out _, out _);
        }

        // Without a body, only the status shows the profile.
        return ResponseFrame.TryRead(profile, frame, out var response, out _)
            && (frame.Length > ResponseHeader.Length || profile == WireProfile.Raidax
                || response.Header.Status != ProfileRules.Success(WireProfile.Raidax));
    }

    private static WireProfile ProfileOf(byte[] frame, bool isResponse) =>
        frame is [.., 0x3E, 0x3E] || (isResponse && frame is [_, _, 250, ..])
            ? WireProfile.Raidax
            : WireProfile.Rke;
}
