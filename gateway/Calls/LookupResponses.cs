using Google.Protobuf.WellKnownTypes;
using Rke.Dns;
using Rke.Lookup;
using Rke.V1;

namespace Rke.Gateway.Calls;

/// <summary>Converts the answer of a lookup to a <see cref="LookupResponse"/>.</summary>
internal static class LookupResponses
{
    public static LookupResponse ToResponse(this LookupAnswer answer)
    {
        var response = new LookupResponse
        {
            Source = answer.Source switch
            {
                LookupSource.Dns => LookupResponse.Types.Source.Dns,
                LookupSource.Raida => LookupResponse.Types.Source.Raida,
                _ => LookupResponse.Types.Source.Default,
            },
            Signal = answer.Signals is [var first, ..] ? ToMessage(first) : null,
            Anonymous = answer.Records.IsAnonymousFine,
            Ttl = Duration.FromTimeSpan(answer.Ttl),
            Stale = answer.IsStale,
        };
        response.Memberships.AddRange(answer.Records.Memberships.Select(ToMessage));
        response.KeyServers.AddRange(answer.Records.KeyServers.Select(ToMessage));
        response.Unreadable.AddRange(answer.Records.Unreadable);
        response.Conflicts.AddRange(answer.Conflicts);
        return response;
    }

    private static V1.Membership ToMessage(Lookup.Memberships.Membership membership) => new()
    {
        HostPattern = membership.HostPattern,
        Network = membership.Network,
        Stripe = membership.Stripe,
        Coin = membership.Coin is { } coin
            ? new Coin { Denomination = coin.Denomination, SerialNumber = coin.SerialNumber }
            : null,
        ClientPrivacy = membership.ClientPrivacy,
        ServerAuthentication = membership.ServerAuthentication,
        Signal = membership.Signal is { } signal ? ToMessage(signal) : null,
    };

    private static V1.KeyServer ToMessage(Lookup.Memberships.KeyServer server) => new()
    {
        RaidaId = server.RaidaId,
        Endpoint = ToMessage(server.Endpoint),
        KeyNumber = server.KeyNumber,
    };

    private static V1.Endpoint ToMessage(HostEndpoint endpoint) => new() { Host = endpoint.Host, Port = endpoint.Port };
}
