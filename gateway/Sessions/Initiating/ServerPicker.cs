using Rke.Gateway.State;

namespace Rke.Gateway.Sessions.Initiating;

/// <summary>
/// Gives every part of one session a key server: never one that holds another part while one is free that holds none.
/// Safe for use by several tasks.
/// </summary>
/// <param name="servers">In the order to take them.</param>
internal sealed class ServerPicker(IReadOnlyList<ServerNumber> servers)
{
    private readonly Lock _gate = new();
    private readonly int[] _parts = new int[servers.Count];
    private readonly HashSet<ServerNumber> _failed = [];

    /// <summary>The next server for a part; null when every one has failed or has been tried for this part.</summary>
    public ServerNumber? Take(IReadOnlySet<ServerNumber> tried)
    {
        lock (_gate)
        {
            var best = -1;
            for (var index = 0; index < servers.Count; index++)
            {
                if (!_failed.Contains(servers[index]) && !tried.Contains(servers[index])
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

    /// <summary>The server is not taken for any part of this session any more.</summary>
    public void Fail(ServerNumber server)
    {
        lock (_gate)
        {
            _failed.Add(server);
        }
    }
}
