using Rke.Gateway.Errors;
using Rke.Gateway.Policy;
using Rke.V1;

namespace Rke.Gateway.Sessions.Peers;

/// <summary>The sessions that one call may see: those of the peers that the policy permits, and that the caller asks for.</summary>
internal sealed class SessionView
{
    private const int MaxPeers = 100;
    private const int MaxNameLength = 64;

    private readonly Permit _permit;
    private readonly HashSet<string> _wanted;

    private SessionView(Permit permit, IEnumerable<string> wanted)
    {
        _permit = permit;
        _wanted = new(wanted, StringComparer.Ordinal);
    }

    /// <summary>All sessions that a permit allows.</summary>
    public static SessionView Of(Permit permit) => new(permit, []);

    /// <summary>Those of some peers.</summary>
    /// <param name="peers">The field <c>peers</c> of the request. Empty for all.</param>
    public static SessionView Of(Permit permit, IReadOnlyCollection<string> peers, BadFields bad)
    {
        bad.Check(
            peers.Count <= MaxPeers && peers.All(peer => peer.Length is > 0 and <= MaxNameLength),
            "peers",
            $"must be at most {MaxPeers} names of 1 to {MaxNameLength} characters");
        return new(permit, peers);
    }

    /// <summary>The same view after a change of the policy.</summary>
    public SessionView With(Permit permit) => new(permit, _wanted);

    public bool Includes(string peer) => (_wanted.Count == 0 || _wanted.Contains(peer)) && _permit.AllowsPeer(peer);

    public bool Includes(Session session) => Includes(session.Peer);
}
