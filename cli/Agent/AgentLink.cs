using System.CommandLine;
using Google.Protobuf;
using Rke.V1;

namespace Rke.Cli;

/// <summary>
/// Sessions and notices through the gateway of this end. A notice is the part of a session with one part. It needs no other way to the other
/// end than the sessions.
/// </summary>
internal sealed class AgentLink(GatewayOptions gateway, ParseResult parsed, PeerSettings peer) : IAgentLink
{
    private const int MaxAttempts = 4;

    private static readonly TimeSpan SessionTime = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan CallTime = TimeSpan.FromSeconds(5);

    public async Task<AgentKey> ProposeAsync(CancellationToken cancellationToken)
    {
        var request = new InitiateSessionRequest
        {
            KeySize = AgentKey.Length,
            PartCount = peer.Parts,
            DeriveLabels = { AgentKey.KeyLabel, AgentKey.InitiatorLabel, AgentKey.ReceiverLabel },
        };
        request.SetReceiver(peer.OtherEnd);
        var made = await gateway.CallSessionsAsync(
            parsed, (client, options) => client.InitiateSessionAsync(request, options), cancellationToken, SessionTime);
        return Read(made.SessionId, made.LabelKeys, made.Parts);
    }

    public async Task SendAsync(IReadOnlyList<AgentServer> servers, byte[] notice, CancellationToken cancellationToken)
    {
        if (servers.Count == 0)
        {
            throw new FailureException(ExitCode.Unavailable, "No part of the key is at a key server of a network that this gateway has.");
        }

        var order = servers.ToArray();
        Random.Shared.Shuffle(order);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await SendAsync(order[(attempt - 1) % order.Length], notice, cancellationToken);
                return;
            }
            catch (FailureException) when (attempt < Math.Min(order.Length, MaxAttempts))
            {
                // Another key server can work.
            }
        }
    }

    /// <summary>The key of a session.</summary>
    public static AgentKey Read(ByteString id, IReadOnlyList<SessionLabelKey> keys, IReadOnlyList<SessionPart> parts) => new(
        HexText.Of(id.Span),
        keys[0].Key.ToByteArray(),
        keys[1].Key.ToByteArray(),
        keys[2].Key.ToByteArray(),
        [.. parts.Where(part => part.Used && part.Network > 0).Select(part => new AgentServer(part.Network, part.RaidaId))]);

    private async Task SendAsync(AgentServer server, byte[] notice, CancellationToken cancellationToken)
    {
        var posted = await gateway.CallAsync(
            parsed,
            (client, options) => client.PostKeyAsync(
                new() { Network = server.Network, RaidaId = server.RaidaId, KeyPart = ByteString.CopyFrom(notice) }, options),
            cancellationToken,
            CallTime);
        var signal = new SignalRequest { Parts = { new KeyPartLocation { KeyIdHash = posted.KeyIdHash, Server = posted.Server } } };
        signal.SetReceiver(peer.OtherEnd);
        var answer = await gateway.CallAsync(parsed, (client, options) => client.SignalAsync(signal, options), cancellationToken, CallTime);
        if (answer.UsedParts.Count == 0)
        {
            throw new FailureException(ExitCode.Unavailable, $"The other end could not collect the notice from key server {server}.");
        }
    }
}
