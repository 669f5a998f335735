using Google.Protobuf.WellKnownTypes;
using Rke.Gateway.Networks;
using Rke.V1;

namespace Rke.Gateway.Sessions.Initiating;

/// <summary>Reports the steps of one session to InitiateSessionStream. Thread-safe.</summary>
/// <param name="report">Receives each step, in order. Null for InitiateSession, which reports no steps.</param>
internal sealed class SessionProgress(Action<InitiateSessionStreamResponse>? report, TimeProvider timeProvider)
{
    private readonly Lock _gate = new();
    private readonly long _started = timeProvider.GetTimestamp();

    public TimeSpan Elapsed => timeProvider.GetElapsedTime(_started);

    public void LookedUp(LookupResponse? lookup, int servers, IReadOnlyList<int> lengths) => Report(new()
    {
        LookedUp = new()
        {
            Lookup = lookup,
            ServerCount = (uint)servers,
            PartLengths = { lengths.Select(length => (uint)length) },
        },
    });

    public void Sent(int index, ServerId server) => Report(new()
    {
        PartSent = new() { Index = (uint)index, Network = server.Network, RaidaId = server.RaidaId },
    });

    public void Posted(int index, ServerId server, V1.Endpoint endpoint) => Report(new()
    {
        PartPosted = new()
        {
            Index = (uint)index,
            Network = server.Network,
            RaidaId = server.RaidaId,
            Server = endpoint,
        },
    });

    public void Replaced(int index, ServerId server, string reason) => Report(new()
    {
        ServerReplaced = new()
        {
            Index = (uint)index,
            Network = server.Network,
            RaidaId = server.RaidaId,
            Reason = reason,
        },
    });

    public void Signalled(int parts) => Report(new() { Signalled = new() { PartCount = (uint)parts } });

    public void Used(SignalResponse response) => Report(new()
    {
        Used = new() { Endpoint = response.Endpoint, UsedParts = { response.UsedParts } },
    });

    public void Ended(InitiateSessionResponse response) => Report(new() { Result = response });

    private void Report(InitiateSessionStreamResponse step)
    {
        if (report is null)
        {
            return;
        }

        lock (_gate)
        {
            step.Elapsed = Duration.FromTimeSpan(Elapsed);
            report(step);
        }
    }
}
