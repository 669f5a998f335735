namespace Rke.Gateway.Lookup;

/// <summary>
/// Counts what several servers answer to one question. An answer holds when at least three servers gave it and they
/// are more than half of all that answered: neither a few liars nor the fastest ones decide.
/// </summary>
/// <param name="asked">How many servers were asked.</param>
internal sealed class AnswerTally<T>(int asked)
    where T : notnull
{
    /// <summary>How many must agree at least.</summary>
    public const int Quorum = 3;

    private readonly Dictionary<T, List<byte>> _servers = [];
    private int _silent = asked;
    private int _answered;

    public int Answered => _answered;

    /// <summary>Nobody is left who could still answer.</summary>
    public bool IsOver => _silent == 0;

    /// <summary>Do those who answered contradict each other?</summary>
    public bool IsDivided => _servers.Count > 1;

    public void Count(byte raidaId, T answer)
    {
        _silent--;
        _answered++;
        if (!_servers.TryGetValue(answer, out var servers))
        {
            _servers[answer] = servers = [];
        }

        servers.Add(raidaId);
    }

    /// <summary>This server will not answer.</summary>
    public void CountOut() => _silent--;

    /// <summary>The answer that holds.</summary>
    /// <param name="mayOutvote">Whether those who are silent still count as if they would say otherwise.</param>
    public bool TryDecide(bool mayOutvote, out T? answer)
    {
        var others = mayOutvote ? _silent : 0;
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

    /// <summary>The servers that said something else, in order.</summary>
    public IReadOnlyList<byte> Dissenters(T answer) =>
        [.. _servers.Where(entry => !entry.Key.Equals(answer)).SelectMany(entry => entry.Value).Order()];

    /// <summary>How many servers gave each answer, the most first.</summary>
    public override string ToString() =>
        string.Join(" against ", _servers.Values.Select(servers => servers.Count).OrderDescending());
}
