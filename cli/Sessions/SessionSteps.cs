using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Rke.V1;

namespace Rke.Cli;

/// <summary>Formats a step of a session as one line of text.</summary>
internal static class SessionStepText
{
    /// <summary>Formats any step except the result.</summary>
    public static string Of(InitiateSessionStreamResponse message) => $"{Time(message.Elapsed),10}  " + message.StepCase switch
    {
        InitiateSessionStreamResponse.StepOneofCase.LookedUp => $"looked up        {LookedUp(message.LookedUp)}",
        InitiateSessionStreamResponse.StepOneofCase.PartSent =>
            $"part sent        part {message.PartSent.Index} to {Server(message.PartSent.Network, message.PartSent.RaidaId)}",
        InitiateSessionStreamResponse.StepOneofCase.PartPosted =>
            $"part posted      part {message.PartPosted.Index} on "
            + $"{Server(message.PartPosted.Network, message.PartPosted.RaidaId)} at {ResponseJson.Of(message.PartPosted.Server)}",
        InitiateSessionStreamResponse.StepOneofCase.ServerReplaced =>
            $"server replaced  part {message.ServerReplaced.Index}: "
            + $"{Server(message.ServerReplaced.Network, message.ServerReplaced.RaidaId)} {Reason(message.ServerReplaced)}",
        InitiateSessionStreamResponse.StepOneofCase.Signalled => $"signalled        {message.Signalled.PartCount} parts",
        InitiateSessionStreamResponse.StepOneofCase.Used =>
            $"used             parts {Parts(message.Used)} by {ResponseJson.Of(message.Used.Endpoint)}",
        _ => "a step that this version of rkectl does not support",
    };

    public static string LookedUp(SessionLookedUp step)
    {
        var found = step.Lookup is { } lookup
            ? $"{lookup.Source.ToString().ToLowerInvariant()}, signals at {ResponseJson.Of(lookup.Signal)}, "
            : "";
        return $"{found}{step.ServerCount} key servers, parts of {string.Join(" + ", step.PartLengths)} bytes";
    }

    public static string Parts(SessionUsed step) => step.UsedParts.Count == 0 ? "none" : string.Join(", ", step.UsedParts);

    public static string Reason(SessionServerReplaced step) => step.Reason.Length == 0 ? "is slow" : step.Reason;

    public static string Server(uint network, uint raidaId) => $"key server {raidaId} of network {network}";

    public static string Time(Duration? time) =>
        FormattableString.Invariant($"{(time ?? new()).ToTimeSpan().TotalMilliseconds:0.0} ms");
}

/// <summary>Converts a step of a session to a JSON object.</summary>
internal static class SessionStepJson
{
    /// <summary>Formats any step except the result.</summary>
    public static JsonObject Of(InitiateSessionStreamResponse message)
    {
        var json = new JsonObject { ["step"] = Name(message), ["elapsed"] = ResponseJson.Of(message.Elapsed) };
        switch (message.StepCase)
        {
            case InitiateSessionStreamResponse.StepOneofCase.LookedUp:
                json["source"] = message.LookedUp.Lookup?.Source.ToString().ToLowerInvariant();
                json["signal"] = ResponseJson.Of(message.LookedUp.Lookup?.Signal);
                json["server_count"] = message.LookedUp.ServerCount;
                json["part_lengths"] = ResponseJson.Of(message.LookedUp.PartLengths);
                break;
            case InitiateSessionStreamResponse.StepOneofCase.PartSent:
                Add(json, message.PartSent.Index, message.PartSent.Network, message.PartSent.RaidaId);
                break;
            case InitiateSessionStreamResponse.StepOneofCase.PartPosted:
                Add(json, message.PartPosted.Index, message.PartPosted.Network, message.PartPosted.RaidaId);
                json["server"] = ResponseJson.Of(message.PartPosted.Server);
                break;
            case InitiateSessionStreamResponse.StepOneofCase.ServerReplaced:
                var replaced = message.ServerReplaced;
                Add(json, replaced.Index, replaced.Network, replaced.RaidaId);
                json["reason"] = replaced.Reason.Length == 0 ? null : replaced.Reason;
                break;
            case InitiateSessionStreamResponse.StepOneofCase.Signalled:
                json["part_count"] = message.Signalled.PartCount;
                break;
            case InitiateSessionStreamResponse.StepOneofCase.Used:
                json["endpoint"] = ResponseJson.Of(message.Used.Endpoint);
                json["used_parts"] = ResponseJson.Of(message.Used.UsedParts);
                break;
        }

        return json;
    }

    private static string Name(InitiateSessionStreamResponse message) => message.StepCase switch
    {
        InitiateSessionStreamResponse.StepOneofCase.LookedUp => "looked_up",
        InitiateSessionStreamResponse.StepOneofCase.PartSent => "part_sent",
        InitiateSessionStreamResponse.StepOneofCase.PartPosted => "part_posted",
        InitiateSessionStreamResponse.StepOneofCase.ServerReplaced => "server_replaced",
        InitiateSessionStreamResponse.StepOneofCase.Signalled => "signalled",
        InitiateSessionStreamResponse.StepOneofCase.Used => "used",
        _ => "unknown",
    };

    private static void Add(JsonObject json, uint index, uint network, uint raidaId)
    {
        json["index"] = index;
        json["network"] = network;
        json["raida_id"] = raidaId;
    }
}
