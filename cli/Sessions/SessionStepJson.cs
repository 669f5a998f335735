using System.Text.Json.Nodes;
using Rke.V1;

namespace Rke.Cli;

/// <summary>A step of a session as one JSON object.</summary>
internal static class SessionStepJson
{
    /// <summary>Of every step but the result.</summary>
    public static JsonObject Of(InitiateSessionStreamResponse message)
    {
        var json = new JsonObject { ["step"] = Name(message), ["elapsed"] = AnswerJson.Of(message.Elapsed) };
        switch (message.StepCase)
        {
            case InitiateSessionStreamResponse.StepOneofCase.LookedUp:
                json["source"] = message.LookedUp.Lookup?.Source.ToString().ToLowerInvariant();
                json["signal"] = AnswerJson.Of(message.LookedUp.Lookup?.Signal);
                json["servers"] = message.LookedUp.Servers;
                json["part_lengths"] = AnswerJson.Of(message.LookedUp.PartLengths);
                break;
            case InitiateSessionStreamResponse.StepOneofCase.PartSent:
                Add(json, message.PartSent.Index, message.PartSent.Network, message.PartSent.RaidaId);
                break;
            case InitiateSessionStreamResponse.StepOneofCase.PartPosted:
                Add(json, message.PartPosted.Index, message.PartPosted.Network, message.PartPosted.RaidaId);
                json["server"] = AnswerJson.Of(message.PartPosted.Server);
                break;
            case InitiateSessionStreamResponse.StepOneofCase.ServerReplaced:
                var replaced = message.ServerReplaced;
                Add(json, replaced.Index, replaced.Network, replaced.RaidaId);
                json["reason"] = replaced.Reason.Length == 0 ? null : replaced.Reason;
                break;
            case InitiateSessionStreamResponse.StepOneofCase.Signalled:
                json["parts"] = message.Signalled.Parts;
                break;
            case InitiateSessionStreamResponse.StepOneofCase.Used:
                json["endpoint"] = AnswerJson.Of(message.Used.Endpoint);
                json["used_parts"] = AnswerJson.Of(message.Used.UsedParts);
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
