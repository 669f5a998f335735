using Google.Protobuf.WellKnownTypes;
using Rke.V1;

namespace Rke.Cli;

/// <summary>A step of a session as one line, for output that is no screen.</summary>
internal static class SessionStepText
{
    /// <summary>Of every step but the result.</summary>
    public static string Of(InitiateSessionStreamResponse message) => $"{Time(message.Elapsed),10}  " + message.StepCase switch
    {
        InitiateSessionStreamResponse.StepOneofCase.LookedUp => $"looked up        {LookedUp(message.LookedUp)}",
        InitiateSessionStreamResponse.StepOneofCase.PartSent =>
            $"part sent        part {message.PartSent.Index} to {Server(message.PartSent.Network, message.PartSent.RaidaId)}",
        InitiateSessionStreamResponse.StepOneofCase.PartPosted =>
            $"part posted      part {message.PartPosted.Index} on "
            + $"{Server(message.PartPosted.Network, message.PartPosted.RaidaId)} at {AnswerJson.Of(message.PartPosted.Server)}",
        InitiateSessionStreamResponse.StepOneofCase.ServerReplaced =>
            $"server replaced  part {message.ServerReplaced.Index}: "
            + $"{Server(message.ServerReplaced.Network, message.ServerReplaced.RaidaId)} {Why(message.ServerReplaced)}",
        InitiateSessionStreamResponse.StepOneofCase.Signalled => $"signalled        {message.Signalled.Parts} parts",
        InitiateSessionStreamResponse.StepOneofCase.Used =>
            $"used             parts {Parts(message.Used)} by {AnswerJson.Of(message.Used.Endpoint)}",
        _ => "a step that this version does not know",
    };

    public static string LookedUp(SessionLookedUp step)
    {
        var found = step.Lookup is { } lookup
            ? $"{lookup.Source.ToString().ToLowerInvariant()}, signals at {AnswerJson.Of(lookup.Signal)}, "
            : "";
        return $"{found}{step.Servers} key servers, parts of {string.Join(" + ", step.PartLengths)} bytes";
    }

    public static string Parts(SessionUsed step) => step.UsedParts.Count == 0 ? "none" : string.Join(", ", step.UsedParts);

    public static string Why(SessionServerReplaced step) => step.Reason.Length == 0 ? "is slow" : step.Reason;

    public static string Server(uint network, uint raidaId) => $"key server {raidaId} of network {network}";

    public static string Time(Duration? time) =>
        FormattableString.Invariant($"{(time ?? new()).ToTimeSpan().TotalMilliseconds:0.0} ms");
}
