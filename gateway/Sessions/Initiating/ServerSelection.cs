using Grpc.Core;
using Rke.Gateway.Errors;
using Rke.Gateway.Networks;

namespace Rke.Gateway.Sessions.Initiating;

/// <summary>
/// Selects a key server for each part of one session. It selects the server with the fewest parts of the session, so parts
/// share a server only if there are more parts than servers. Thread-safe.
/// </summary>
/// <param name="servers">The candidates in the order of preference.</param>
internal sealed class ServerSelection(IReadOnlyList<ServerId> servers)
{
    private readonly Lock _gate = new();
    private readonly int[] _parts = new int[servers.Count];
    private readonly Dictionary<ServerId, CallFailure?> _failed = [];

    /// <summary>The next server for a part. Null if each server has failed or was tried for this part.</summary>
    public ServerId? Next(IReadOnlySet<ServerId> tried)
    {
        lock (_gate)
        {
            var best = -1;
            for (var index = 0; index < servers.Count; index++)
            {
                if (!_failed.ContainsKey(servers[index]) && !tried.Contains(servers[index])
                    && (best < 0 || _parts[index] < _parts[best]))
                {
                    best = index;
                }
            }

            if (best < 0)
            {
                return null;
            }

            _parts[best]++;
            return servers[best];
        }
    }

    /// <summary>Removes a server from the candidates of this session.</summary>
    /// <param name="failure">Why a part could not be posted to it. Null if the reason is unknown.</param>
    public void Exclude(ServerId server, CallFailure? failure)
    {
        lock (_gate)
        {
            _failed[server] = failure;
        }
    }

    /// <summary>
    /// The error if each server has no free coin for the session: waiting helps, and other servers or preferences do not. Null otherwise.
    /// </summary>
    public CallFailure? FindExhaustion()
    {
        lock (_gate)
        {
            CallFailure[] failures = [.. _failed.Values.OfType<CallFailure>()
                .Where(failure => failure.Reason is Reason.NoFreeCoin or Reason.CoinOverused)];
            return failures.Length > 0 && failures.Length == servers.Count ? Exhausted(failures) : null;
        }
    }

    private static CallFailure Exhausted(CallFailure[] failures) => new(
        StatusCode.ResourceExhausted,
        Reason.NoFreeCoin,
        "No coin is free on the key servers that both sides can use. Wait, or add coins.")
    {
        Network = failures.Select(failure => failure.Network).Distinct().ToArray() is [var network] ? network : null,
        RetryAfter = failures.Min(failure => failure.RetryAfter),
        QuotaSubject = "coins",
    };
}
