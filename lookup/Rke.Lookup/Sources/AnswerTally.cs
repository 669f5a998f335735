namespace Rke.Lookup.Sources;

/// <summary>
/// Counts the answers of several servers to one question. An answer is accepted if at least three servers gave it, and if they are
/// more than half of the servers that answered. So neither a few wrong servers nor the fastest servers decide.
/// </summary>
/// <param name="asked">How many servers were asked.</param>
public sealed class AnswerTally<T>(int asked)
    where T : notnull
{
    /// <summary>The minimum number of servers that must agree.</summary>
    public const int Quorum = 3;

    private readonly Dictionary<T, List<byte>> _servers = [];
    private int _waiting = asked;
    private int _answered;

    public int Answered => _answered;

    /// <summary>Whether each server has answered or failed.</summary>
    public bool IsComplete => _waiting == 0;

    /// <summary>Whether there are different answers.</summary>
    public bool IsDivided => _servers.Count > 1;

    public void Count(byte raidaId, T answer)
    {
        _waiting--;
        _answered++;
        if (!_servers.TryGetValue(answer, out var servers))
        {
            _servers[answer] = servers = [];
        }

        servers.Add(raidaId);
    }

    /// <summary>Counts a server that failed to answer.</summary>
    public void CountSilent() => _waiting--;

    /// <summary>Finds the accepted answer.</summary>
    /// <param name="countWaiting">Whether servers that have not answered count as if they gave another answer.</param>
    public bool TryDecide(bool countWaiting, out T? answer)
    {
        var others = countWaiting ? _waiting : 0;
        foreach (var (candidate, servers) in _servers)
        {
            if (servers.Count >= Quorum && 2 * servers.Count > _answered + others)
            {
                answer = candidate;
                return true;
            }
        }

        answer = default;
        return false;
    }

    /// <summary>The ids of the servers that gave another answer, in order.</summary>
    public IReadOnlyList<byte> Dissenters(T answer) =>
        [.. _servers.Where(entry => !entry.Key.Equals(answer)).SelectMany(entry => entry.Value).Order()];

    /// <summary>The number of servers for each answer, in descending order.</summary>
    public override string ToString() =>
        string.Join(" against ", _servers.Values.Select(servers => servers.Count).OrderDescending());
}
