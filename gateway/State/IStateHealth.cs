namespace Rke.Gateway.State;

/// <summary>Whether the shared state can be asked.</summary>
internal interface IStateHealth
{
    bool IsUp { get; }

    /// <summary>Requests that wait for its answer.</summary>
    int UnderWay { get; }

    /// <summary>When to try again: every caller gets another time, so that they do not come back all at once.</summary>
    TimeSpan RetryAfter { get; }
}
