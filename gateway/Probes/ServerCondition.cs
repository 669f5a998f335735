using Rke.Gateway.Networks;

namespace Rke.Gateway.Probes;

/// <summary>Whether a key server responds, as the probes and the calls of this replica have found it.</summary>
/// <param name="Since">When the state began.</param>
/// <param name="LastResponse">When the server last responded, to within a second. Null before the first response.</param>
/// <param name="Address">The address, or the host name if it has not been resolved.</param>
internal sealed record ServerCondition(
    ServerState State, DateTimeOffset Since, DateTimeOffset? LastResponse, string Address)
{
    /// <summary>
    /// What is wrong and what to do, for an operator. Null if the server is live, or if its name cannot be resolved, which the
    /// refresh of names reports.
    /// </summary>
    public string? ProblemOf(ServerId server) => State switch
    {
        ServerState.Silent =>
            $"Key server {server} at {Address} does not respond; check that it runs, and that firewalls permit UDP to it and back.",
        ServerState.Unreachable =>
            $"Key server {server} at {Address} is unreachable; check its address, that it runs, and the route to it.",
        ServerState.WrongRaidaId =>
            $"The server at {Address} is not key server {server}; correct its address or RAIDA id in Rke:Networks.",
        ServerState.Failing =>
            $"Key server {server} at {Address} responds to Echo with an error; check its log, its network and its profile.",
        _ => null,
    };
}

/// <summary>The states of a key server.</summary>
internal enum ServerState
{
    /// <summary>No probe has ended yet.</summary>
    Unknown,

    /// <summary>The server responds.</summary>
    Live,

    /// <summary>The server does not respond.</summary>
    Silent,

    /// <summary>This machine or the network reports that it cannot reach the server.</summary>
    Unreachable,

    /// <summary>The server has another RAIDA id.</summary>
    WrongRaidaId,

    /// <summary>The server responds to an Echo with an error.</summary>
    Failing,

    /// <summary>The host name of the server cannot be resolved.</summary>
    NotResolved,
}
