using Google.Protobuf.WellKnownTypes;
using Rke.Gateway.State;
using Rke.V1;

namespace Rke.Gateway.Sessions.Initiating;

/// <summary>Tells whoever wants to know how far a session is. Safe for use by several tasks.</summary>
/// <param name="tell">Told of each step in order; null when nobody wants to know.</param>
internal sealed class SessionSteps(Action<InitiateSessionStreamResponse>? tell, TimeProvider timeProvider)
{
    private readonly Lock _gate = new();
    private readonly long _started = timeProvider.GetTimestamp();

    public TimeSpan Elapsed => timeProvider.GetElapsedTime(_started);

    public void LookedUp(LookupResponse? lookup, int servers, IReadOnlyList<int> lengths) => Tell(new()
    {
        LookedUp = new()
        {
            Lookup = lookup,
            Servers = (uint)servers,
            PartLengths = { lengths.Select(length => (uint)length) },
        },
    });

    public void Sent(int index, ServerNumber server) => Tell(new()
    {
        PartSent = new() { Index = (uint)index, Network = server.Network, RaidaId = server.RaidaId },
    });

    public void Posted(int index, ServerNumber server, V1.Endpoint endpoint) => Tell(new()
    {
        PartPosted = new()
        {
            Index = (uint)index,
            Network = server.Network,
            RaidaId = server.RaidaId,
            Server = endpoint,
        },
    });

    public void Replaced(int index, ServerNumber server, string reason) => Tell(new()
    {
        ServerReplaced = new()
        {
            Index = (uint)index,
            Network = server.Network,
            RaidaId = server.RaidaId,
            Reason = reason,
        },
    });

    public void Signalled(int parts) => Tell(new() { Signalled = new() { Parts = (uint)parts } });

    public void Used(SignalResponse response) => Tell(new()
    {
        Used = new() { Endpoint = response.Endpoint, UsedParts = { response.UsedParts } },
    });

    public void Ended(InitiateSessionResponse response) => Tell(new() { Result = response });

    private void Tell(InitiateSessionStreamResponse step)
    {
        if (tell is null)
        {
            return;
        }

        lock (_gate)
        {
            step.Elapsed = Duration.FromTimeSpan(Elapsed);
            tell(step);
        }
    }
}
